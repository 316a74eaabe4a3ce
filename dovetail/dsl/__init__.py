"""The language: kernels of tiles, written in Python. `lower` takes a kernel to MLIR; the rest needs no MLIR."""

from dovetail.dsl.elaborate import added_inputs, gathered_inputs
from dovetail.dsl.errors import CompileError, Span
from dovetail.dsl.kernels import Kernel, Parameter, built_in_kernels, kernel, load_kernel
from dovetail.dsl.language import (
    DType,
    Matrix,
    Output,
    as_dtype,
    bfloat16,
    float4_e2m1fn,
    float8_e4m3fn,
    float8_e5m2,
    float8_e8m0fnu,
    float16,
    float32,
    gathered,
    hifloat8,
    int4,
    int8,
    int32,
    int64,
    ranks,
    scaled,
    stage,
    tiles,
    zeros,
)
from dovetail.dsl.schedule import Schedule

__all__ = [
    "CompileError", "DType", "Kernel", "Matrix", "Output", "Parameter", "Schedule", "Span",
    "added_inputs", "as_dtype", "bfloat16", "built_in_kernels", "float4_e2m1fn", "float8_e4m3fn", "float8_e5m2",
    "float8_e8m0fnu", "float16", "float32", "gathered", "gathered_inputs", "hifloat8", "int4", "int8", "int32", "int64",
    "kernel", "load_kernel", "lower", "ranks", "scaled", "stage", "tiles", "zeros",
]  # fmt: skip


def __getattr__(name: str):
    if name == "lower":  # the one part that imports MLIR
        from dovetail.dsl.emit import lower

        globals()["lower"] = lower
        return lower
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
