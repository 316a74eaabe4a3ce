"""From the last IR to text: device source, tiling struct and host source of a kernel."""

from dovetail.codegen.source import Source, emit, print_source

__all__ = ["Source", "emit", "print_source"]
