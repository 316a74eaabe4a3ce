"""Ranks that run kernels together, and the windows between them, which last from launch to launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from dovetail.runtime import device, hccl, placement
from dovetail.runtime.checking import Check
from dovetail.runtime.kernel import Kernel
from dovetail.runtime.local import LocalRanks
from dovetail.runtime.processes import Processes
from dovetail.target.machine import Machine


@dataclass(frozen=True)
class Launched:
    """What one launch gave: for each rank its outputs by name; and how long the kernel ran, in seconds."""

    outputs: list[dict[str, numpy.ndarray]]
    seconds: float


class Communicator:
    """`ranks` ranks on one machine, with a window each.

    The ranks are in this process, on `workers` threads (0: one per core), or with `processes` in processes of their
    own, which end with this object. `link_bytes_per_second` is what each directed pair of ranks transfers at most; 0 is
    no bound. `timeout` bounds, in seconds, how long ranks wait for each other without progress; usually what
    DOVETAIL_TIMEOUT says. `mode` is "fast" or "checked", usually what DOVETAIL_MODE says; `seed` is of the
    order in which a checked launch happens, usually what DOVETAIL_SEED says; `check` says more of how it is checked.

    A launch that fails leaves the windows in no known state: later launches are refused with the first failure.

    Raises DeviceError where there can be no such communicator.
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
        mode: str = "",
        seed: int | None = None,
        check: Check | None = None,
    ):
        self.ranks = ranks
        self.machine = machine
        self.failure: str | None = None
        if mode not in hccl.MODES:
            raise ValueError(f"mode {mode!r}; allowed are fast and checked")
        if seed is not None:
            if not hasattr(seed, "__index__") or not 0 <= seed < 2**63:
                raise ValueError(f"seed {seed!r}; allowed are whole numbers from 0 on")
            check = replace(check or Check(), seed=int(seed))
        options = hccl.Options(
            machine.name, window_bytes or 0, workers, link_bytes_per_second, timeout or 0.0, mode, check
        )
        self._ranks: LocalRanks | Processes = Processes(ranks, options) if processes else LocalRanks(ranks, options)
        self.window_bytes = self._ranks.window_bytes

    def __enter__(self) -> "Communicator":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Ends the ranks, and their processes if they have any."""
        self._ranks.close()

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
        placed = [placement.arguments(signature, of_rank, sizes, self.ranks) for of_rank in inputs]
        try:
            memories, seconds = self._ranks.run(kernel, placed, tiling, blocks)
        except device.DeviceError as error:
            self.failure = f"{signature.name}: {error}"
            raise device.DeviceError(self.failure) from None
        except BaseException as error:
            self.failure = f"{signature.name} was interrupted by {type(error).__name__}"
            raise
        outputs = [
            {
                parameter.name: placement.matrix(parameter, parameter.shape(sizes, self.ranks), memory)
                for parameter, memory in zip(signature.parameters, of_rank)
                if parameter.output
            }
            for of_rank in memories
        ]
        return Launched(outputs, seconds)
