"""What one operation of Ascend C does when a core comes to it: the values it gives, and the step that it is.

`HANDLERS` has for each operation a function that reads its attributes once and returns what to do each time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from dovetail.dialect.ascendc import INSTRUCTIONS
from dovetail.dialect.bindings import ir
from dovetail.passes.lowering import bytes_of
from dovetail.passes.protocol_steps import (
    Core,
    CrossCoreSet,
    CrossCoreWait,
    Instruction,
    PipeBarrier,
    Place,
    Program,
    Region,
    SetFlag,
    Step,
    SyncAll,
    WaitFlag,
)
from dovetail.passes.registry import fail
from dovetail.passes.words import Counter, Memory, Shown, Word

VECTOR_CORES = 2  # of a block, for each cube core
ON_HOST = Core(0, 0, "host")


class Refused(ValueError):
    """The tiling function does not take these sizes."""


class Global(NamedTuple):
    """A tensor in global memory: from which byte of which memory on, in elements of so many bytes."""

    memory: Memory
    byte: int
    size: int


class Local(NamedTuple):
    """A tensor in a memory of the core; `slot` is where the slot that it lies in begins and ends."""

    memory: Memory
    byte: int
    size: int
    slot: tuple[int, int]


@dataclass
class Execution:
    """What the operations of one function find and change: a core of a rank, or the host."""

    ranks: int
    blocks: int
    fields: dict[str, int]
    core: Core = ON_HOST

    def __post_init__(self):
        self.steps: Program = []
        self.calls: tuple[ir.Operation, ...] = ()
        self.yielded: list = []
        self.brought: list[
            tuple[int, int, Any]
        ] = []  # bytes of UB, and the word or the copy that put there what they hold

    def place(self, operation: ir.Operation) -> Place:
        return Place(operation, self.calls)


def _attribute(op: ir.Operation, name: str) -> Any:
    attribute = op.attributes[name]
    return ir.StringAttr(attribute).value if isinstance(attribute, ir.StringAttr) else ir.IntegerAttr(attribute).value


def _element_bytes(tensor: ir.Value) -> int:
    return bytes_of(tensor.type.element_type)


def _set_global_buffer(op: ir.Operation):
    size = _element_bytes(op.results[0])
    return lambda execution, memory, byte=0: Global(memory, byte, size)


def _element(op: ir.Operation):
    return lambda execution, tensor, offset: tensor._replace(byte=tensor.byte + offset * tensor.size)


def _buffer(op: ir.Operation):
    if "offset" not in op.attributes:
        fail(op, "the buffer has no place; run place-buffers first")
    size, byte = _element_bytes(op.results[0]), _attribute(op, "offset")
    name = op.results[0].type.memory_name
    end = byte + _attribute(op, "slots") * _attribute(op, "elements") * size
    return lambda execution: Local(Memory(name, execution.core), byte, size, (byte, end))


def _slot(op: ir.Operation):
    elements = _attribute(op, "elements")

    def action(execution: Execution, ring: Local, slot: int) -> Local:
        begin = ring.byte + slot * elements * ring.size
        return ring._replace(byte=begin, slot=(begin, begin + elements * ring.size))

    return action


def _next_slot(op: ir.Operation):
    slots = _attribute(op, "slots")

    def action(execution: Execution, counter: list[int]) -> int:
        counter[0] += 1
        return (counter[0] - 1) % slots

    return action


def _region(tensor: Global | Local, count: int, rows: int = 1, stride: int = 0) -> tuple[Region, ...]:
    """`count` elements from where a tensor begins, and as many after each stride; of most local memories, the slot."""
    if isinstance(tensor, Local) and tensor.memory.name != "UB":
        begin, end = tensor.slot
        return (Region(tensor.memory, begin, end - begin),)
    if count <= 0 or rows <= 0:
        return ()
    return (Region(tensor.memory, tensor.byte, count * tensor.size, rows, stride * tensor.size),)


def _step(op: ir.Operation, make: Callable[[Place], Step]):
    def action(execution: Execution) -> None:
        execution.steps.append(make(execution.place(op)))

    return action


def _copy_in(op: ir.Operation):
    def action(execution: Execution, destination: Local, source: Global, count: int) -> None:
        reads, writes = _region(source, count), _region(destination, count)
        copy = Instruction(execution.place(op), "MTE2", reads, writes)
        execution.steps.append(copy)
        execution.brought.append((destination.byte, destination.byte + count * destination.size, (copy, source)))

    return action


def _copy_out(op: ir.Operation):
    is_counter = str(op.operands[0].type.element_type) == "i32"

    def action(execution: Execution, destination: Global, source: Local, count: int) -> None:
        copy = Instruction(execution.place(op), "MTE3", _region(source, count), _region(destination, count))
        if is_counter and destination.memory.name == "window":
            _, held = _held(execution, source.byte)
            if count != 1 or not isinstance(held, Word):
                fail(op, "a counter is written one at a time, by a value that the core has set")
            copy.value = held
        execution.steps.append(copy)

    return action


def _held(execution: Execution, byte: int) -> tuple[int, Any]:
    """Where what was put last at a byte of UB begins, and what it is."""
    found = ((begin, what) for begin, end, what in reversed(execution.brought) if begin <= byte < end)
    return next(found, (0, None))


def _get_value(op: ir.Operation):
    def action(execution: Execution, tensor: Local, offset: int) -> Word:
        byte = tensor.byte + offset * tensor.size
        read = Region(tensor.memory, byte, tensor.size)
        execution.steps.append(Instruction(execution.place(op), "S", reads=(read,)))
        begin, held = _held(execution, byte)
        if isinstance(held, Word):
            return held
        if held is None:
            fail(op, "reads a word that nothing has put there")
        copy, source = held
        shown = Shown(Counter(source.memory, source.byte + byte - begin))
        copy.shown.append(shown)
        return Word(0, ((shown, 1),))

    return action


def _set_value(op: ir.Operation):
    def action(execution: Execution, tensor: Local, offset: int, value: int | Word) -> None:
        byte = tensor.byte + offset * tensor.size
        write = Region(tensor.memory, byte, tensor.size)
        execution.steps.append(Instruction(execution.place(op), "S", writes=(write,)))
        execution.brought.append((byte, byte + tensor.size, Word.of(value)))

    return action


def _copy_nd_to_nz(op: ir.Operation):
    def action(execution: Execution, destination: Local, source: Global, rows, columns, stride, aligned) -> None:
        reads = _region(source, columns, rows, stride)
        execution.steps.append(Instruction(execution.place(op), "MTE2", reads, _region(destination, 1)))

    return action


def _fixpipe(op: ir.Operation):
    def action(execution: Execution, destination: Global, source: Local, rows, columns, aligned, stride) -> None:
        writes = _region(destination, columns, rows, stride)
        execution.steps.append(Instruction(execution.place(op), "FIX", _region(source, 1), writes))

    return action


def _local(op: ir.Operation):
    """An instruction within the memories of the cube core."""
    instruction = INSTRUCTIONS[op.name]

    def action(execution: Execution, *operands) -> None:
        reads, writes = (
            tuple(region for position in positions for region in _region(operands[position], 1))
            for positions in (instruction.reads, instruction.writes)
        )
        execution.steps.append(Instruction(execution.place(op), instruction.pipe, reads, writes))

    return action


def _flag(kind: type[SetFlag] | type[WaitFlag]):
    def handler(op: ir.Operation):
        event, first = _attribute(op, "event"), _attribute(op, "id")

        def action(execution: Execution, slot: int = 0) -> None:
            execution.steps.append(kind(execution.place(op), event, first + slot))

        return action

    return handler


def _refuse(op: ir.Operation):
    message = _attribute(op, "message")

    def action(execution: Execution, *numbers: int) -> None:
        raise Refused(message.replace("%lld", "%d") % numbers)

    return action


def _parameter(op: ir.Operation):
    name = _attribute(op, "field")
    return lambda execution, value: execution.fields.__setitem__(name, value)


def _tiling_field(op: ir.Operation):
    name = _attribute(op, "field")

    def action(execution: Execution, tiling) -> int:
        if name not in execution.fields:
            fail(op, f"the tiling struct has no field '{name}'; it has {', '.join(execution.fields)}")
        return execution.fields[name]

    return action


def _index_cast(op: ir.Operation):
    to_word = str(op.results[0].type) == "i32"
    return lambda execution, value: Word.of(value) if to_word and isinstance(value, int) else value


def _number(name: str):
    def handler(op: ir.Operation):
        value = _attribute(op, name)
        return lambda execution: value

    return handler


def _is_core(op: ir.Operation):
    kind = _attribute(op, "core")
    return lambda execution: execution.core.kind == kind


def _block_idx(execution: Execution) -> int:
    core = execution.core
    return core.block if core.kind == "AIC" else VECTOR_CORES * core.block + int(core.unit[-1])


IGNORED = ("ascendc.kernel_type", "ascendc.init_soc_state")
HANDLERS: dict[str, Callable[[ir.Operation], Callable]] = {
    "arith.constant": _number("value"),
    "arith.index_cast": _index_cast,
    "ascendc.constant": _number("number"),
    "ascendc.tiling_data": lambda op: lambda execution, address: None,
    "ascendc.tiling_field": _tiling_field,
    "ascendc.init_hccl": lambda op: lambda execution, tiling: None,
    "ascendc.rank_id": lambda op: lambda execution, hccl: execution.core.rank,
    "ascendc.rank_dim": lambda op: lambda execution, hccl: execution.ranks,
    "ascendc.window": lambda op: lambda execution, hccl, rank: Memory("window", rank),
    "ascendc.is_core": _is_core,
    "ascendc.get_block_idx": lambda op: _block_idx,
    "ascendc.get_block_num": lambda op: lambda execution: execution.blocks,
    "ascendc.get_sub_block_idx": lambda op: lambda execution: _block_idx(execution) % VECTOR_CORES,
    "ascendc.get_task_ration": lambda op: lambda execution: VECTOR_CORES,
    "ascendc.set_global_buffer": _set_global_buffer,
    "ascendc.element": _element,
    "ascendc.buffer": _buffer,
    "ascendc.counter": lambda op: lambda execution: [0],
    "ascendc.next_slot": _next_slot,
    "ascendc.slot": _slot,
    "ascendc.get_value": _get_value,
    "ascendc.set_value": _set_value,
    "ascendc.copy_in": _copy_in,
    "ascendc.copy_out": _copy_out,
    "ascendc.copy_nd_to_nz": _copy_nd_to_nz,
    "ascendc.load_data": _local,
    "ascendc.mmad": _local,
    "ascendc.fixpipe": _fixpipe,
    "ascendc.set_flag": _flag(SetFlag),
    "ascendc.wait_flag": _flag(WaitFlag),
    "ascendc.pipe_barrier": lambda op: _step(op, lambda at: PipeBarrier(at, _attribute(op, "pipe"))),
    "ascendc.cross_core_set_flag": lambda op: _step(
        op, lambda at: CrossCoreSet(at, _attribute(op, "flag"), _attribute(op, "mode"), _attribute(op, "pipe"))
    ),
    "ascendc.cross_core_wait_flag": lambda op: _step(op, lambda at: CrossCoreWait(at, _attribute(op, "flag"))),
    "ascendc.sync_all": lambda op: _step(op, SyncAll),
    "ascendc.parameter": _parameter,
    "ascendc.refuse": _refuse,
}
