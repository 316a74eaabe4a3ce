"""Building and caching: what was built is found again, and nobody finds half of it."""

import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import pytest

from dovetail.runtime import build as building
from dovetail.runtime import cache, compiler, device
from dovetail.runtime.build import KernelSource, build

EMPTY = KernelSource(
    "empty",
    '#include "kernel_operator.h"\nextern "C" __global__ __aicore__ void empty(GM_ADDR, GM_ADDR) {}\n',
    "#pragma once\n",
    '#include <cstdint>\n#include "empty_tiling.h"\nextern "C" uint64_t empty_tiling_bytes(void) { return 8; }\n',
)


def entries(root):
    return list((root / "objects").glob("*/*"))


def test_a_second_build_finds_the_first(empty_cache):
    first, second = build(EMPTY), build(EMPTY)
    assert (first.cached, second.cached) == (False, True)
    assert first.directory == second.directory
    assert {path.name for path in first.directory.iterdir()} == {*EMPTY.files, "kernel.so"}
    assert list((empty_cache / "building").iterdir()) == []


def test_the_key_has_the_sources_the_headers_the_compiler_and_the_flags(empty_cache, monkeypatch):
    host = compiler.find()
    keys = {building._key(EMPTY, host)}
    keys.add(building._key(KernelSource("empty", EMPTY.device + "\n", EMPTY.tiling_header, EMPTY.host), host))
    keys.add(building._key(KernelSource("empty", EMPTY.device, EMPTY.tiling_header, EMPTY.host + "\n"), host))
    keys.add(building._key(KernelSource("empty", EMPTY.device, EMPTY.tiling_header + "\n", EMPTY.host), host))
    keys.add(building._key(EMPTY, compiler.HostCompiler(host.command, host.version + " (newer)")))
    keys.add(building._key(EMPTY, compiler.HostCompiler((*host.command, "-g"), host.version)))
    monkeypatch.setenv("DOVETAIL_CXXFLAGS", "-O2")
    keys.add(building._key(EMPTY, host))
    monkeypatch.setattr(building, "_device_digest", lambda: b"other headers")
    keys.add(building._key(EMPTY, host))
    assert len(keys) == 8


def test_the_headers_of_the_device_are_hashed(tmp_path, monkeypatch):
    shutil.copytree(device.include_directory(), tmp_path / "include")
    monkeypatch.setattr(device, "include_directory", lambda: tmp_path / "include")
    digest = building._device_digest.__wrapped__
    before = digest()
    with open(next((tmp_path / "include" / "dovetail").glob("*.h")), "a") as header:
        header.write("// changed\n")
    assert digest() != before


def test_a_compile_error_names_the_file_that_was_edited(empty_cache, tmp_path):
    edited = tmp_path / "edited.cpp"
    edited.write_text(EMPTY.device + "\nint wrong = undeclared;\n")
    with pytest.raises(compiler.HostCompileError) as error:
        build(EMPTY.with_device_source(edited))
    assert f"{edited}:4:" in str(error.value)
    assert "undeclared" in str(error.value)
    assert entries(empty_cache) == [] and list((empty_cache / "building").iterdir()) == []


def test_a_compile_error_in_generated_text_keeps_the_text(empty_cache):
    with pytest.raises(compiler.HostCompileError) as error:
        build(KernelSource("empty", EMPTY.device, EMPTY.tiling_header, EMPTY.host + "wrong"))
    named = str(error.value).split(":")[0].removeprefix("In file included from ")
    assert named.startswith(str(empty_cache / "failed"))
    with open(named) as file:
        assert file.read().endswith("wrong")


def test_without_a_compiler_the_error_says_what_to_do(empty_cache, monkeypatch, tmp_path):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("DOVETAIL_CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(compiler.CompilerNotFound, match=r"none of c\+\+, g\+\+, clang\+\+ .* DOVETAIL_CXX"):
        build(EMPTY)
    monkeypatch.setenv("DOVETAIL_CXX", "no-such-compiler -g")
    with pytest.raises(compiler.CompilerNotFound, match=r"DOVETAIL_CXX names .*'no-such-compiler'"):
        build(EMPTY)


def _build_when_told(root, go, made):
    os.environ["DOVETAIL_CACHE"] = str(root)
    go.wait()
    made.put(build(EMPTY).cached)


def test_two_builders_at_once_make_one_whole_entry(empty_cache):
    context = multiprocessing.get_context("spawn")
    go, made = context.Event(), context.Queue()
    builders = [context.Process(target=_build_when_told, args=(empty_cache, go, made)) for _ in range(2)]
    for builder in builders:
        builder.start()
    go.set()
    results = [made.get(timeout=120) for _ in builders]
    for builder in builders:
        builder.join()
    assert len(results) == 2
    assert len(entries(empty_cache)) == 1
    assert build(EMPTY).cached
    assert list((empty_cache / "building").iterdir()) == []


def _slow_compiler(directory, seconds):
    """A compiler that writes half of its output, waits, and then does its work."""
    path = directory / "slow-c++"
    path.write_text(
        f"""#!{sys.executable}
import subprocess, sys, time
if "-o" in sys.argv:
    with open(sys.argv[sys.argv.index("-o") + 1], "wb") as half:
        half.write(b"half of it")
    time.sleep({seconds})
sys.exit(subprocess.call(["c++", *sys.argv[1:]]))
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_builder_that_is_killed_leaves_nothing_that_others_find(empty_cache, monkeypatch, tmp_path):
    monkeypatch.setenv("DOVETAIL_CXX", str(_slow_compiler(tmp_path, 2)))
    script = "from test_build import EMPTY, build; build(EMPTY)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *filter(None, sys.path)])}
    killed = subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list((empty_cache / "building").glob("*/kernel.so")):
        assert time.monotonic() < deadline and killed.poll() is None
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert entries(empty_cache) == []
    assert len(list((empty_cache / "building").iterdir())) == 1

    monkeypatch.setenv("DOVETAIL_CXX", "c++")
    assert not build(EMPTY).cached
    assert list((empty_cache / "building").iterdir()) == []  # swept


def test_a_builder_at_work_is_not_swept_away(empty_cache):
    with cache.making("0" * 64) as first:
        (first / "file").write_text("first")
        with cache.making("1" * 64) as second:
            (second / "file").write_text("second")
    assert (cache.entry("0" * 64) / "file").read_text() == "first"
    assert (cache.entry("1" * 64) / "file").read_text() == "second"


def test_a_failed_build_makes_no_entry(empty_cache):
    with pytest.raises(ZeroDivisionError), cache.making("0" * 64) as made:
        (made / "file").write_text("half")
        raise ZeroDivisionError
    assert entries(empty_cache) == []
