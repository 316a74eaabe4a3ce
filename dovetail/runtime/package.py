"""An operator package: a directory in which programs find an operator, and the headers and libraries that they need.

    op_api/lib/libcust_opapi.so             the operator's entry points, found through ASCEND_CUSTOM_OPP_PATH
    op_api/include/aclnnop/                 the operator's header
    op_impl/ai_core/tbe/kernel/FAMILY/ID/   the kernels, which the entry points load
    include/, lib64/                        headers and libraries of the runtime
    lib64/cmake/dovetail/                   for find_package(dovetail)
    set_env.bash                            sets what programs look at

It may be moved: its parts find each other from where they lie.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dovetail.runtime import cache, compiler, device
from dovetail.target.element_types import TYPES
from dovetail.target.facts import rows_of_types

MARK = "dovetail-package.json"  # says that a directory is a package
LIBRARIES = ("ascendcl", "hccl", "nnopbase", "dovetail_device")
ENTRY_POINTS = "libcust_opapi.so"
_ROOMS = {"acl": "acl", "aclnn": "aclnn", "hccl": "hccl"}  # of the runtime, and the headers that each has for programs


class PackageError(RuntimeError):
    """A package cannot be written; the message says why."""


@dataclass(frozen=True)
class Contents:
    """What a package is of. kernels: the built objects by the names that the entry points have for them."""

    operator: str
    family: str
    header_name: str
    header: str
    entry_points: Path
    kernel_directory: str
    kernels: Mapping[str, Path]


# -- entry points --


def include_directories() -> list[Path]:
    """Where the headers of the runtime are, those for programs and those for entry points."""
    runtime = Path(__file__).parent
    return [runtime / room / "include" for room in ("acl", "hccl", "aclnn", "device")]


def build_entry_points(header_name: str, header: str, source: str) -> Path:
    """Compiles the entry points of an operator, unless the cache has them.

    Raises CompilerNotFound, HostCompileError, or DeviceError if the runtime's libraries have not been built.
    """
    host = compiler.find()
    libraries = _libraries()
    key = _key(host, header, source)
    directory = cache.entry(key)
    if not (directory / ENTRY_POINTS).is_file():
        with cache.making(key) as made:
            text = made / "entry_points.cpp"
            _write(text, source)
            _write(made / header_name, header)
            options = ["-O2", "-fvisibility=hidden", f"-ffile-prefix-map={made}=."]
            options += [f"-I{path}" for path in (made, *include_directories())]
            options += [f"-Wl,-soname,{ENTRY_POINTS},-rpath,$ORIGIN/../../lib64,-rpath-link,{libraries},--no-undefined"]
            host.compile([text, libraries / "libnnopbase.so"], made / ENTRY_POINTS, options)
    return directory / ENTRY_POINTS


def _key(host: compiler.HostCompiler, *texts: str) -> str:
    digest = hashlib.sha256(host.identity.encode())
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode())
    for directory in include_directories():
        for path in sorted(directory.rglob("*.h")):
            digest.update(f"{path.relative_to(directory)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _libraries() -> Path:
    """The directory of the runtime's libraries."""
    directory = device.library_path().parent
    missing = [name for name in LIBRARIES if not (directory / f"lib{name}.so").is_file()]
    if missing:
        raise device.DeviceError(f"{directory} has no {', '.join(f'lib{name}.so' for name in missing)}")
    return directory


# -- the directory --


def check(output: Path) -> None:
    """Raises PackageError if no package can be written there, or what is there is none and would be lost."""
    above = next(path for path in output.absolute().parents if os.path.lexists(path))
    if not above.is_dir():
        raise PackageError(f"{output} cannot be made: {above} is no directory")
    if not os.access(above, os.W_OK | os.X_OK):
        raise PackageError(f"{output} cannot be made: {above} cannot be written")
    if not os.path.lexists(output):
        return
    if not output.is_dir():
        raise PackageError(f"{output} exists and is no directory")
    if any(output.iterdir()) and not (output / MARK).is_file():
        raise PackageError(f"{output} exists and is no operator package: remove it, or name another directory")


def write(contents: Contents, output: Path) -> None:
    """Writes a package, in the place of one that is there. Whoever looks sees the old one or the new one.

    Raises PackageError, and OSError.
    """
    _replace(output, lambda root: _fill(contents, root))


def write_sources(operator: str, family: str, files: Mapping[str, str], output: Path) -> None:
    """Writes a source tree likewise: these texts, and the sources of this room that entry points are compiled with."""
    _replace(output, lambda root: _fill_sources(operator, family, files, root))


