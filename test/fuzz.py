"""Tries kernels in random shapes, schedules and orders under the checker: python test/fuzz.py --seconds 1800

A case is a communicator with launches that follow each other in its windows, of other kernels, shapes and schedules
each; its number says all of it. Matrices hold small integers, so that outputs are compared bit for bit. A case that
fails is made smaller as long as it goes on failing, and printed with the command that repeats it. The status is 1 if
there was one.
"""

import argparse
import contextlib
import dataclasses
import functools
import json
import os
import random
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

from dovetail import driver
from dovetail.dsl import Kernel, Schedule, load_kernel
from dovetail.passes.registry import PassFailure
from dovetail.runtime.communicator import Communicator
from dovetail.runtime.device import DeviceError
from dovetail.runtime.kernel import Kernel as LoadedKernel
from dovetail.runtime.kernel import TilingError
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target import window
from dovetail.target.machine import machine

EXAMPLES = Path(__file__).parents[1] / "examples" / "kernels"
OPERATOR = "all_gather_matmul"
KERNELS = (OPERATOR, *(str(path) for path in sorted(EXAMPLES.glob("*.py"))))
MACHINE = machine(driver.TARGET)

MOST = {"m": 220, "k": 420, "n": 200}  # of sizes by these names; half of n's of others
MOST_PRODUCTS = 4000  # tiles that all ranks multiply in a launch
BATCH = 20  # cases that share their variants, as each has to be compiled
VARIANTS_OF_BATCH = 5
STARTS = (0, 0, 0, 2**31 - 2, 2**31 - 1, 2**32 - 2, 2**32 - 1)  # what counters hold before the first launch
SEEDS = 3  # orders in which a smaller case is tried
SECONDS_OF_CASE = 120.0  # after which a case is taken for one that does not end


@dataclass(frozen=True)
class Variant:
    kernel: str
    dtype: str = "float16"
    pipeline: str = "fused"
    transposed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    tile: tuple[int, int, int] = (16, 16, 16)
    chunk: int = 1
    slots: int = 1
    communication_cores: int = 1
    order: str = "rank"

    @property
    def name(self) -> str:
        return Path(self.kernel).stem

    def command(self) -> str:
        words = f"--dtype {self.dtype} --pipeline {self.pipeline} --tile {','.join(map(str, self.tile))}"
        words += f" --chunk {self.chunk} --slots {self.slots} --communication-cores {self.communication_cores}"
        words += f" --order {self.order}"
        words += "".join(f" --transposed-{each.replace('_', '-')}" for each in self.transposed)
        return words + "".join(f" --no-{each.replace('_', '-')}" for each in self.absent)


@dataclass(frozen=True)
class Launch:
    variant: Variant
    sizes: tuple[tuple[str, int], ...]
    blocks: int = 1


@dataclass(frozen=True)
class Case:
    ranks: int
    seed: int
    launches: tuple[Launch, ...]
    processes: bool = False
    megabytes: int = 200  # of each window
    start: int = 0

    def command(self) -> str:
        """What repeats it."""
        launch = self.launches[0]
        if len(self.launches) > 1 or self.start != 0:
            return f"python test/fuzz.py --repeat {shlex.quote(json.dumps(dataclasses.asdict(self)))}"
        sizes = " ".join(f"--{name.replace('_', '-')} {size}" for name, size in launch.sizes)
        kernel = os.path.relpath(launch.variant.kernel) if "/" in launch.variant.kernel else launch.variant.kernel
        words = (
            f"dovetail run {kernel} --ranks {self.ranks} {sizes} --blocks {launch.blocks} {launch.variant.command()}"
        )
        words += f" --integers --mode checked --seed {self.seed}" + " --processes" * self.processes
        return f"HCCL_BUFFSIZE={self.megabytes} {words}" if self.megabytes != 200 else words

    @classmethod
    def parse(cls, text: str) -> "Case":
        def tuples(value):
            return tuple(map(tuples, value)) if isinstance(value, list) else value

        values = json.loads(text)
        launches = tuple(
            Launch(
                Variant(**{name: tuples(value) for name, value in launch["variant"].items()}),
                tuples(launch["sizes"]),
                launch["blocks"],
            )
            for launch in values.pop("launches")
        )
        return cls(**values, launches=launches)


# -- drawing --


