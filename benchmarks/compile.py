"""How long a kernel takes from Python to Ascend C, and from Ascend C to native code.

python benchmarks/compile.py
python benchmarks/compile.py --passes --kernel FILE
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import unittest.mock
from pathlib import Path
from statistics import median
from time import perf_counter

import measure

from dovetail import codegen, driver
from dovetail.dialect.context import kept_context
from dovetail.dsl import Schedule, load_kernel, lower
from dovetail.passes import pipeline
from dovetail.runtime.kernel import Kernel

COLD = """
from time import perf_counter
start = perf_counter()
import dovetail
imported = perf_counter()
dovetail.compile({name!r}).source
print(imported - start, perf_counter() - imported)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="all_gather_matmul", help="a built-in kernel, or a file")
    parser.add_argument("--rounds", type=int, default=50, help="warm compilations; a fifth as many cold ones")
    parser.add_argument("--passes", action="store_true", help="show the time of each pass, too")
    options = parser.parse_args()
    print(measure.host(), flush=True)
    few = max(3, options.rounds // 5)
    rows = [*warm(options.kernel, options.rounds), *cold(options.kernel, few), *native(options.kernel, few)]
    print(f"kernel {options.kernel}; medians of {options.rounds} rounds where warm, of {few} where cold")
    print(measure.table(["", "median, ms", "quickest, ms", "goal, ms"], rows))
    if options.passes:
        print(each_pass(options.kernel, options.rounds))


def _row(name: str, seconds: list[float], goal: str = "") -> list[str]:
    return [name, f"{1000 * median(seconds):.1f}", f"{1000 * min(seconds):.1f}", goal]


def warm(kernel: str, rounds: int) -> list[list[str]]:
    """From the kernel's file to text, verifying where levels meet, in a process that has compiled before."""
    assert driver.compile(kernel).source
    whole, reading, passes, printing = [], [], [], []
    for _ in range(rounds):
        start = perf_counter()
        assert driver.compile(kernel).source
        whole.append(perf_counter() - start)

        start = perf_counter()
        module = tiles(kernel)
        read = perf_counter()
        pipeline.run(module, "fused", verify="borders")
        lowered = perf_counter()
        codegen.emit(module)
        end = perf_counter()
        reading.append(read - start)
        passes.append(lowered - read)
        printing.append(end - lowered)
    return [
        _row("DSL to Ascend C, warm", whole, "30"),
        _row("- DSL to tiles", reading),
        _row("- passes, verified at the borders of levels", passes),
        _row("- printing", printing),
    ]


def tiles(kernel: str):
    """The kernel as the language gives it, in the context that a process keeps."""
    return lower(load_kernel(kernel), "float16", Schedule(), (), (), driver.TARGET, context=kept_context())


def each_pass(kernel: str, rounds: int) -> str:
    """The mean times of the passes, in the order in which they run."""
    timing = pipeline.Timing()
    for _ in range(rounds):
        pipeline.run(tiles(kernel), "fused", verify="borders", timing=timing)
    steps = len(timing.seconds) // rounds
    names = [name for name, _ in timing.seconds[:steps]]
    means = [sum(seconds for _, seconds in timing.seconds[step::steps]) / rounds for step in range(steps)]
    return measure.table(["pass", "mean, ms"], [[name, f"{1000 * mean:.2f}"] for name, mean in zip(names, means)])


def cold(kernel: str, rounds: int) -> list[list[str]]:
    """`import dovetail` and the first compilation, in a new interpreter whose files the system has in memory."""
    imports, whole, interpreter = [], [], []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for turn in range(rounds + 1):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True, env=environment)
        bare = perf_counter() - start
        program = [sys.executable, "-c", COLD.format(name=kernel)]
        said = subprocess.run(program, check=True, env=environment, capture_output=True, text=True).stdout
        imported, compiled = map(float, said.split())
        if turn > 0:  # the first one fills the cache of compiled Python
            imports.append(imported)
            whole.append(imported + compiled)
            interpreter.append(bare)
    return [
        _row("import dovetail and first compilation, cold", whole, "1000"),
        _row("- import dovetail", imports),
        _row("(a bare interpreter, in addition)", interpreter),
    ]


def native(kernel: str, rounds: int) -> list[list[str]]:
    """From Ascend C to an entry point in this process, by way of the host's compiler or of the cache."""
    compiled = driver.compile(kernel)
    times: dict[str, list[float]] = {"built": [], "found": []}
    with tempfile.TemporaryDirectory() as directory:
        for turn in range(rounds):
            for how in times:
                cache = Path(directory) / f"{turn}-{how}"
                if how == "found":  # in files of its own, so that they are not loaded yet
                    shutil.copytree(Path(directory) / f"{turn}-built", cache)
                with unittest.mock.patch.dict(os.environ, DOVETAIL_CACHE=str(cache)):
                    start = perf_counter()
                    loaded = Kernel.load(compiled.signature, compiled.generated)
                    assert loaded.entry
                    times[how].append(perf_counter() - start)
                    assert loaded.built.cached == (how == "found")
    return [_row("host compiler", times["built"], "500"), _row("found in the cache", times["found"], "5")]


if __name__ == "__main__":
    main()
