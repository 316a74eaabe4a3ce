"""The compiler's own kernels with a synchronising operation left out or altered: verify-synchronization refuses each.

`pytest -rP` shows the counts. An altered kernel is let through for one of two reasons only, and each is checked here:

- *never run*: no core comes to the signal in any launch, whatever the sizes.
- *as good*: a cross-core flag is set behind another pipe, which waits itself for what the flag tells of; or it is for
  more cores, which all set it.
- *left out by both*: SyncAll in a function that both vector cores run. They fit together without it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dovetail.dialect.bindings import func, ir
from dovetail.dsl import load_kernel, lower
from dovetail.passes import pipeline, protocol_calls, protocol_program, protocol_steps
from dovetail.passes.registry import PassFailure
from dovetail.passes.target import machine_of
from dovetail.passes.verify_synchronization import VerifySynchronization
from dovetail.passes.verifying import Body, Programs
from dovetail.passes.verifying_numbers import Tiling
from dovetail.passes.verifying_signals import BLOCKS, MANY, Shape, Signals, launches
from dovetail.target.pipes import CROSS_CORE_PIPES, EVENTS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "kernels").glob("*.py"))
KERNELS = ["all_gather_matmul", *EXAMPLES]
# Kernels whose vector cores finish what the cube core hands over, between turns of sending and telling.
FINISHING = {
    "int8": {"dtype": "int8", "dtypes": {"output": "float16"}, "present": ("x1_scale", "x2_scale")},
    "bias": {"present": ("bias",)},
}
FLAGS = ("ascendc.set_flag", "ascendc.wait_flag")
SIGNALS = ("ascendc.cross_core_set_flag", "ascendc.cross_core_wait_flag", "ascendc.sync_all")
NOT_NEEDED = [("ReadCounter", "S_MTE2")]  # a kernel reads one counter: nothing is written over it
SIGNAL_STEPS = (protocol_steps.CrossCoreSet, protocol_steps.CrossCoreWait, protocol_steps.SyncAll)
BARRIER = "ascendc.pipe_barrier"


@pytest.fixture(params=pipeline.NAMED)
def which(request) -> str:
    return request.param


@pytest.fixture(params=[*KERNELS, *FINISHING], ids=lambda kernel: Path(kernel).stem)
def module(request, which) -> ir.Module:
    """The last IR of a kernel."""
    return lowered(request.param, which)


def lowered(name: str | Path, which: str) -> ir.Module:
    choices = FINISHING.get(str(name))
    made = lower(load_kernel(name if choices is None else KERNELS[0]), **choices or {})
    pipeline.run(made, which)
    return made


def found(module: ir.Module, *names: str) -> list[ir.Operation]:
    """The operations of these names, in order."""
    result = []

    def visit(op):
        if op.name in names:
            result.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return result


def is_refused(module: ir.Module) -> bool:
    try:
        VerifySynchronization().run(module)
    except PassFailure as failure:
        (diagnostic,) = failure.diagnostics
        assert diagnostic.line, f"no place in the user's source: {diagnostic}"
        return True
    return False


@contextmanager
def left_out(op: ir.Operation) -> Iterator[None]:
    block, position = op.block, list(op.block.operations)
    behind = position[[each.operation for each in position].index(op) + 1]
    op.detach_from_parent()
    yield
    assert behind.operation.block == block
    ir.InsertionPoint(behind).insert(op)


@contextmanager
def altered(op: ir.Operation, name: str, value: ir.Attribute) -> Iterator[None]:
    before = op.attributes[name]
    op.attributes[name] = value
    yield
    op.attributes[name] = before


def signals_that_run(module: ir.Module) -> list[ir.Operation]:
    """The signals that some core comes to in one of many launches."""
    cores, tiling = signals_and_tiling(module)
    ran: list[ir.Operation] = []
    for core in cores.values():
        for known in launches(tiling, core.numbers.asked, 128, MANY):
            for rank in range(known["ranks"]):
                ran += [step.op for step in core.of({**known, "rank": rank, "block": 0}) if step.op not in ran]
    return ran


def signals_and_tiling(module: ir.Module) -> tuple[dict[str, Signals], Tiling]:
    functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
    host = next(name for name, op in functions.items() if "dovetail.host" in op.operation.attributes)
    entry = next(name for name, op in functions.items() if "ascendc.entry" in op.operation.attributes)
    bodies = {name: Body(op.body.blocks[0]) for name, op in functions.items() if name != host}
    target = machine_of(module)
    kinds = [
        Programs("AIC", {"AIC": entry}, bodies, target),
        Programs("AIV", {"AIV 0": entry, "AIV 1": entry}, bodies, target),
    ]
    signals = {core: Signals(programs, core) for programs in kinds for core in programs.steps}
    return signals, Tiling(functions[host])


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: Path(kernel).stem)
def test_signals_are_those_of_the_protocol(kernel, which):
    """How often, and in which order, cores signal: counted here from what decides it, there by running everything."""
    module = lowered(kernel, which)
    cores, tiling = signals_and_tiling(module)
    asked = set().union(*(core.numbers.asked for core in cores.values()))
    for shape in (Shape(2, 3, 2), Shape(3, 1, 1), Shape(4, 2, 1, ragged=False)):
        sizes, window_bytes = shape.sizes(tiling, 128)
        try:
            fields = protocol_program.tiling(module, sizes, shape.ranks, BLOCKS, window_bytes)
        except protocol_calls.Refused:
            continue
        (known,) = launches(tiling, asked, 128, (shape,))
        assert {name: known[name] for name in asked & set(fields)} == {
            name: fields[name] for name in asked & set(fields)
        }
        steps = protocol_program.programs(module, protocol_steps.Launch(shape.ranks, BLOCKS, fields))
        for core, program in steps.items():
            ran = [step.at.operation for step in program if isinstance(step, SIGNAL_STEPS)]
            here = known | {"ranks": shape.ranks, "rank": core.rank, "block": core.block}
            assert [signal.op for signal in cores[core.unit].of(here)] == ran, core


def function_of(op: ir.Operation) -> str:
    while op.name != "func.func":
        op = op.parent.operation
    return ir.StringAttr(op.attributes["sym_name"]).value


def core_of(op: ir.Operation) -> str | None:
    while op.name != "func.func":
        op = op.parent.operation
    return op.attributes["dovetail.core"].value if "dovetail.core" in op.attributes else None


def is_of_both(op: ir.Operation) -> bool:
    """Whether both vector cores run the same function."""
    return core_of(op) == "vectors"


def kind_of_core(op: ir.Operation) -> str:
    return "AIC" if core_of(op) == "cube" else "AIV"


def test_kernels_are_accepted_and_stay_as_they_are(module):
    before = str(module)
    VerifySynchronization().run(module)
    VerifySynchronization(thorough=True).run(module)
    assert str(module) == before


def test_left_out(module, which):
    ran = signals_that_run(module)
    counts: Counter[tuple[str, str]] = Counter()
    missed = []
    for op in found(module, *FLAGS, *SIGNALS, BARRIER):
        with left_out(op):
            refused = is_refused(module)
        what = "refused" if refused else "never run" if op.name in SIGNALS and op not in ran else "missed"
        if what == "missed" and op.name == "ascendc.sync_all" and is_of_both(op):
            what = "left out by both"
        counts[op.name.removeprefix("ascendc."), what] += 1
        if what == "missed":
            missed.append(str(op))
    show(counts)
    assert not missed
    assert sum(number for (_, what), number in counts.items() if what == "never run") <= (which == "two-stage")
    VerifySynchronization().run(module)  # everything is where it was


def test_a_flag_left_out_altogether(module):
    """Without all sets and waits of an event nothing is unpaired, but pipes no longer wait for each other."""
    groups: dict[tuple[str, str], list[ir.Operation]] = {}
    for op in found(module, *FLAGS):
        groups.setdefault((function_of(op), op.attributes["event"].value), []).append(op)
    counts: Counter[tuple[str, str]] = Counter()
    for group, ops in groups.items():
        with ExitStack() as stack:
            for op in ops:
                stack.enter_context(left_out(op))
            refused = is_refused(module)
        assert refused or group in NOT_NEEDED, group
        counts["all flags of an event", "refused" if refused else "not needed"] += 1
    show(counts)
    VerifySynchronization().run(module)


def test_another_number_or_event(module):
    counts: Counter[tuple[str, str]] = Counter()
    for op in found(module, *FLAGS):
        number, event = ir.IntegerAttr(op.attributes["id"]), op.attributes["event"].value
        i64 = number.type
        for other in (number.value - 1, number.value + 1, 6):
            with altered(op, "id", ir.IntegerAttr.get(i64, other)):
                assert is_refused(module), f"{op} with number {other}"
            counts[op.name.removeprefix("ascendc."), "another number"] += 1
        for other in EVENTS[kind_of_core(op)]:
            if other != event and set(other.split("_")) & set(event.split("_")):
                with altered(op, "event", ir.StringAttr.get(other, module.context)):
                    assert is_refused(module), f"{op} with event {other}"
                counts[op.name.removeprefix("ascendc."), "another event"] += 1
    show(counts)
    VerifySynchronization().run(module)


def test_another_flag_mode_or_pipe(module):
    ran = signals_that_run(module)
    counts: Counter[tuple[str, str]] = Counter()

    def alter(op: ir.Operation, name: str, value: ir.Attribute, may_be_as_good: bool = False) -> None:
        with altered(op, name, value):
            refused = is_refused(module)
        what = "refused" if refused else "never run" if op.name in SIGNALS and op not in ran else "as good"
        assert what != "as good" or may_be_as_good, f"{op} with {name} {value}"
        counts[f"{op.name.removeprefix('ascendc.')} with another {name}", what] += 1

    def string(text: str) -> ir.Attribute:
        return ir.StringAttr.get(text, module.context)

    for op in found(module, *SIGNALS[:2]):
        name = op.attributes["flag"].value
        alter(op, "flag", string("CONSUMED" if name == "ARRIVED" else "ARRIVED"))
        alter(op, "flag", string("UNKNOWN"))
    for op in found(module, SIGNALS[0]):
        mode = ir.IntegerAttr(op.attributes["mode"])
        for other in {0, 1, 2, 3} - {mode.value}:
            # Vector cores that meet all of the rank's meet those of their block.
            alter(op, "mode", ir.IntegerAttr.get(mode.type, other), (mode.value, other) == (1, 0))
        core = kind_of_core(op)
        for pipe in ("S", "ALL", *CROSS_CORE_PIPES[core]):
            if pipe != op.attributes["pipe"].value:
                # MTE1 of a cube core has waited for MTE2, which reads what arrives; V for MTE2, which reads a tile.
                as_good = pipe == "MTE1" if core == "AIC" else core_of(op) == "vectors" and pipe in ("V", "MTE3")
                alter(op, "pipe", string(pipe), as_good)
    for op in found(module, BARRIER):
        for pipe in ("S", "V", "M", "MTE1", "MTE2", "MTE3", "FIX", "ALL"):
            if pipe != op.attributes["pipe"].value:
                # A barrier of all pipes is one of each.
                alter(op, "pipe", string(pipe), may_be_as_good=pipe == "ALL")
    show(counts)
    VerifySynchronization().run(module)


@pytest.mark.parametrize(
    "kernel",
    [each for each in KERNELS if Path(each).stem not in ("all_gather", "matmul")],
    ids=lambda kernel: Path(kernel).stem,
)
def test_cores_that_tell_too_far_ahead(kernel):
    """The bound on tokens that are told and not consumed, made larger than what may be outstanding."""
    module = lower(load_kernel(kernel))
    pipeline.run(module, "fused")
    bounds = [op for op in found(module, "arith.constant") if str(op.attributes["value"]) == "14 : index"]
    bounds = [op for op in bounds if kind_of_core(op) == "AIV"]
    assert len(bounds) == 2
    with ExitStack() as stack:
        for op in bounds:
            stack.enter_context(altered(op, "value", ir.IntegerAttr.get(ir.IndexType.get(module.context), 100)))
        with pytest.raises(PassFailure, match="may set ARRIVED 16 times before AIC waits for it; at most 15"):
            VerifySynchronization().run(module)


def show(counts: Counter[tuple[str, str]]) -> None:
    for (name, what), number in sorted(counts.items()):
        print(f"{number:6} {name}: {what}")
