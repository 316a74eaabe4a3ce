"""Kernels, lowered to the last IR, whose protocol tests search."""

from pathlib import Path

import dovetail as dt
from dovetail import driver
from dovetail.dialect import assembly
from dovetail.dialect.context import fresh_context
from dovetail.passes.protocol_program import programs, symbols, tiling
from dovetail.passes.protocol_steps import Launch

EXAMPLES = Path(__file__).parents[2] / "examples" / "kernels"
WINDOW = 1 << 22
TILE = 16


def lowered(name, chunk=TILE, slots=1, order="arrival", pipeline="fused", absent=(), lanes=8):
    """The module that code generation prints, of a built-in kernel or an example."""
    schedule = dt.Schedule(
        tile=(TILE, TILE, 2 * TILE), chunk=chunk, slots=slots, order=order, communication_cores=lanes
    )
    path = EXAMPLES / f"{name}.py"
    kernel = driver.compile(path if path.exists() else name, schedule=schedule, pipeline=pipeline, absent=absent)
    return assembly.parse(kernel.emitted("ascendc-ir"), fresh_context(), f"{name}.mlir")


def launch(module, ranks, blocks, **sizes):
    """What each core does in a launch. Sizes that are not named are 24."""
    given = dict.fromkeys(symbols(module), 24) | sizes
    return programs(module, Launch(ranks, blocks, tiling(module, given, ranks, blocks, WINDOW)))
