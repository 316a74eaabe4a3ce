"""One trial of a kernel: inputs drawn from a seed, and the comparison of what a launch made of them."""

from collections.abc import Mapping, Sequence

import numpy

from dovetail.runtime import accuracy, oracle
from dovetail.runtime.oracle import Data
from dovetail.runtime.signature import Signature


class Trial:
    """Inputs for `ranks` ranks, in which all have different matrices, and what the reference expects of the outputs.

    `sizes` are those of the kernel; `data` says what the matrices hold. Raises ArgumentError for impossible sizes.
    """

    def __init__(
        self,
        signature: Signature,
        reference: oracle.Reference | None,
        sizes: Mapping[str, int],
        ranks: int,
        data: Data = Data.RANDOM,
        seed: int = 0,
    ):
        signature.check_sizes(sizes)
        self.signature, self.reference = signature, reference
        self.sizes, self.ranks, self.data = dict(sizes), ranks, data
        self.arguments = [
            [oracle.draw(each, each.shape(sizes, ranks), data, [seed, place, rank]) for rank in range(ranks)]
            for place, each in enumerate(signature.inputs)
        ]

    def compare(self, outputs: Sequence[Mapping[str, numpy.ndarray]]) -> list[accuracy.Comparison]:
        """Compares each output of all ranks with the reference. Raises ReferenceError."""
        assert self.reference is not None
        expected = oracle.expectations(self.signature, self.reference, self.arguments, self.ranks, self.data)
        return accuracy.compare(self.signature, expected, outputs)
