"""What the checker costs, and how soon it speaks.

1. The checked mode against the fast one, in turns, and the most memory that each takes. Checked runs use one thread,
   so that their order repeats: so the fast mode is measured on one thread too.
2. Schedules per second of the protocol alone: launches in which instructions move no data (2 ranks x 24 blocks), each
   in an order of its own.
3. How long it takes until a deadlock is reported: a launch whose kernel waits for what never comes, next to the same
   launch of a kernel that does not wait. In processes, the report has to travel to the process that started them.
4. How long it takes from the death of a rank until another one that waits for it, in a process of its own, gets the
   error.

What happens on one thread is measured as time of the processor, which a busy machine disturbs least.

    python benchmarks/checked.py
    python benchmarks/checked.py --rounds 9
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import measure
import numpy

from dovetail import driver
from dovetail.dsl import Schedule
from dovetail.runtime import device, hccl, placement
from dovetail.runtime.communicator import Communicator
from dovetail.runtime.device import Check, DeviceError
from dovetail.runtime.kernel import Kernel
from dovetail.target.machine import machine

RANKS, SIZES = 4, {"m": 256, "k": 1024, "n": 1024}
SMALL = Schedule(tile=(16, 16, 16), chunk=1, slots=2)
MACHINE = "Ascend910B1"  # 24 blocks

MEMORY = """
import numpy
import dovetail as dt
x1 = numpy.ones(({m}, {k}), numpy.float16)
x2 = numpy.ones(({k}, {n}), numpy.float16)
dt.compile("all_gather_matmul").run([x1] * {ranks}, x2, ranks={ranks}, mode="{mode}")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

NEVER = "shown - target)", "shown - target - 1000000)"  # waits for what never comes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(measure.host(), flush=True)
    modes(options.rounds)
    schedules(options.rounds)
    deadlocks(options.rounds)
    deaths(options.rounds)


# -- 1 --


def modes(rounds: int) -> None:
    random = numpy.random.default_rng(0)
    x1 = [random.integers(-4, 5, (SIZES["m"], SIZES["k"])).astype(numpy.float16) for _ in range(RANKS)]
    x2 = random.integers(-4, 5, (SIZES["k"], SIZES["n"])).astype(numpy.float16)
    expected = (numpy.concatenate(x1).astype(numpy.float32) @ x2.astype(numpy.float32)).astype(numpy.float16)
    kernel = driver.compile("all_gather_matmul")

    def launches(**how) -> measure.Measurement:
        communicator = kernel.communicator(RANKS, **how)
        for outputs in kernel.launch(communicator, x1, x2).outputs:
            assert numpy.array_equal(outputs["output"], expected)
        return lambda: kernel.launch(communicator, x1, x2).seconds

    fast, single, checked = "fast, all cores", "fast, one thread", "checked"
    took = measure.interleaved(
        {
            fast: launches(mode="fast"),
            single: launches(mode="fast", workers=1),
            checked: launches(mode="checked", seed=1),
        },
        rounds,
    )
    memory = {"fast": _memory("fast"), "checked": _memory("checked")}
    rows = [
        [name, f"{took.seconds(name) * 1e3:.0f} ms", f"{took.ratio(name, fast):.2f}", f"{took.ratio(name, single):.2f}",
         f"{memory[name.partition(',')[0]] / 2**20:.2f} GiB"]
        for name in (fast, single, checked)
    ]  # fmt: skip
    sizes = ", ".join(f"{name} = {size}" for name, size in SIZES.items())
    print(f"\nfloat16, {sizes}, {RANKS} ranks; medians of {rounds} rounds; memory is of the whole process, at most")
    print(measure.table(["", "time", "against fast", "against fast, one thread", "memory"], rows), flush=True)


def _memory(mode: str) -> int:
    """In KiB, of a process that runs the kernel once."""
    script = MEMORY.format(**SIZES, ranks=RANKS, mode=mode)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:]))}
    return int(subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout)


# -- 2 --


