"""Contexts in which the dialects of Dovetail are loaded."""

import threading

from dovetail.dialect.ascendc import AscendC
from dovetail.dialect.bindings import ir
from dovetail.dialect.dovetail import Dovetail

_kept = threading.local()


def fresh_context() -> ir.Context:
    """A context of its own, with the dialects loaded."""
    made = ir.Context()
    made.enable_multithreading(False)
    with made, ir.Location.unknown():
        Dovetail.load()
        AscendC.load()
    return made


def kept_context() -> ir.Context:
    """The context that this thread keeps from one compilation to the next: loading dialects costs as much as a pass."""
    if not hasattr(_kept, "context"):
        _kept.context = fresh_context()
    return _kept.context
