"""Makes random calls of the operator under AddressSanitizer and UndefinedBehaviorSanitizer.

    python test/c_interface/random_calls.py --calls 10000

About half of the calls break rules. Each must be answered as `reading.py` predicts from the contract, and those that
are launched must gather what they were given. Sanitizers stop the program at what they report, and at its end look for
leaks. Prints the calls that were answered otherwise, and ends with status 1 if there was one.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from caller import SOURCE, ask, options
from generated import Draw
from reading import Answer, Call, Given, Reader
from sanitized import Libraries

from dovetail import driver
from dovetail.runtime.package import include_directories
from dovetail.target.contract import Product
from dovetail.target.machine import machine
from dovetail.target.operators import operator

OPERATOR = operator("all_gather_matmul_v2")
GATHERED = ("x1", "gatherOut")
LARGEST = 1 << 22  # multiplications of a rank in a call that is launched
FORMS = 7  # of Ascend 950's many forms, every seventh is built for a campaign


@dataclass(frozen=True)
class Campaign:
    """Random calls of one product, and the program that makes them."""

    reader: Reader
    program: Path
    environment: Mapping[str, str]

    def run(self, calls: int, launches: int, seed: int) -> tuple[list[str], Counter]:
        """What was answered otherwise than predicted, and how often which code was answered. At most `launches` calls
        are launched.
        """
        draw = Draw(self.reader, seed)
        drawn = [draw.call() for _ in range(calls)]
        predicted = [self.reader.read(call) for call in drawn]
        launched = self._launched(drawn, predicted, launches)
        answered = ask(self.program, OPERATOR, drawn, self.environment, launched, GATHERED)
        faults = []
        for call, wanted, said in zip(drawn, predicted, answered):
            labels = [each.label for each in wanted.breaches]
            if (said.code, said.labels if wanted.breaches else [], said.fault) != (wanted.code, labels, ""):
                faults.append(f"{call}\n  predicted {wanted.code} {labels}\n  answered {said}")
        codes = Counter(each.code for each in answered)
        return faults, codes + Counter({"launched": sum(launched)})

    def _launched(self, calls: Sequence[Call], predicted: Sequence[Answer], most: int) -> list[bool]:
        chosen = []
        for call, answer in zip(calls, predicted):
            fits = answer.code == 0 and call.device == "own" and _is_small(call)
            chosen.append(fits and sum(chosen) < most)
        return chosen


def _is_small(call: Call) -> bool:
    tensors = [value for value in call.values.values() if isinstance(value, Given)]
    x1, x2 = call.values["x1"], call.values["x2"]
    assert isinstance(x1, Given) and isinstance(x2, Given)
    apart = all(each.place == "own" or each.elements == 0 for each in tensors)
    return apart and x1.elements * x2.shape[1] * call.ranks <= LARGEST


def campaign(product: Product, made: driver.OperatorPackage, package: Path, libraries: Libraries) -> Campaign:
    """A campaign with the kernels of a package that was written, the rest of it built with sanitizers."""
    for library in ("nnopbase", "hccl", "ascendcl"):
        libraries.build(library)
    directory = libraries.directory / f"campaign-{made.family}"
    (directory / "op_api" / "lib").mkdir(parents=True)
    (directory / "op_impl").symlink_to(package / "op_impl")
    text = made.entry_points
    header = directory / text.header_name
    header.parent.mkdir(exist_ok=True)
    header.write_text(text.header)
    source = directory / "entry_points.cpp"
    source.write_text(text.source)
    includes = [f"-I{path}" for path in (directory, *include_directories())]
    linked = ["-lnnopbase", "-lhccl", "-lascendcl"]
    entry_points = directory / "op_api" / "lib" / "libcust_opapi.so"
    name = f"-Wl,-soname,{entry_points.name}"
    libraries.compile(entry_points, "-shared", "-fPIC", name, *includes, source, *linked)
    program = libraries.directory / "calls"  # the same for all products, whose entry points are called alike
    if not program.exists():
        libraries.compile(program, *includes, *options(OPERATOR), SOURCE, entry_points, *linked)
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(entry_points.parent),
        "DOVETAIL_SOC": machine(made.family).name,
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    return Campaign(Reader(OPERATOR, product, made.variants), program, environment)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make random calls of the operator under sanitizers.")
    parser.add_argument("--calls", type=int, default=10000, help="of all products together; usually 10000")
    parser.add_argument("--launches", type=int, default=400, help="the most calls that are launched; usually 400")
    parser.add_argument("--seed", type=int, default=0, help="of the calls")
    given = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        libraries = Libraries(directory / "sanitized")
        for product in OPERATOR.products:
            made = driver.operator_package(OPERATOR, target=product.families[0])
            if len(product.forms) > 2 * FORMS:
                names = {form.name for form in product.forms[::FORMS]}
                made = replace(made, variants=tuple(each for each in made.variants if each.form.name in names))
            print(f"{product.name}: building {len(made.variants)} kernels, and the rest with sanitizers", flush=True)
            package = directory / made.family
            made.build().write(package)
            of_product = campaign(product, made, package, libraries)
            shares = len(OPERATOR.products)
            faults, codes = of_product.run(given.calls // shares, given.launches // shares, given.seed)
            print(*faults, sep="\n")
            counted = ", ".join(f"{number} x {code}" for code, number in sorted(codes.items(), key=str))
            print(f"{product.name}: {counted}; {len(faults)} answered otherwise than predicted", flush=True)
            failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
