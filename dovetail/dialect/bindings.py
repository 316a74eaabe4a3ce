"""The one module that imports MLIR's Python bindings and names their provider.

Everything else in the package takes `ir`, `func`, `scf`, ... from here, so that changing the provider is a change of
this file. Multithreading of contexts stays off: verifiers written in Python deadlock under it.
"""

from pathlib import Path

from torch_mlir import ir, passmanager, rewrite
from torch_mlir.dialects import arith, ext, func, scf

__all__ = ["PROVIDER", "arith", "ext", "func", "ir", "passmanager", "rewrite", "scf"]

PROVIDER = "torch-mlir"

# The binding looks for `<prefix>.<dialect>` whenever it wraps an operation; a miss costs an import each time.
ir._globals.append_dialect_search_prefix("dovetail.dialect")
for _file in Path(__file__).parent.glob("*.py"):
    ir._globals.register_traceback_file_exclusion(str(_file))
ir._globals.register_traceback_file_exclusion(ext.__file__)
