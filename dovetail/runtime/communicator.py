"""Ranks that run kernels together, and the windows between them, which last from launch to launch."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from time import perf_counter

import numpy

from dovetail.runtime import device, memory, placement
from dovetail.runtime.kernel import Kernel
from dovetail.runtime.processes import Processes
from dovetail.target.machine import Machine

MAX_RANKS = 64


@dataclass(frozen=True)
class Launched:
    """What one launch gave: for each rank its outputs by name; and how long the kernel ran, in seconds."""

    outputs: list[dict[str, numpy.ndarray]]
    seconds: float


class Communicator:
    """`ranks` ranks on one machine, with a window each.

    The ranks are contexts of this process, on `workers` threads (0: one per core), or with `processes` processes of
    their own, which end with this object. `link_bytes_per_second` is what each directed pair of ranks transfers at
    most; 0 is no bound. `timeout` bounds, in seconds, how long processes wait for each other without progress.

    A launch that fails leaves the windows in no known state: later launches are refused with the first failure.
    """

    def __init__(
        self,
        ranks: int,
        machine: Machine,
        processes: bool = False,
        window_bytes: int | None = None,
        workers: int = 0,
        link_bytes_per_second: float = 0.0,
        timeout: float | None = None,
    ):
        if not 1 <= ranks <= MAX_RANKS:
            raise ValueError(f"{ranks} ranks: a communicator has 1 to {MAX_RANKS}")
        self.ranks = ranks
        self.machine = machine
        self.window_bytes = memory.window_bytes() if window_bytes is None else window_bytes
        self.workers = workers
        self.link_bytes_per_second = link_bytes_per_second
        self.failure: str | None = None
        self._processes: Processes | None = None
        if processes:
            seconds = float(os.environ.get("DOVETAIL_TIMEOUT", "60")) if timeout is None else timeout
            self._processes = Processes(ranks, self.window_bytes, seconds)
        else:
            self._windows = memory.Memory(ranks * self.window_bytes)

    def __enter__(self) -> "Communicator":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes of the ranks, if they have any."""
        if self._processes is not None:
            self._processes.close()

    def tiling(self, kernel: Kernel, sizes: Mapping[str, int], blocks: int) -> bytes:
        """The tiling struct of a launch of these sizes.

        Raises ArgumentError or TilingError where the kernel cannot take them, ValueError for an impossible `blocks`.
        """
        if not 1 <= blocks <= self.machine.cores:
            raise ValueError(f"{blocks} blocks: {self.machine.name} has 1 to {self.machine.cores}")
        kernel.signature.check_sizes(sizes)
        return kernel.tiling(sizes, self.ranks, blocks, self.window_bytes)

    def run(self, kernel: Kernel, arguments: Sequence, blocks: int) -> Launched:
        """Runs `kernel` on all ranks, with `blocks` blocks each.

        An argument is an array that all ranks share, or a sequence of one per rank. Outputs are fresh arrays. Raises
        ArgumentError or TilingError where the kernel cannot take these sizes, before anything is launched, and
        DeviceError where it fails.
        """
        if self.failure is not None:
            raise device.DeviceError(f"this communicator takes no more launches, because one failed: {self.failure}")
        signature = kernel.signature
        sizes, inputs = signature.bind(arguments, self.ranks)
        tiling = self.tiling(kernel, sizes, blocks)
        try:
            if self._processes is None:
                placed = placement.place(signature, inputs, sizes, tiling, placement.Private())
                seconds = self._launch(kernel, placed, blocks)
            else:
                shared = placement.shared_for(signature, inputs, sizes, tiling)
                placed = placement.place(signature, inputs, sizes, tiling, shared)
                seconds = self._launch_processes(self._processes, kernel, placed, shared.memory, blocks)
        except device.DeviceError as error:
            self.failure = f"{signature.name}: {error}"
            raise device.DeviceError(self.failure) from None
        except BaseException as error:
            self.failure = f"{signature.name} was interrupted by {type(error).__name__}"
            raise
        parameters = signature.parameters
        outputs = [
            {parameter.name: matrix for parameter, matrix in zip(parameters, matrices) if parameter.output}
            for matrices in placed.matrices
        ]
        return Launched(outputs, seconds)

    def _launch(self, kernel: Kernel, placed: placement.Placed, blocks: int) -> float:
        start = perf_counter()
        device.launch(
            kernel.entry,
            placed.addresses,
            device.DeviceMemories(**_memories(self.machine)),
            windows=[self._windows.address + rank * self.window_bytes for rank in range(self.ranks)],
            window_bytes=self.window_bytes,
            blocks=blocks,
            workers=self.workers,
            link_bytes_per_second=self.link_bytes_per_second,
        )
        return perf_counter() - start

    def _launch_processes(
        self, processes: Processes, kernel: Kernel, placed: placement.Placed, shared: memory.Memory, blocks: int
    ) -> float:
        start = shared.address
        offsets = [[each - start if each else None for each in row] for row in placed.addresses]
        order = {
            "object": str(kernel.built.object),
            "entry": kernel.signature.name,
            "blocks": blocks,
            "machine": _memories(self.machine),
            "link_bytes_per_second": self.link_bytes_per_second,
        }
        return processes.launch(order, offsets, shared)


def _memories(machine: Machine) -> dict[str, int]:
    """What the device models of a machine."""
    return {each.name: getattr(machine, each.name) for each in fields(device.DeviceMemories)}
