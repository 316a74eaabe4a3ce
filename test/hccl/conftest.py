"""The programs of this folder, built with sanitizers against libhccl, and a kernel for them."""

from pathlib import Path

import pytest
from sanitized import Programs

KERNELS = Path(__file__).parents[1] / "runtime" / "kernels"


@pytest.fixture(scope="session")
def programs(sanitized_libraries, tmp_path_factory) -> Programs:
    directory = tmp_path_factory.mktemp("programs")
    return Programs(Path(__file__).parent, sanitized_libraries, directory, "hccl", "ascendcl")


@pytest.fixture(scope="session")
def gather(programs, sanitized_libraries, tmp_path_factory) -> Path:
    """A kernel with its tiling function, written by hand, as a shared object."""
    made = tmp_path_factory.mktemp("gather") / "gather.so"
    sources = [KERNELS / f"gather{end}.cpp" for end in ("", "_host")]
    flags = ["-shared", "-fPIC", "-Wno-unused-parameter"]  # a kernel need not use all that it is given
    sanitized_libraries.compile(made, *flags, *sources, "-ldovetail_device")
    return made
