"""What the functions are made of into which assign-cores splits a kernel: one for each kind of core."""

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import Rebuild, loop, named
from dovetail.dialect.dovetail import (
    AheadOp,
    ChunksOp,
    CopyOp,
    EnterLaunchOp,
    PeerOp,
    RanksOp,
    StoreOp,
)
from dovetail.passes.gathering import stage_name, stages

CORE = "dovetail.core"


class Part:
    """A function for one kind of core, with those of the kernel's arguments that it uses."""

    def __init__(self, kernel: func.FuncOp, name: str, core: str, arguments: list[ir.Value], comment: str):
        owned = list(kernel.body.blocks[0].arguments)
        self.numbers = sorted({owned.index(argument) for argument in arguments})
        types = [owned[number].type for number in self.numbers]
        with build.unnamed(kernel.location):
            with ir.InsertionPoint(kernel):
                self.function = func.FuncOp(name, (types, []), visibility="private")
            self.function.operation.attributes[CORE] = ir.StringAttr.get(core)
            self.attributes = list(kernel.arg_attrs)
            self.function.arg_attrs = ir.ArrayAttr.get([self.attributes[number] for number in self.numbers])
            locations = [owned[number].location for number in self.numbers]
            self.block = self.function.body.blocks.append(*types, arg_locs=locations)
        build.comment(self.function, comment)
        self.rebuild = Rebuild()
        self.rebuild.values.update((owned[n], argument) for n, argument in zip(self.numbers, self.block.arguments))

    def drop_unused(self) -> None:
        """Leaves out arguments that nothing in the function uses."""
        for place in reversed(range(len(self.numbers))):
            if not list(self.block.arguments[place].uses):
                self.block.erase_argument(place)
                del self.numbers[place]
        function = self.function
        kept = [argument.type for argument in self.block.arguments]
        function.operation.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(kept, []))
        function.arg_attrs = ir.ArrayAttr.get([self.attributes[number] for number in self.numbers])

    def finish(self):
        with ir.InsertionPoint(self.block), build.unnamed(self.function.location):
            func.ReturnOp([])
        return self.function, self.numbers


def written_in(parts: list[ir.Operation]) -> str:
    """The stages, with where the user wrote them."""
    return " and ".join(f'stage "{stage_name(stage)}" ({build.place_of(stage.location)})' for stage in parts)


def arguments_used(kernel: func.FuncOp, ops) -> list[ir.Value]:
    used: list[ir.Value] = []
    owned = list(kernel.body.blocks[0].arguments)

    def visit(op):
        used.extend(operand for operand in op.operands if operand in owned)
        return ir.WalkResult.ADVANCE

    for op in ops:
        op.operation.walk(visit)
    return used


def computing(kernel: func.FuncOp, sender: ir.Operation | None, copies: list[CopyOp]):
    """The operations of the kernel that compute, and the stages among them."""
    left_out = [copy.operation for copy in copies] + ([sender] if sender is not None else [])
    ops = [op.operation for op in kernel.body.blocks[0].operations if op.operation not in left_out][:-1]
    return ops, [stage for stage in stages(kernel) if stage in ops]


