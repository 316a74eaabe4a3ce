"""Ranks that are all in this process, each with a stream."""

from collections.abc import Sequence

import numpy

from dovetail.runtime import acl, device, hccl, placement
from dovetail.runtime.kernel import Kernel


class LocalRanks:
    """The ranks of a communicator, on threads of this process."""

    def __init__(self, ranks: int, options: hccl.Options):
        self._ranks = hccl.init_all(ranks, options)
        self.window_bytes = self._ranks[0].window_bytes

    def window(self, rank: int) -> numpy.ndarray:
        """The bytes of a rank's window, in place. Only between launches are they at rest."""
        return self._ranks[rank].window(rank)

    def run(
        self, kernel: Kernel, arguments: Sequence[Sequence[placement.Argument]], tiling: bytes, blocks: int
    ) -> tuple[list[list[placement.Bytes]], float]:
        """Runs a kernel on all ranks. Returns each rank's arguments, as bytes, and how many seconds it took.

        Raises DeviceError with what went wrong first.
        """
        signature = kernel.signature
        matrices = [(each.name, each.output) for each in signature.parameters]
        workspace = kernel.workspace_bytes(blocks)
        order = hccl.Order(signature.name, matrices, kernel.entry, tiling, blocks, workspace)
        placed = []
        for rank, of_rank in zip(self._ranks, arguments):
            acl.set_device(rank.number)
            placed.append(placement.place(of_rank))
        flights = [rank.launch(order, of_rank) for rank, of_rank in zip(self._ranks, placed)]
        seconds, failures = [], []
        for flight in flights:
            try:
                seconds.append(flight.wait())
            except acl.AclError as error:
                failures.append(str(error))
        if failures:
            raise device.DeviceError(self._ranks[0].failure or failures[0])
        return placed, max(seconds)

    def close(self) -> None:
        for rank in self._ranks:
            rank.close()
        self._ranks.clear()