def drawn(number: int) -> Case:
    """The case of this number."""
    draw = random.Random(number)
    variants = _variants(number // BATCH)
    ranks = draw.choice((1, 2, 2, 2, 3, 4, 4, 8))
    launches = tuple(_launch(draw, draw.choice(variants), ranks) for _ in range(draw.choice((1, 1, 2, 3))))
    processes = draw.random() < 0.06
    return Case(
        ranks,
        draw.randrange(1 << 20),
        launches,
        processes,
        draw.choice((200, 200, 1, 2)),
        0 if processes else draw.choice(STARTS),  # windows of other processes are not to be reached from here
    )


@functools.lru_cache(1)
def _variants(batch: int) -> tuple[Variant, ...]:
    draw = random.Random(f"variants {batch}")
    made: list[Variant] = []
    while len(made) < VARIANTS_OF_BATCH:
        variant = _variant(draw)
        with contextlib.suppress(PassFailure):  # what does not fit the machine
            compiled(variant)
            made.append(variant)
    return tuple(made)


def _variant(draw: random.Random) -> Variant:
    name = KERNELS[0] if draw.random() < 0.6 else draw.choice(KERNELS[1:])
    kernel = _kernel(name)
    inputs = [each.name for each in kernel.parameters if not each.output][1:]
    optional = [each.name for each in kernel.parameters if each.optional]
    sides = (16, 16, 32, 48, 64, 80, 112, 128, 176, 256)
    tile = (draw.choice(sides), draw.choice(sides), draw.choice(sides))
    usual = Schedule()
    if draw.random() < 0.2:
        chosen = (usual.tile, usual.chunk, usual.slots, usual.communication_cores, usual.order)
    else:
        chunk = draw.choice((1, 3, 16, 40, draw.randint(1, 200)))
        chosen = (tile, chunk, draw.randint(1, 4), draw.randint(1, 8), draw.choice(("arrival", "rank")))
    return Variant(
        name,
        draw.choice(("float16", "bfloat16")),
        "fused" if draw.random() < 0.75 else "two-stage",
        tuple(each for each in inputs if draw.random() < 0.4),
        tuple(each for each in optional if draw.random() < 0.4),
        *chosen,
    )


def _launch(draw: random.Random, variant: Variant, ranks: int) -> Launch:
    kernel = _kernel(variant.kernel)
    sizes = {name: _size(draw, MOST.get(name, 100)) for name in driver.sizes_of(kernel)}
    cores = MACHINE.cores
    blocks = draw.choice((1, 2, draw.randint(1, 5), draw.randint(1, cores), cores))
    rows, columns, depth = variant.tile

    def products() -> int:
        others = [-(-size // columns) for name, size in sizes.items() if name not in ("m", "k")]
        return ranks**2 * -(-sizes["m"] // rows) * -(-sizes["k"] // depth) * sum(others)

    while products() > MOST_PRODUCTS:
        longest = max(sizes, key=lambda name: sizes[name])
        sizes[longest] //= 2
    for name, limit in kernel.limits.items():
        sizes[name] = min(sizes[name], sizes[limit])
    return Launch(variant, tuple(sizes.items()), blocks)


def _size(draw: random.Random, most: int) -> int:
    """Often 1, small, or beside a multiple of 16."""
    beside = 16 * draw.randint(1, most // 16) + draw.choice((-1, 0, 1))
    return draw.choice((1, draw.randint(2, 17), beside, draw.randint(1, most), draw.randint(1, most)))


@functools.cache
def _kernel(name: str) -> Kernel:
    return load_kernel(name)


# -- trying --


@functools.lru_cache(64)
def compiled(variant: Variant) -> driver.CompiledKernel:
    """Raises PassFailure where the variant does not fit the machine."""
    return driver.compile(
        variant.kernel,
        dtype=variant.dtype,
        schedule=Schedule(variant.tile, variant.chunk, variant.slots, variant.communication_cores, variant.order),
        transposed=variant.transposed,
        absent=variant.absent,
        pipeline=variant.pipeline,
    )


def load(variant: Variant) -> LoadedKernel:
    return compiled(variant).load()


def fault_of(case: Case) -> str:
    """What is wrong with a case, or "". Raises PassFailure or TilingError where a launch is refused."""
    kernels = [load(launch.variant) for launch in case.launches]
    with Communicator(
        case.ranks,
        MACHINE,
        processes=case.processes,
        window_bytes=case.megabytes << 20,
        mode="checked",
        seed=case.seed,
    ) as communicator:
        if case.start != 0:
            for rank in range(case.ranks):
                counters = communicator._ranks.window(rank)[: window.DATA]
                counters.view(numpy.uint32)[:] = case.start
        for number, (launch, kernel) in enumerate(zip(case.launches, kernels)):
            reference = _kernel(launch.variant.kernel).reference
            sizes = dict(launch.sizes)
            trial = Trial(kernel.signature, reference, sizes, case.ranks, Data.INTEGERS, case.seed + number)
            try:
                outputs = communicator.run(kernel, trial.arguments, launch.blocks).outputs
            except DeviceError as error:
                return f"launch {number + 1}: {error}"
            for comparison in trial.compare(outputs):
                if not comparison.passed:
                    return f"launch {number + 1}: {comparison.output}: {comparison.fault}"
    return ""


def told_of(case: Case) -> tuple[str, str]:
    """The fault of a case, or why it is refused."""
    try:
        return fault_of(case), ""
    except (PassFailure, TilingError) as error:
        return "", f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}", ""


class Apart:
    """Tries cases in a process of their own, which they may crash, or keep from ending."""

    def __init__(self):
        self._pool = ProcessPoolExecutor(1)

    def __call__(self, case: Case) -> tuple[str, str]:
        try:
            return self._pool.submit(told_of, case).result(SECONDS_OF_CASE)
        except BrokenProcessPool:
            fault = "the process crashed"
        except TimeoutError:
            fault = f"no end within {SECONDS_OF_CASE:g} s"
        self.close()
        self._pool = ProcessPoolExecutor(1)
        return fault, ""

    def close(self) -> None:
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown()


# -- making smaller --


def smaller(case: Case) -> Iterator[Case]:
    """Cases that are a step simpler, the largest steps first."""
    if len(case.launches) > 1:
        for place in range(len(case.launches)):
            yield replace(case, launches=case.launches[:place] + case.launches[place + 1 :])
    yield from _changed(case, "processes", False)
    yield from _changed(case, "megabytes", 200)
    yield from _changed(case, "start", 0)
    yield from _changed(case, "ranks", *_below(case.ranks))
    for place, launch in enumerate(case.launches):
        for simpler in _smaller_launches(launch):
            yield replace(case, launches=(*case.launches[:place], simpler, *case.launches[place + 1 :]))


def _smaller_launches(launch: Launch) -> Iterator[Launch]:
    yield from _changed(launch, "variant", Variant(launch.variant.kernel))
    for field in dataclasses.fields(Variant)[1:]:
        for variant in _changed(launch.variant, field.name, field.default):
            yield replace(launch, variant=variant)
    yield from _changed(launch, "blocks", *_below(launch.blocks))
    for place, (name, size) in enumerate(launch.sizes):
        for less in _below(size):
            yield replace(launch, sizes=(*launch.sizes[:place], (name, less), *launch.sizes[place + 1 :]))


def _changed(value, field: str, *choices) -> Iterator:
    for choice in choices:
        if choice != getattr(value, field):
            yield replace(value, **{field: choice})


def _below(number: int) -> list[int]:
    """Numbers from 1 on to try in place of a larger one."""
    return sorted({each for each in (1, number // 2, number - 1) if 1 <= each < number})


def shrunk(case: Case, fails: Callable[[Case], bool], deadline: float = float("inf")) -> Case:
    """The smallest case that failing leads to, from one that fails, step by step; each in a few orders."""
    tried = {case}
    while True:
        for simpler in smaller(case):
            orders = [replace(simpler, seed=case.seed + step) for step in range(SEEDS)]
            failing = next((each for each in orders if each not in tried and fails(each)), None)
            tried.update(orders)
            if time.monotonic() > deadline:
                return failing or case
            if failing is not None:
                case = failing
                break
        else:
            return case


# -- a campaign --


def dimensions(case: Case) -> Iterator[tuple[str, str]]:
    """What is counted of a case."""
    yield "ranks", str(case.ranks)
    yield "launches", str(len(case.launches))
    yield "how", "processes" if case.processes else "one process"
    yield "window", f"{case.megabytes} MB"
    yield "counters from", str(case.start)
    for launch in case.launches:
        variant, sizes = launch.variant, dict(launch.sizes)
        yield "kernel", variant.name
        yield "type", variant.dtype
        yield "pipeline", variant.pipeline
        yield "order", variant.order
        yield "transposed", ", ".join(variant.transposed) or "none"
        yield "without", ", ".join(variant.absent) or "nothing"
        yield "blocks", _range(launch.blocks, (1, 2, 5, 19))
        yield "slots", _range(variant.slots, (1, 2, 4))
        yield "chunk", _range(variant.chunk, (1, 16, 128))
        yield "tile rows", _range(variant.tile[0], (16, 64, 128))
        yield "communication cores", _range(variant.communication_cores, (1, 4))
        for name in MOST.keys() & sizes.keys():
            yield name, _range(sizes[name], (1, 15, 16, 100))


def _range(value: int, borders: tuple[int, ...]) -> str:
    """The range between borders that a value lies in."""
    below = [border for border in borders if border < value]
    above = [border for border in borders if border >= value]
    first, last = (below[-1] + 1 if below else 1), (above[0] if above else None)
    return f"{first}+" if last is None else str(first) if first == last else f"{first}-{last}"


@dataclass
class Campaign:
    """Tries cases by number, and keeps count."""

    attempt: Callable[[Case], tuple[str, str]]
    seconds_to_shrink: float = 120.0

    def __post_init__(self):
        self.counts: dict[str, Counter[str]] = {}
        self.cases = self.launches = 0
        self.refusals: Counter[str] = Counter()
        self.failures: list[str] = []

    def take(self, number: int) -> None:
        case = drawn(number)
        fault, refusal = self.attempt(case)
        self.cases += 1
        if refusal:
            self.refusals[refusal.splitlines()[0][:60]] += 1
            return
        self.launches += len(case.launches)
        for dimension, value in dimensions(case):
            self.counts.setdefault(dimension, Counter())[value] += 1
        if fault:
            self.failures.append(self._described(number, case, fault))
            print(self.failures[-1], flush=True)

    def _described(self, number: int, case: Case, fault: str) -> str:
        deadline = time.monotonic() + self.seconds_to_shrink
        small = shrunk(case, lambda each: bool(self.attempt(each)[0]), deadline)
        again = self.attempt(small)[0] or fault if small != case else fault
        repeat = f"python test/fuzz.py --first {number} --cases 1"
        return f"FAIL case {number} ({repeat}): {fault}\nshrunk to: {small.command()}\n    {again}\n"

    def table(self) -> str:
        lines = [f"{self.cases} cases, {self.launches} launches, {len(self.failures)} failed"]
        lines += [f"{count} refused: {why}" for why, count in self.refusals.most_common()]
        for dimension, counts in self.counts.items():
            values = ", ".join(
                f"{value}: {count}" for value, count in sorted(counts.items(), key=lambda each: _key(each[0]))
            )
            lines.append(f"{dimension:20} {values}")
        return "\n".join(lines)


def _key(text: str) -> tuple[int, str]:
    digits = "".join(character for character in text.partition("-")[0] if character.isdigit())
    return int(digits or 0), text


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Try kernels in random shapes, schedules and orders under the checker."
    )
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first case; usually 0")
    parser.add_argument("--cases", type=int, metavar="K", help="how many; usually as many as there is time for")
    parser.add_argument("--seconds", type=float, default=1800, help="to try cases for; usually 1800")
    parser.add_argument("--repeat", metavar="CASE", help="try this case alone, as a failure gives it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dovetail-fuzz-") as cache:
        os.environ["DOVETAIL_CACHE"] = cache  # what is compiled here is of no use to others
        if options.repeat is not None:
            fault, refusal = told_of(Case.parse(options.repeat))
            print(fault or refusal or "PASS")
            return 1 if fault else 0
        attempt = Apart()
        campaign = Campaign(attempt)
        start = said = time.monotonic()
        number = options.first
        try:
            while number - options.first != options.cases and time.monotonic() - start < options.seconds:
                campaign.take(number)
                number += 1
                if time.monotonic() - said > 60:
                    said = time.monotonic()
                    print(f"[{said - start:5.0f} s] {number - options.first} cases", file=sys.stderr, flush=True)
        finally:
            attempt.close()
        print(f"cases {options.first} to {number - 1} in {time.monotonic() - start:.0f} s")
        print(campaign.table())
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
