"""A kernel written by hand, which needs no compiler of ours: `gather`."""

from pathlib import Path

import pytest

from dovetail.runtime.build import KernelSource
from dovetail.runtime.kernel import Kernel
from dovetail.runtime.signature import Extent, Parameter, Signature
from dovetail.target.machine import machine

KERNELS = Path(__file__).parent / "kernels"


@pytest.fixture(scope="session")
def gather_source():
    texts = [(KERNELS / f"gather{end}").read_text() for end in (".cpp", "_tiling.h", "_host.cpp")]
    return KernelSource("gather", *texts)


@pytest.fixture(scope="session")
def gather_signature():
    m, k = Extent(("m",)), Extent(("k",))
    return Signature(
        "gather",
        (
            Parameter("x", "float16", m, k, gathered=True),
            Parameter("output", "float16", Extent.parse("ranks * m"), k, output=True),
        ),
        ("m", "k"),
    )


@pytest.fixture(scope="session")
def gather(gather_signature, gather_source):
    return Kernel.load(gather_signature, gather_source)


@pytest.fixture(scope="session")
def chip():
    return machine("ascend910b")
