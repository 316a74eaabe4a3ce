"""lower-to-ascendc: from tiles and transfers to the calls of Ascend C."""

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import named, when
from dovetail.passes.gathering import KERNEL, kernels
from dovetail.passes.lowering import CORE, Surroundings
from dovetail.passes.lowering_finishing import FinishFunction
from dovetail.passes.lowering_tiles import CubeFunction, workspace_bytes
from dovetail.passes.lowering_transfers import VectorFunction
from dovetail.passes.registry import Pass
from dovetail.passes.target import machine_of

ENTRY = "ascendc.entry"
WORKSPACE = "ascendc.workspace"  # bytes for each block


class LowerToAscendc(Pass):
    """Rebuilds each function with operations that are calls of Ascend C, and the kernel as the entry that calls them.

    Matrices become tensors in global memory, tiles become slots of rings of buffers, transfers become copies through
    UB, arrivals and releases become counters in the windows. Buffers have no places and instructions no flags yet.

        %t = dovetail.load %rows[%i, %k]    ->  %slot = ascendc.slot %l1A[...]
        dovetail.multiply                       call @CopyToL1(%slot, ...), ascendc.load_data, ascendc.mmad
        dovetail.push %x1, %g[%c] to %r     ->  call @CopyThrough(window of %r, %x1, ...)
    """

    name = "lower-to-ascendc"
    border = True

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        for kernel in kernels(module):
            lowered: dict[str, Surroundings] = {}
            workspace = 0
            for call in [op.opview for op in kernel.body.blocks[0].operations if isinstance(op, func.CallOp)]:
                name = ir.FlatSymbolRefAttr(call.operation.attributes["callee"]).value
                function = next(
                    op for op in module.body.operations if isinstance(op, func.FuncOp) and op.name.value == name
                )
                core = ir.StringAttr(function.operation.attributes[CORE]).value
                surroundings: Surroundings
                if core == "vectors":
                    functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
                    surroundings = FinishFunction(function, target, functions)
                else:
                    surroundings = (CubeFunction if core == "cube" else VectorFunction)(function, target)
                if surroundings.hands_over:
                    workspace = workspace_bytes(surroundings)
                surroundings.lower()
                lowered[name] = surroundings
            _entry(kernel, lowered, workspace)


def struct_name(kernel: str) -> str:
    return "".join(part.capitalize() for part in kernel.split("_")) + "Tiling"


def _entry(kernel: func.FuncOp, lowered: dict[str, Surroundings], workspace: int) -> None:
    """The function that every core starts with: finds the tensors and calls what this core runs.

    workspace: bytes that each block wants.
    """
    address, index = ascendc.AddressType.get(), ir.IndexType.get()
    name = kernel.name.value
    arguments = list(kernel.body.blocks[0].arguments)
    calls = [op.opview for op in kernel.body.blocks[0].operations if isinstance(op, func.CallOp)]
    with ir.InsertionPoint(kernel), build.unnamed(kernel.location):
        entry = func.FuncOp(f"{name}__entry", ([address] * (len(arguments) + 2), []))
        locations = [named(f"{build.name_of(argument.location)}Address") for argument in arguments]
        block = entry.body.blocks.append(
            *entry.type.inputs, arg_locs=[*locations, named("workspace"), named("tilingAddress")]
        )
        with ir.InsertionPoint(block):
            kind = "KERNEL_TYPE_MIX_AIC_1_2"
            ascendc.KernelTypeOp(ir.StringAttr.get(kind))
            ascendc.InitSocStateOp()
            tiling = ascendc.TilingDataOp(
                block.arguments[len(arguments) + 1],
                ir.StringAttr.get(struct_name(name)),
                tiling=ascendc.TilingType.get(),
                loc=named("tiling"),
            ).tiling
            hccl = None
            if any(part.meets for part in lowered.values()):
                hccl = ascendc.InitHcclOp(tiling, hccl=ascendc.HcclType.get(), loc=named("hccl")).hccl
            own_workspace = None
            if workspace:
                given = block.arguments[len(arguments)]
                name_of_own = named("userWorkspace")
                own_workspace = ascendc.GetUserWorkspaceOp(given, address=address, loc=name_of_own).address
            tensors = {}
            for argument, place in zip(arguments, block.arguments):
                tensor = Surroundings.convert(argument.type)
                location = argument.location
                tensors[argument] = ascendc.SetGlobalBufferOp(place, tensor=tensor, loc=location).tensor

            def call(op):
                part = lowered[ir.FlatSymbolRefAttr(op.operation.attributes["callee"]).value]
                shared = [tiling] + ([hccl] if part.meets else []) + ([own_workspace] if part.hands_over else [])
                func.CallOp(part.function, shared + [tensors[operand] for operand in op.operation.operands])

            def on(core: str):
                return [op for op in calls if ir.StringAttr(op.operation.attributes[CORE]).value == core]

            def is_core(kind: str) -> ir.Value:
                bit = ir.IntegerType.get_signless(1)
                return ascendc.IsCoreOp(ir.StringAttr.get(kind), value=bit).value

            if on("cube"):
                when(is_core("AIC"), lambda: call(on("cube")[0]))
            if on("vectors"):
                when(is_core("AIV"), lambda: call(on("vectors")[0]))
            if on("vector 0"):

                def vectors():
                    first = build.compare(ascendc.GetSubBlockIdxOp(index).value, "==", 0)
                    when(first, lambda: call(on("vector 0")[0]), lambda: call(on("vector 1")[0]) or [])

                when(is_core("AIV"), vectors)
            ascendc.PipeBarrierOp(ir.StringAttr.get("ALL"))
            func.ReturnOp([])
    entry.operation.attributes[ENTRY] = ir.UnitAttr.get()
    entry.operation.attributes[KERNEL] = ir.UnitAttr.get()
    if workspace:
        entry.operation.attributes[WORKSPACE] = build.i64(workspace)
    entry.arg_attrs = ir.ArrayAttr.get([*kernel.arg_attrs, ir.DictAttr.get({}), ir.DictAttr.get({})])
    kernel.operation.erase()
    entry.operation.attributes["sym_name"] = ir.StringAttr.get(name)
