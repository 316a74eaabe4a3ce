"""Two ranks of torch, a process with one thread each: all-gather through gloo, then a matmul."""

import contextlib
import multiprocessing
import os
import socket
import warnings
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from time import perf_counter

RANKS = 2


class TorchRanks:
    """Processes that wait for orders. `environment` is what they find in addition to this process's variables.

    The variables decide what oneDNN and torch may use of the processor: `ONEDNN_MAX_CPU_ISA`, `ATEN_CPU_CAPABILITY`.
    """

    def __init__(self, environment: Mapping[str, str]):
        spawn = multiprocessing.get_context("spawn")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._connections: list[Connection] = []
        self._processes = []
        with _variables(environment):
            for rank in range(RANKS):
                here, there = spawn.Pipe()
                process = spawn.Process(target=_serve, args=(rank, port, there), daemon=True)
                process.start()
                self._connections.append(here)
                self._processes.append(process)

    def __enter__(self) -> "TorchRanks":
        return self

    def __exit__(self, *_) -> None:
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.send(None)
        for process in self._processes:
            process.join(10)

    def prepare(self, m: int, k: int, n: int, dtype: str, transposed: bool) -> None:
        """Makes the matrices of the measurements that follow."""
        self._all(("prepare", m, k, n, dtype, transposed))

    def gather(self) -> float:
        """Seconds of the gather alone, of the rank that took longest."""
        return max(self._all(("gather",)))

    def upcast(self) -> float:
        """Seconds of gather and matmul by way of float32."""
        return max(self._all(("upcast",)))

    def native(self, rows: int) -> float:
        """Seconds of gather and matmul in the matrices' own type, with so many of the gathered rows."""
        return max(self._all(("native", rows)))

    def _all(self, order: tuple) -> list[float]:
        for connection in self._connections:
            connection.send(order)
        return [connection.recv() for connection in self._connections]


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _matrix(shape: tuple[int, int], dtype):
    import torch

    return torch.randint(-128, 128, shape, dtype=dtype) if dtype == torch.int8 else torch.randn(*shape).to(dtype)


def _serve(rank: int, port: int, connection: Connection) -> None:
    import torch
    from torch import distributed

    warnings.simplefilter("ignore", FutureWarning)  # newer names for all_gather_into_tensor
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS)
    while True:
        try:
            order = connection.recv()
        except EOFError:
            break
        if order is None:
            break
        what, *details = order
        if what == "prepare":
            m, k, n, dtype, transposed = details
            dtype = getattr(torch, dtype)
            is_integer = dtype == torch.int8
            x1, x2 = (_matrix(shape, dtype) for shape in ((m, k), (n, k) if transposed else (k, n)))
            x2 = x2.T if transposed else x2
            gathered = torch.empty(RANKS * m, k, dtype=dtype)
            x1_scale, x2_scale, scales = torch.rand(m, 1), torch.rand(1, n), torch.empty(RANKS * m, 1)
            connection.send(0.0)
            continue
        distributed.barrier()
        start = perf_counter()
        distributed.all_gather_into_tensor(gathered, x1)
        if is_integer:
            distributed.all_gather_into_tensor(scales, x1_scale)
        if what == "upcast":
            product = torch.matmul(gathered.float(), x2.float())
            product.mul_(scales * x2_scale).half() if is_integer else product.to(dtype)
        elif what == "native" and is_integer:
            product = torch._int_mm(gathered[: details[0]], x2)
            product.float().mul_(scales[: details[0]] * x2_scale).half()
        elif what == "native":
            torch.matmul(gathered[: details[0]], x2)
        connection.send(perf_counter() - start)
    distributed.destroy_process_group()
