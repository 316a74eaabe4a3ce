"""The shapes that all-gather + matmul is held to, and how a shape is tried.

A case is a shape with a type and a kind of data. Its variants (layout of x2, with and without gather_out, schedule) run
one after the other on the same inputs, and are compared with one oracle. Communicators last over all cases, so that
launches of all shapes follow each other in the same windows.
"""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

import dovetail as dt
from dovetail import driver
from dovetail.runtime import accuracy, oracle
from dovetail.runtime.communicator import Communicator
from dovetail.runtime.oracle import Data
from dovetail.target.machine import machine

RANKS = (2, 4, 8)
M = (1, 7, 16, 32, 129, 513, 1021)
K = (256, 257, 795, 1000, 4096)
N = (1, 16, 100, 255, 1536)
DTYPES = ("float16", "bfloat16")

# Each with the number of blocks that it runs on.
SCHEDULES = {
    "usual": (dt.Schedule(), 20),
    "small": (dt.Schedule(tile=(64, 64, 64), chunk=48, slots=1, communication_cores=1, order="rank"), 3),
    "odd": (dt.Schedule(tile=(48, 176, 112), chunk=80, slots=3, communication_cores=3, order="arrival"), 5),
}
SHARED_FROM = 1 << 21  # output elements of all ranks from which on they share x2, which spares the oracle work
LARGE = 5 * 10**9  # cost from which on a case is tried in a quarter of the variants
KEPT_UP_TO = 1 << 26  # output elements up to which the oracle's word is kept for all variants


@dataclass(frozen=True)
class Variant:
    transposed: bool
    gather_out: bool
    schedule: str

    def __str__(self) -> str:
        layout = " --transposed-x2" if self.transposed else ""
        without = "" if self.gather_out else " --no-gather-out"
        schedule, blocks = SCHEDULES[self.schedule]
        tile = ",".join(map(str, schedule.tile))
        return (
            f"--tile {tile} --chunk {schedule.chunk} --slots {schedule.slots} --communication-cores "
            f"{schedule.communication_cores} --order {schedule.order} --blocks {blocks}{layout}{without}"
        )


VARIANTS = tuple(itertools.starmap(Variant, itertools.product((False, True), (True, False), SCHEDULES)))


@dataclass(frozen=True)
class Case:
    ranks: int
    m: int
    k: int
    n: int
    dtype: str
    data: Data

    def __str__(self) -> str:
        integers = " --integers" if self.data is Data.INTEGERS else ""
        return f"--ranks {self.ranks} --m {self.m} --k {self.k} --n {self.n} --dtype {self.dtype}{integers}"

    @property
    def output_elements(self) -> int:
        """Of all ranks together."""
        return self.ranks**2 * self.m * (self.k + self.n)

    @property
    def cost(self) -> int:
        """In multiply-adds; an element of an output costs as much, to write and to compare, as some hundred of them."""
        return self.ranks**2 * self.m * self.k * self.n + 500 * self.output_elements


def matrix_of_cases() -> Iterator[Case]:
    """All cases but the largest, the cheapest first."""
    shapes = [*itertools.product(RANKS, M, K, N)]
    shapes += [*itertools.product(RANKS, (1, 129), (65534,), (16, 255))]
    shapes += [*itertools.product(RANKS, (7, 32), (257,), (70000,))]
    cases = [Case(*shape, dtype, data) for shape in shapes for dtype in DTYPES for data in Data]
    yield from sorted(cases, key=lambda case: case.cost)


LARGEST = Case(2, 32768, 16, 32776, "float16", Data.INTEGERS)  # 65536 x 32776 elements are more than 2^31


def sample_of_cases() -> list[Case]:
    """Cases with every value of every size, for each number of ranks, in each type; none of them large."""
    cases = []
    for place, ranks in enumerate(RANKS):
        for step in range(7):
            m, k, n = M[step], K[(step + place) % 5], N[(2 * step + place) % 5]
            case = Case(ranks, m, k, n, DTYPES[(step + place) % 2], list(Data)[(step // 2 + place) % 2])
            if case.cost < 5e9:
                cases.append(case)
    return cases


def variants_of(case: Case, thorough: bool = False) -> tuple[Variant, ...]:
    """What to try a case in: all variants, or, of a large case, one of each schedule.

    The four cases of a large shape, two types with two kinds of data, then have all twelve variants between them.
    """
    if case == LARGEST:
        return VARIANTS[:1]
    if thorough or case.cost < LARGE:
        return VARIANTS
    quarter = 2 * DTYPES.index(case.dtype) + list(Data).index(case.data)
    layouts = list(itertools.product((False, True), (True, False)))
    return tuple(Variant(*layouts[(quarter + step) % 4], name) for step, name in enumerate(SCHEDULES))


@functools.cache
def compiled(dtype: str, variant: Variant) -> driver.CompiledKernel:
    return driver.compile(
        "all_gather_matmul",
        dtype=dtype,
        schedule=SCHEDULES[variant.schedule][0],
        transposed=["x2"] if variant.transposed else [],
        absent=[] if variant.gather_out else ["gather_out"],
    )


@functools.cache
def communicator(ranks: int) -> Communicator:
    return Communicator(ranks, machine("ascend910b"))


def failures(case: Case, variants=VARIANTS) -> Iterator[str]:
    """What is wrong with each of the variants: the command that repeats it, and the fault."""
    whole = compiled(case.dtype, Variant(False, True, "usual"))
    sizes = {"m": case.m, "k": case.k, "n": case.n}
    x1, x2 = whole.signature.inputs
    ranks = range(case.ranks)
    owners = ranks if case.output_elements < SHARED_FROM else range(1)
    x1s = [oracle.draw(x1, x1.shape(sizes, case.ranks), case.data, [0, 0, rank]) for rank in ranks]
    x2s = [oracle.draw(x2, x2.shape(sizes, case.ranks), case.data, [0, 1, rank]) for rank in owners]
    by_columns = [numpy.asfortranarray(each) for each in x2s]

    def given(matrices: list) -> list:
        return [x1s, matrices if len(matrices) > 1 else matrices[0]]

    def expectations() -> Iterator[oracle.Expected]:
        return oracle.expectations(whole.signature, whole.kernel.reference, given(x2s), case.ranks, case.data)

    kept = list(expectations()) if case.output_elements * len(owners) < KEPT_UP_TO * case.ranks else None
    for variant in variants:
        kernel = compiled(case.dtype, variant)
        command = f"dovetail run all_gather_matmul {case} {variant}"
        arguments = given(by_columns if variant.transposed else x2s)
        try:
            launched = kernel.launch(communicator(case.ranks), *arguments, blocks=SCHEDULES[variant.schedule][1])
        except (RuntimeError, ValueError) as error:
            communicator.cache_clear()  # a failed one takes no more launches
            yield f"{command}\n    {error}"
            continue
        for comparison in accuracy.compare(kernel.signature, kept or expectations(), launched.outputs):
            if not comparison.passed:
                yield f"{command}\n    {comparison.output}: {comparison.fault}"
