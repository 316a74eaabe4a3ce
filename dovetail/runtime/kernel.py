"""A built kernel, loaded: its entry point and its tiling function."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dovetail.runtime import device
from dovetail.runtime.build import Built, KernelSource, build
from dovetail.runtime.signature import Signature

MESSAGE_BYTES = 4096


class TilingError(ValueError):
    """The tiling function refused the sizes; the message is its own."""


@dataclass(frozen=True)
class Kernel:
    """What a launch needs of a kernel."""

    signature: Signature
    built: Built

    @classmethod
    def load(cls, signature: Signature, source: KernelSource) -> "Kernel":
        """Builds the source, or finds it built. Raises CompilerNotFound or HostCompileError."""
        return cls(signature, build(source))

    @cached_property
    def library(self) -> ctypes.CDLL:
        """The shared object."""
        device.library()  # the kernel's own needs are resolved against it
        return ctypes.CDLL(str(self.built.object))

    @property
    def entry(self) -> int:
        """The address of the kernel's entry point."""
        return entry(self.library, self.signature.name)

    @property
    def device_source(self) -> Path:
        """The device source that was compiled."""
        return self.built.directory / f"{self.signature.name}.cpp"

    def workspace_bytes(self, blocks: int) -> int:
        """Bytes of device memory that a launch wants beside its matrices."""
        name = f"{self.signature.name}_workspace_bytes"
        if not hasattr(self.library, name):
            return 0
        wanted = getattr(self.library, name)
        wanted.restype = ctypes.c_uint64
        return wanted(ctypes.c_int64(blocks))

    def tiling(self, sizes: Mapping[str, int], ranks: int, blocks: int, window_bytes: int) -> bytes:
        """The tiling struct for these sizes. Raises TilingError where it refuses them."""
        name = self.signature.name
        size_of = getattr(self.library, f"{name}_tiling_bytes")
        size_of.restype = ctypes.c_uint64
        fill = getattr(self.library, f"{name}_tiling")
        fill.restype = ctypes.c_int32
        values = (ctypes.c_int64 * len(self.signature.sizes))(*(sizes[size] for size in self.signature.sizes))
        tiling = ctypes.create_string_buffer(size_of())
        message = ctypes.create_string_buffer(MESSAGE_BYTES)
        refused = fill(
            values,
            ctypes.c_int64(ranks),
            ctypes.c_int64(blocks),
            ctypes.c_int64(window_bytes),
            tiling,
            message,
            ctypes.c_uint64(MESSAGE_BYTES),
        )
        if refused:
            raise TilingError(f"{name}: {message.value.decode(errors='replace')}")
        return tiling.raw


def entry(library: ctypes.CDLL, name: str) -> int:
    """The address of the entry point `name` of a loaded kernel."""
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