class Shares:
    """Deals the tiles of all loops over tiles to the blocks, round after round.

    `turn` is the block that gets the next tile. It goes through the loop over groups as a loop-carried value, so that
    blocks stay evenly loaded where groups have few tiles.
    """

    def __init__(self, rebuild: Rebuild, block: ir.Value, blocks: ir.Value):
        self.rebuild, self.block, self.blocks = rebuild, block, blocks
        self.turn: build.Number = 0
        self.handlers = {"scf.execute_region": self.stage, "scf.for": self.loop}

    def stage(self, op) -> list:
        self.rebuild.block(op.operation.regions[0].blocks[0], skip_terminator=True)
        return []

    def loop(self, op) -> list:
        operation = op.operation
        if not build.operations(op, StoreOp):
            return self.as_it_was(op)
        bound = build.defining(operation.operands[1])
        if bound is not None and bound.name == "dovetail.groups":
            return self.over_groups(operation)
        return self.over_tiles(operation)

    def as_it_was(self, op) -> list:
        with self.rebuild.without_handlers():
            self.rebuild.operation(op)
        return [self.rebuild[result] for result in op.operation.results]

    def over_groups(self, operation: ir.Operation) -> list:
        body = operation.regions[0].blocks[0]
        start, stop, step = (self.rebuild[operand] for operand in operation.operands)
        over = loop(start, stop, step, "group", (self.turn,), ("turn",))
        with over as group:
            self.rebuild.values[body.arguments[0]] = group
            self.turn = over.carried[0]
            self.rebuild.block(body, skip_terminator=True)
            over.carried = [self.turn]
        self.turn = over.results[0]
        return []

    def over_tiles(self, operation: ir.Operation) -> list:
        rows = operation.regions[0].blocks[0]
        inner = [
            op.operation for op in rows.operations if op.operation.name == "scf.for" and build.operations(op, StoreOp)
        ]
        stores = [op for op in rows.operations if op.operation.name == "dovetail.store"]
        columns = inner[0].regions[0].blocks[0] if len(inner) == 1 and not stores else None
        count, height = (self.outside(operand, rows) for operand in operation.operands[1:3])
        row_tiles = build.divide_up(count, height, "rowTiles")
        column_tiles: build.Number = 1
        if columns is not None:
            width, step = (self.outside(operand, rows) for operand in inner[0].operands[1:3])
            column_tiles = build.divide_up(width, step, "columnTiles")
        tiles = build.multiply(row_tiles, column_tiles, "tiles")
        first = self.block
        if build.constant_of(self.turn) != 0:
            behind = build.subtract(self.block, self.turn)
            first = build.remainder(build.add(behind, self.blocks), self.blocks, "firstTile")
        with loop(first, tiles, self.blocks, "tile") as tile:
            values = self.rebuild.values
            row = rows.arguments[0]
            values[row] = build.multiply(build.divide(tile, column_tiles), height, build.name_of(row.location) or "i")
            for op in list(rows.operations)[:-1]:
                if columns is None or op.operation != inner[0]:
                    self.rebuild.operation(op)
                    continue
                column = columns.arguments[0]
                name = build.name_of(column.location) or "j"
                values[column] = build.multiply(build.remainder(tile, column_tiles), step, name)
                with self.rebuild.without_handlers():
                    self.rebuild.block(columns, skip_terminator=True)
        self.turn = build.remainder(build.add(self.turn, tiles), self.blocks)
        return []

    def outside(self, value: ir.Value, block: ir.Block) -> ir.Value:
        """The value where the loop is built: what its body computes of nothing but constants is computed before it."""
        owner = build.defining(value)
        if owner is not None and owner.block == block:
            for operand in owner.operands:
                self.outside(operand, block)
            self.rebuild.operation(owner)
        return self.rebuild[value]


class Peers:
    """The values that both vector cores compute with. Transfers are numbered: token = chunk * peers + place."""

    def __init__(self, gathered: ir.Value, whole: bool, enters: bool = True):
        index = ir.IndexType.get()
        self.gathered = gathered
        self.first = 0 if whole else 1
        if enters:
            EnterLaunchOp(gathered)
        self.ranks = RanksOp(index, loc=named("ranks")).value
        self.peers = self.ranks if whole else build.subtract(self.ranks, 1, "peers")
        self.chunks = ChunksOp(gathered, value=index, loc=named("chunks")).value
        self.total = build.multiply(self.chunks, self.peers, "total")

    def ahead(self) -> ir.Value:
        return AheadOp(self.gathered, value=ir.IndexType.get(), loc=named("ahead")).value

    def source(self, token: ir.Value) -> tuple[ir.Value, ir.Value]:
        """The chunk that this transfer brings, and the rank that it comes from."""
        chunk = build.divide(token, self.peers, "chunk")
        position = build.add(build.remainder(token, self.peers), self.first, "position")
        peer = PeerOp(self.gathered, ir.StringAttr.get("from"), position, rank=ir.IndexType.get(), loc=named("source"))
        return chunk, peer.rank
