"""Stores of a kernel: into outputs, and into the gathered matrices that stages fill."""

import ast

from dovetail.dsl import tree
from dovetail.dsl.expressions import HOW_TO_ADD, describe
from dovetail.dsl.indexing import Indexing, how_to_fill, is_rank, is_whole
from dovetail.dsl.language import DType, bfloat16, float16, float32, int32


class Stores(Indexing):
    """Carries out `target[...] = value`."""

    def store(self, node: ast.Assign, target: ast.Subscript, value) -> None:
        matrix = self.evaluate(target.value)
        if matrix is None:
            raise self.absent(target.value)
        if isinstance(matrix, tree.RemoteMatrix):
            raise self.error(target, "a kernel stores to its own rank only", "store into outputs and gathered matrices")
        if not isinstance(matrix, tree.MatrixValue):
            message = f"{self.source.text(target.value)} is {describe(matrix)}, which is not stored into"
            raise self.error(target, message, "store into an output")
        if isinstance(matrix, tree.GatheredValue):
            return self.fill(node, target, matrix, value)
        if not matrix.output:
            help = f"declare what the kernel writes as dt.Output[...]; {matrix.name} is a dt.Matrix"
            raise self.error(target, f"{matrix.name} is an input and only read", help)
        if matrix.stored is not None:
            help = "store each output in one place"
            raise self.error(target, f"{matrix.name} is stored already, in line {matrix.stored.line}", help)
        if all(map(is_whole, self.subscripts(target))):
            self.copy(node, target, matrix, value)
        else:
            self.store_tile(node, target, matrix, value)
        matrix.stored = self.source.span(target)

    def copy(self, node, target, matrix: tree.MatrixValue, value) -> None:
        if not isinstance(value, tree.GatheredValue):
            help = f"store tiles in a stage: {matrix.name}[i, j] = ..."
            raise self.error(node.value, f"only a gathered matrix is copied whole, not {describe(value)}", help)
        if self.stage is not None:
            help = "move the line after the last stage"
            raise self.error(node, "a gathered matrix is copied outside the stages", help)
        self.require_filled(node.value, value)
        for axis, word in enumerate(("rows", "columns")):
            if matrix.size(axis) != value.size(axis):
                message = f"{matrix.name} has {matrix.size(axis)} {word}, {value.name} has {value.size(axis)}"
                help = f'declare {matrix.name}: dt.Output["{value.rows}", "{value.columns}"]'
                raise self.error(target, message, help)
        if matrix.dtype != value.dtype:
            help = f"give {matrix.name} and {value.source.name} the same element type"
            raise self.error(node, f"{value.name} is {value.dtype} and {matrix.name} is {matrix.dtype}", help)
        self.emit(tree.Copy(value, matrix, self.source.span(node)))

    def store_tile(self, node, target, matrix: tree.MatrixValue, value) -> None:
        name = matrix.name
        if isinstance(value, tree.Product):
            raise self.error(node.value, "a product of tiles is added to an accumulator", HOW_TO_ADD)
        if not isinstance(value, (tree.Tile, tree.Accumulator, tree.Times)):
            raise self.error(node.value, f"{name} takes tiles, not {describe(value)}", "store a tile or an accumulator")
        if self.stage is None:
            raise self.error(node, "tiles are stored in a stage", 'put it under `with dt.stage("..."):`')
        row, column = self.indices(target, matrix)
        if isinstance(value, tree.Accumulator):
            self.check_finished(node.value, value, node)
        if isinstance(value, (tree.Accumulator, tree.Times)):
            rounded = [float16, bfloat16, int32 if value_type(value) == int32 else float32]
            if matrix.dtype not in rounded:
                help = f"give {name} one of the types {', '.join(map(repr, rounded))}"
                raise self.error(node, f"what is stored is {value_type(value)!r} and {name} is {matrix.dtype}", help)
        else:
            if value.rank is not None:
                raise self.remote(node.value, value)
            if value.dtype != matrix.dtype:
                help = f"give {name} and {value.matrix.name} the same element type; only accumulators are rounded"
                raise self.error(node, f"the tile is {value.dtype} and {name} is {matrix.dtype}", help)
            if column is None and value.column is None and value.matrix.columns != matrix.columns:
                message = f"the tile has {value.matrix.columns} columns, {name} has {matrix.columns}"
                raise self.error(node, message, f"give {name} the columns of {value.matrix.name}")
        if (row, column) != (value.row, value.column):
            own = index_text(value.row, value.column)
            message = f"tile {own} is stored at {index_text(row, column)} of {name}"
            raise self.error(node, message, f"write {name}{own} = ...")
        if row is None:
            raise self.error(target, f"{name} takes tiles of some rows", f"write {name}[i, j] = ...")
        self.emit(tree.Store(value, matrix, None, row, column, self.source.span(node)))
        self.stage.stores += 1

    def check_finished(self, place, accumulator: tree.Accumulator, store=None) -> None:
        name = accumulator.name or "accumulator"
        if accumulator.row is None:
            help = f"write {name} += a[i, k] @ b[k, j] in a loop before"
            raise self.error(place, f"nothing is added to {name}", help)
        inside = self.loops[len(accumulator.within) :]
        if inside:
            what = "used" if store is None else "stored"
            message = f"{name} is {what} before it is finished, for each {inside[0].name}"
            raise self.error(store or place, message, f"move the line behind the loop over {inside[0].name}")

    def fill(self, node, target, matrix: tree.GatheredValue, value) -> None:
        help, parts = how_to_fill(matrix), self.subscripts(target)
        if self.stage is None:
            raise self.error(target, f"{matrix.name} is filled in a stage", f"write in a stage: {help}")
        if matrix.filled is not None:
            raise self.error(target, f"{matrix.name} is filled already, by stage {matrix.filled.name}", "fill it once")
        rank = self.evaluate(parts[0])
        if len(parts) != 2 or not is_rank(rank):
            raise self.error(target, f"{matrix.name} is filled by rank and row", f"write {help}")
        row = self.index(target, matrix.source, 0, [parts[1]])
        if not isinstance(value, tree.Tile) or value.matrix is not matrix.source:
            raise self.error(node.value, f"{matrix.name} holds rows of {matrix.source.name}", f"write {help}")
        if value.rank is None:
            raise self.error(node.value, f"this is a tile of the own rank's {matrix.source.name}", f"write {help}")
        if value.row is None:
            raise self.error(node.value, f"{matrix.name} takes tiles of some rows", f"write {help}")
        if value.rank is not rank or value.row is not row:
            message = f"row {value.row.name} of rank {value.rank.name} does not belong at [{rank.name}, {row.name}]"
            raise self.error(node, message, f"write {help}")
        if value.column is not None:
            raise self.error(node.value, f"{matrix.name} takes whole rows", f"write {help}")
        self.emit(tree.Store(value, matrix, rank, row, None, self.source.span(node)))
        self.stage.stores += 1
        matrix.filled = self.stage


def value_type(value: tree.Accumulator | tree.Times) -> DType:
    return value.dtype if isinstance(value, tree.Accumulator) and value.dtype else float32


def index_text(row: tree.Loop | None, column: tree.Loop | None) -> str:
    return "[" + ", ".join(loop.name for loop in (row, column) if loop) + "]"
