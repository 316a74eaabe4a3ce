"""place-buffers: where each buffer lies."""

from dovetail.dialect import build
from dovetail.dialect.ascendc import BufferOp, LocalTensorType
from dovetail.dialect.bindings import func, ir
from dovetail.passes.lowering import bytes_of
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.target.machine import Machine


class PlaceBuffers(Pass):
    """Gives each buffer of a function its place in its memory, one behind the other, aligned as the memory demands.

    A core runs one function that has buffers, so that each function starts with empty memories. What does not fit is
    refused, naming what asked for how much.

        %l1A = ascendc.buffer "A1" 2 x 32768 : !ascendc.local_tensor<f16, "L1">
        %l1B = ascendc.buffer "B1" 2 x 65536 : ...   ->  {offset = 131072}
    """

    name = "place-buffers"

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        for function in module.body.operations:
            if isinstance(function, func.FuncOp):
                _place(build.operations(function, BufferOp), target)


def _bytes(buffer: BufferOp) -> int:
    tensor: LocalTensorType = buffer.tensor.type
    return buffer.slots.value * bytes_of(tensor.element_type, buffer.elements.value)


def _place(buffers: list[BufferOp], target: Machine) -> None:
    memories = sorted({buffer.tensor.type.memory_name for buffer in buffers})
    for memory in memories:
        end = 0
        alignment, capacity = target.alignment(memory.lower()), target.capacity(memory.lower())
        here = [buffer for buffer in buffers if buffer.tensor.type.memory_name == memory]
        for buffer in here:
            slot = _bytes(buffer) // buffer.slots.value
            if buffer.slots.value > 1 and slot % alignment:
                fail(buffer, f"slots in {memory} start at multiples of {alignment} bytes; one of these has {slot}")
            offset = -(-end // alignment) * alignment
            end = offset + _bytes(buffer)
            buffer.operation.attributes["offset"] = build.i64(offset)
        if end > capacity:
            asked = [f"{build.name_of(b.location) or 'buffer'} for {_bytes(b)} (slots: {b.slots.value})" for b in here]
            fail(
                here[-1],
                f"{memory} of {target.name} holds {capacity} bytes and {end} are asked for: {', '.join(asked)}; "
                "a smaller tile asks for less",
            )
