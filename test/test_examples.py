"""Every example, and every built-in kernel, compiles and runs, fused and as two stages."""

from pathlib import Path

import pytest

from dovetail import driver
from dovetail.dsl import built_in_kernels, load_kernel
from dovetail.dsl.schedule import Schedule
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial

EXAMPLES = sorted((Path(__file__).parent.parent / "examples" / "kernels").glob("*.py"))
KERNELS = [*built_in_kernels(), *EXAMPLES]
SIZES = {"m": 37, "k": 300, "n": 90, "depth": 200}


def _name(value):
    return value.stem if isinstance(value, Path) else str(value)


@pytest.mark.parametrize("ranks", [1, 4])
@pytest.mark.parametrize("pipeline", ["fused", "two-stage"])
@pytest.mark.parametrize("kernel", KERNELS, ids=_name)
def test_right_on_every_number_of_ranks(kernel, pipeline, ranks):
    compiled = driver.compile(kernel, pipeline=pipeline, schedule=Schedule(tile=(32, 64, 64), chunk=16))
    reference = load_kernel(kernel).reference
    with compiled.communicator(ranks) as communicator:
        for seed, data in enumerate(Data):
            sizes = {name: SIZES.get(name, 50) for name in compiled.signature.sizes}
            trial = Trial(compiled.signature, reference, sizes, ranks, data, seed)
            outputs = compiled.launch(communicator, *trial.arguments, blocks=4).outputs
            assert [each.fault for each in trial.compare(outputs)] == [""] * len(compiled.signature.outputs)


@pytest.mark.parametrize("kernel", KERNELS, ids=_name)
def test_twice_in_a_row_gives_the_same_bits(kernel):
    compiled = driver.compile(kernel, dtype="bfloat16")
    sizes = {name: SIZES.get(name, 50) for name in compiled.signature.sizes}
    trial = Trial(compiled.signature, None, sizes, 4)
    with compiled.communicator(4) as communicator:
        first, second = (compiled.launch(communicator, *trial.arguments, blocks=20).outputs for _ in range(2))
    for one, other in zip(first, second):
        assert {name: matrix.tobytes() for name, matrix in one.items()} == {
            name: matrix.tobytes() for name, matrix in other.items()
        }
