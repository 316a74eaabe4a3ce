"""Dovetail compiles kernels that communicate while they compute."""

import importlib

# Where each public name comes from. Names are imported when they are first used, so that `import dovetail` is fast.
_HOMES = dict.fromkeys(
    (
        "CompileError", "Matrix", "Output", "Schedule",
        "bfloat16", "float16", "float32", "float4_e2m1fn", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu",
        "gathered", "hifloat8", "int32", "int4", "int64", "int8", "kernel", "load_kernel", "ranks", "scaled", "stage",
        "tiles", "zeros",
    ),
    "dovetail.dsl",
) | {"compile": "dovetail.driver"}  # fmt: skip

__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