class Prepared:
    """Launches of a kernel on matrices and windows that are made once."""

    def __init__(self, kernel: Kernel, sizes: dict[str, int], ranks: int):
        self.chip = machine(MACHINE)
        self.entry, self.ranks = kernel.entry, ranks
        self.window_bytes = 2 << 20
        self._tiling = kernel.tiling(sizes, ranks, self.chip.cores, self.window_bytes)
        self._windows = [numpy.zeros(self.window_bytes // 4, numpy.int32) for _ in range(ranks)]
        self._kept = device.check_memory(ranks, self.chip.cores, self.window_bytes)
        self._matrices = [
            [numpy.zeros(each.shape(sizes, ranks), numpy.float16) for each in kernel.signature.parameters]
            for _ in range(ranks)
        ]
        tiling = ctypes.cast(ctypes.c_char_p(self._tiling), ctypes.c_void_p).value
        self._arguments = [[*(each.ctypes.data for each in of_rank), 0, tiling] for of_rank in self._matrices]

    def launch(self, check: Check) -> None:
        chip = self.chip
        device.launch(
            self.entry,
            self._arguments,
            device.DeviceMemories(chip.cores, chip.l1, chip.l0a, chip.l0b, chip.l0c, chip.ub, chip.bt, chip.fb),
            blocks=chip.cores,
            windows=[each.ctypes.data for each in self._windows],
            window_bytes=self.window_bytes,
            check=check,
            check_memory=self._kept,
        )


def schedules(rounds: int) -> None:
    rows = []
    for m in (1, 4):
        sizes = {"m": m, "k": 16, "n": 16}
        prepared = Prepared(_small().load(), sizes, 2)
        count = 200
        prepared.launch(Check(0, moves_no_data=True))
        seconds = []
        for turn in range(rounds):
            start = time.process_time()
            for seed in range(turn * count, (turn + 1) * count):
                prepared.launch(Check(seed, moves_no_data=True))
            seconds.append((time.process_time() - start) / count)
        rows.append(
            [f"m = {m}: {m} chunk{'s' * (m > 1)}", f"{median(seconds) * 1e6:.0f} us", f"{1 / median(seconds):.0f}"]
        )
    print(f"\nThe protocol alone: 2 ranks x {machine(MACHINE).cores} blocks, chunks of one row, 2 slots")
    print(measure.table(["", "a launch", "launches in a second"], rows), flush=True)


def _small() -> driver.CompiledKernel:
    return driver.compile("all_gather_matmul", target=MACHINE, schedule=SMALL)


def _edited(old: str, new: str) -> Kernel:
    """The small kernel with one change to its source."""
    compiled = _small()
    assert compiled.source.count(old) == 1
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "edited.cpp"
        path.write_text(compiled.source.replace(old, new))
        return compiled.load(path)


# -- 3 --


def deadlocks(rounds: int) -> None:
    sizes = {"m": 1, "k": 16, "n": 16}
    kernels = {"deadlock": _edited(*NEVER), "none": _small().load()}
    rows = []

    def in_one_process(kernel: Kernel) -> float:
        prepared = Prepared(kernel, sizes, 2)
        return _until_end(lambda: prepared.launch(Check(1)), time.process_time)

    x1 = [numpy.zeros((1, 16), numpy.float16)] * 2
    x2 = numpy.zeros((16, 16), numpy.float16)

    def in_processes(kernel: Kernel) -> float:
        with Communicator(2, machine(MACHINE), processes=True, mode="checked", seed=1) as communicator:
            communicator.run(kernels["none"], [x1, x2], blocks=24)
            return _until_end(lambda: communicator.run(kernel, [x1, x2], blocks=24), time.perf_counter)

    for name, run in (("in one process", in_one_process), ("a process for each rank", in_processes)):
        took = measure.interleaved({which: partial(run, kernel) for which, kernel in kernels.items()}, rounds)
        stuck, free = took.seconds("deadlock") * 1e3, took.seconds("none") * 1e3
        rows.append([name, f"{stuck:.1f} ms", f"{free:.1f} ms", f"{stuck - free:.1f} ms"])
    print(f"\nA deadlock of 2 ranks x 24 blocks; medians of {rounds} rounds")
    print(measure.table(["", "until it is reported", "a launch without one", "difference"], rows), flush=True)


def _until_end(run: Callable[[], None], clock: Callable[[], float]) -> float:
    start = clock()
    try:
        run()
    except DeviceError as error:
        assert "hang" in str(error), error
    return clock() - start


# -- 4 --


def deaths(rounds: int) -> None:
    kernel = _small().load()
    rows = []
    for mode in ("fast", "checked"):
        seconds = [_death(kernel, mode) for _ in range(rounds)]
        rows.append([mode, f"{median(seconds) * 1e3:.1f} ms", f"{max(seconds) * 1e3:.1f} ms"])
    print(f"\nA rank of 2 is killed, in a process of its own; {rounds} times")
    print(measure.table(["", "until the other has the error: median", "longest"], rows), flush=True)


def _death(kernel: Kernel, mode: str) -> float:
    """Seconds from a rank's death until the other one's synchronisation returns."""
    spawning = multiprocessing.get_context("spawn")
    key = f"dovetail-{secrets.token_hex(16)}"
    tiling = kernel.tiling({"m": 1, "k": 16, "n": 16}, 2, 24, 200 << 20)
    channel, other = spawning.Pipe()
    what = json.dumps({"object": str(kernel.built.object), "tiling": tiling.hex(), "mode": mode, "key": key})
    ranks = [spawning.Process(target=_rank, args=(rank, what, other if rank == 0 else None)) for rank in range(2)]
    for each in ranks:
        each.start()
    assert channel.recv() == "running"
    time.sleep(0.3)
    killed = time.monotonic()
    assert ranks[1].pid is not None
    os.kill(ranks[1].pid, signal.SIGKILL)
    ended, said = channel.recv()
    for each in ranks:
        each.join()
    assert f"the process of rank 1 ({ranks[1].pid}) has ended" in said, said
    return ended - killed


def _rank(number: int, what: str, channel) -> None:
    """A rank that launches the kernel and says when it has failed, and why; without a channel it does not come."""
    from dovetail.runtime.acl import AclError
    from dovetail.runtime.kernel import entry

    given = json.loads(what)
    device.library()
    library = ctypes.CDLL(given["object"])
    rank = hccl.init_one(2, number, given["key"], hccl.Options(MACHINE, mode=given["mode"], check=None))
    shapes = (("x1", 1, False), ("x2", 16, False), ("output", 2, True), ("gather_out", 2, True))
    ones = numpy.ones(16 * 16, numpy.uint16)
    placed = placement.place(
        [placement.Argument(name, 32 * rows, None if output else ones[: 16 * rows].view(numpy.uint8))
         for name, rows, output in shapes]
    )  # fmt: skip
    names = [(name, output) for name, _, output in shapes]
    order = hccl.Order(
        "all_gather_matmul", names, entry(library, "all_gather_matmul"), bytes.fromhex(given["tiling"]), 24
    )
    if channel is None:
        time.sleep(1000)
    flight = rank.launch(order, placed)
    channel.send("running")
    try:
        flight.wait()
    except AclError as error:
        channel.send((time.monotonic(), str(error)))


if __name__ == "__main__":
    main()
