"""From the text of a kernel to a loaded shared object, by way of the cache."""

import difflib
import functools
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from dovetail.runtime import cache, compiler, device

OBJECT = "kernel.so"


@dataclass(frozen=True)
class KernelSource:
    """The text of one kernel.

    `device_path` is the file that the device source was read from, if it was. `lines` says of lines of the device
    source which line of the user's source they come from: "17 gather.py:5". `architecture` is the generation of
    instructions that it is written in.
    """

    name: str
    device: str
    tiling_header: str
    host: str
    device_path: Path | None = None
    architecture: str = "2201"
    lines: str = ""

    def with_device_source(self, path: Path) -> "KernelSource":
        """The same, but with the device source of a file. Raises OSError."""
        text = path.read_text(encoding="utf-8")
        return replace(self, device=text, device_path=path, lines=self._moved_lines(text))

    def _moved_lines(self, edited: str) -> str:
        """`lines` for an edited copy of the device source: those of the lines that are still there."""
        before, after = self.device.splitlines(), edited.splitlines()
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        moved = {block.a + i: block.b + i for block in matcher.get_matching_blocks() for i in range(block.size)}
        origins = (row.split(" ", 1) for row in self.lines.splitlines())
        return "".join(
            f"{moved[int(number) - 1] + 1} {origin}\n" for number, origin in origins if int(number) - 1 in moved
        )

    @property
    def files(self) -> dict[str, str]:
        """The files that the compiler sees, by name."""
        return {
            f"{self.name}.cpp": self.device,
            f"{self.name}_tiling.h": self.tiling_header,
            f"{self.name}_host.cpp": self.host + self._line_table,
        }

    @property
    def _line_table(self) -> str:
        """What reports of the device look up (`dovetail_source_lines`): part of the object, wherever that goes."""
        if not self.lines:
            return ""
        rows = "".join(f'\n    "{line}\\n"' for line in self.lines.splitlines())
        return f'\nextern "C" const char dovetail_source_lines[] ={rows};\n'


@dataclass(frozen=True)
class Built:
    """A built kernel: a directory of the cache with its sources and its shared object."""

    directory: Path
    cached: bool  # found, not made

    @property
    def object(self) -> Path:
        return self.directory / OBJECT


def build(source: KernelSource) -> Built:
    """Compiles `source`, unless the cache has it.

    Raises CompilerNotFound, or HostCompileError with what the compiler said, naming the file at fault: the file that
    the device source was read from, or else a copy of the generated one that is kept for looking at.
    """
    host = compiler.find()
    key = _key(source, host)
    directory = cache.entry(key)
    if (directory / OBJECT).is_file():
        return Built(directory, cached=True)
    with cache.making(key) as made:
        for name, text in source.files.items():
            (made / name).write_text(text)
        units = [made / name for name in source.files if name.endswith(".cpp")]
        options = [f"-I{device.include_directory()}", f"-ffile-prefix-map={made}={directory}"]
        options.append(f"-D__NPU_ARCH__={source.architecture}")
        options += [f"-L{device.library_path().parent}", "-ldovetail_device"]
        try:
            host.compile(units, made / OBJECT, options)
        except compiler.HostCompileError as error:
            raise compiler.HostCompileError(_point_at_kept_files(str(error), made, source, key)) from None
    return Built(directory, cached=False)


def _key(source: KernelSource, host: compiler.HostCompiler) -> str:
    digest = hashlib.sha256()
    for name, text in source.files.items():
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode())
    digest.update(f"{source.architecture}\0{host.identity}".encode())
    digest.update(_device_digest())
    return digest.hexdigest()


@functools.cache
def _device_digest() -> bytes:
    """A hash of the headers that kernels are compiled against."""
    digest = hashlib.sha256()
    include = device.include_directory()
    for path in sorted(include.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(include)}\0{len(content)}\0".encode() + content)
    return digest.digest()


def _point_at_kept_files(said: str, made: Path, source: KernelSource, key: str) -> str:
    """The compiler's words, with the names of files that outlive the failed build."""
    if source.device_path is not None:
        said = said.replace(str(made / f"{source.name}.cpp"), str(source.device_path))
    if str(made) in said:
        kept = cache.root() / "failed" / key[:16]
        for name, text in source.files.items():
            cache.write(kept / name, text)
        said = said.replace(str(made), str(kept))
    return said