def _replace(output: Path, fill: Callable[[Path], None]) -> None:
    check(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        made, old = workshop / "new", workshop / "old"
        fill(made)
        if output.is_dir():
            output.rename(old)
        try:
            made.rename(output)
        except OSError:
            if old.is_dir():
                old.rename(output)
            raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _fill(contents: Contents, root: Path) -> None:
    _copy(contents.entry_points, root / "op_api" / "lib" / ENTRY_POINTS)
    _write(root / "op_api" / "include" / contents.header_name, contents.header)
    for name, object in contents.kernels.items():
        _copy(object, root / contents.kernel_directory / f"{name}.so")
    for room, headers in _ROOMS.items():
        for path in sorted((Path(__file__).parent / room / "include" / headers).glob("*.h")):
            _copy(path, root / "include" / headers / path.name)
    for name in LIBRARIES:
        _copy(_libraries() / f"lib{name}.so", root / "lib64" / f"lib{name}.so")
    _write(
        root / "lib64" / "cmake" / "dovetail" / "dovetail-config.cmake", _CMAKE.replace("@operator@", contents.operator)
    )
    _write(root / "set_env.bash", _ENVIRONMENT)
    facts = {
        "operator": contents.operator,
        "target": contents.family,
        "kernels": list(contents.kernels),
    }
    _write(root / MARK, json.dumps(facts, indent=2) + "\n")


# What entry points are compiled with, whatever runtime is below them.
_WORDS = (
    *("argument", "call", "choose", "least_cost", "memory_rules", "sizes"),
    *("tensor_facts", "types", "types_and_shapes"),
)
_HEADERS = ("breaches", "kernels", "surroundings", "tensor", "types")


def shared_sources() -> dict[str, Path]:
    """Files of this room that a source tree has, by their path in it."""
    runtime = Path(__file__).parent
    names = [f"aclnn/source/{name}.cpp" for name in _WORDS] + [f"aclnn/source/{name}.h" for name in _HEADERS]
    found = {f"op_api/{name}": runtime / name for name in names}
    found["op_api/dovetail/operator.h"] = runtime / "aclnn" / "include" / "dovetail" / "operator.h"
    for path in sorted((runtime / "aclnn" / "toolkit").iterdir()):
        found[f"op_api/dovetail/{path.name}"] = path
    return found


def _fill_sources(operator: str, family: str, files: Mapping[str, str], root: Path) -> None:
    for name, path in shared_sources().items():
        _copy(path, root / name)
    _write(root / "op_api" / "element_types.inc", rows_of_types(TYPES.values()))
    for name, text in files.items():
        _write(root / name, text)
    _write(root / MARK, json.dumps({"operator": operator, "target": family, "sources": True}, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if target.suffix == ".so":
        target.chmod(0o755)


_ENVIRONMENT = """\
# Source this file in bash: programs are then compiled and linked with the operator package that it lies in, and find it
# when they run.
_dovetail="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
export ASCEND_HOME_PATH="$_dovetail"
export ASCEND_CUSTOM_OPP_PATH="$_dovetail${ASCEND_CUSTOM_OPP_PATH:+:$ASCEND_CUSTOM_OPP_PATH}"
export LD_LIBRARY_PATH="$_dovetail/lib64:$_dovetail/op_api/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LIBRARY_PATH="$_dovetail/lib64:$_dovetail/op_api/lib${LIBRARY_PATH:+:$LIBRARY_PATH}"
export CPATH="$_dovetail/include:$_dovetail/op_api/include${CPATH:+:$CPATH}"
export dovetail_DIR="$_dovetail/lib64/cmake/dovetail"
# Says on the standard output why a call was refused; 0 keeps it for aclGetRecentErrMsg alone.
export ASCEND_SLOG_PRINT_TO_STDOUT="${ASCEND_SLOG_PRINT_TO_STDOUT:-1}"
unset _dovetail
"""

_CMAKE = """\
# find_package(dovetail) gives dovetail::ascendcl, ::hccl, ::nnopbase and, with all of them, dovetail::@operator@.
get_filename_component(_dovetail "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
foreach(_library ascendcl hccl nnopbase @operator@)
  if(NOT TARGET dovetail::${_library})
    add_library(dovetail::${_library} SHARED IMPORTED)
  endif()
  set_target_properties(dovetail::${_library} PROPERTIES
    IMPORTED_LOCATION "${_dovetail}/lib64/lib${_library}.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_dovetail}/include")
endforeach()
set_target_properties(dovetail::hccl PROPERTIES INTERFACE_LINK_LIBRARIES dovetail::ascendcl)
set_target_properties(dovetail::nnopbase PROPERTIES INTERFACE_LINK_LIBRARIES dovetail::hccl)
set_target_properties(dovetail::@operator@ PROPERTIES
  IMPORTED_LOCATION "${_dovetail}/op_api/lib/libcust_opapi.so"
  INTERFACE_INCLUDE_DIRECTORIES "${_dovetail}/op_api/include"
  INTERFACE_LINK_LIBRARIES dovetail::nnopbase)
"""
