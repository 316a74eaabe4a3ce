"""The programs of this folder, built with sanitizers against libascendcl."""

from pathlib import Path

import pytest
from sanitized import Programs


@pytest.fixture(scope="session")
def programs(sanitized_libraries, tmp_path_factory) -> Programs:
    return Programs(Path(__file__).parent, sanitized_libraries, tmp_path_factory.mktemp("programs"), "ascendcl")
