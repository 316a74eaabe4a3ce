"""What all tests share: a cache of their own for built kernels, and libraries with sanitizers."""

import os
from pathlib import Path

import pytest
from sanitized import Libraries


def shared_directory(tmp_path_factory) -> Path:
    """Of a session, and of all processes that share its tests."""
    directory = tmp_path_factory.getbasetemp()
    return directory.parent if "PYTEST_XDIST_WORKER" in os.environ else directory


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_session(tmp_path_factory):
    """Builds of this session go to a fresh cache, so that no test passes by what an earlier session built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVETAIL_CACHE", str(shared_directory(tmp_path_factory) / "cache"))
        yield


@pytest.fixture(scope="session")
def sanitized_libraries(tmp_path_factory) -> Libraries:
    return Libraries(shared_directory(tmp_path_factory) / "sanitized")


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A cache in which nothing has been built."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
