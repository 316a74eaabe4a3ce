"""Tiles of matrices: which indices fit which rows and columns, and which tiles multiply."""

import ast

from dovetail.dsl import tree
from dovetail.dsl.errors import CompileError
from dovetail.dsl.expressions import Expressions, describe
from dovetail.dsl.kernels import Kernel
from dovetail.dsl.language import MIXED, MULTIPLIED, bfloat16, float8_e8m0fnu, float16, float32, int64

SCALES = (float32, int64)  # what tiles are scaled by
SHARED = 32  # numbers that have a power of two in common
BLOCK = 128  # rows, and columns, of a block that has a scale
ADDED = (float32, float16, bfloat16)  # what is added to them


class Indexing(Expressions):
    """Evaluates expressions with tiles. Its subclass carries out the statements, among which `emit` puts the loads."""

    def __init__(self, kernel: Kernel):
        super().__init__(kernel)
        self.program: tree.Program
        self.stage: tree.Stage | None = None
        self.loops: list[tree.Loop] = []  # that are open, outermost first

    def emit(self, statement) -> None:
        raise NotImplementedError

    def on(self, node, matrix, rank):
        if isinstance(matrix, tree.GatheredValue) or matrix.output:
            help = "on(rank) is of an input that is gathered: x1.on(rank)[i]"
            raise self.error(node, f"{matrix.name} is not an input", help)
        if not is_rank(rank):
            help = "take the rank from `for rank in dt.ranks():`"
            raise self.error(node, f"{describe(rank)} is not a rank", help)
        rank.used = True
        return tree.RemoteMatrix(matrix, rank)

    def load(self, node, base) -> tree.Tile:
        matrix, rank = (base.matrix, base.rank) if isinstance(base, tree.RemoteMatrix) else (base, None)
        if self.stage is None:
            raise self.error(node, "tiles are read in a stage", 'put it under `with dt.stage("..."):`')
        if matrix.output:
            raise self.error(node, f"{matrix.name} is an output and only written", "read inputs and gathered matrices")
        row, column = self.indices(node, matrix)
        if isinstance(matrix, tree.GatheredValue):
            self.require_filled(node, matrix)
        tile = tree.Tile("", self.source.span(node), matrix, rank, row, column)
        self.emit(tile)
        return tile

    def remote(self, place, tile: tree.Tile) -> CompileError:
        help = f"fill gathered = dt.gathered({tile.matrix.name}) in one stage and read gathered[i, k] in a later one"
        return self.error(place, "rows of other ranks are read only to fill a gathered matrix", help)

    def require_filled(self, node, matrix) -> None:
        if matrix.filled is None:
            help = f"fill it in an earlier stage: {how_to_fill(matrix)}"
            raise self.error(node, f"no stage before this fills {matrix.name}", help)
        if matrix.filled is self.stage:
            raise self.error(node, f"{matrix.name} is filled in this same stage", "read it in a stage after this one")
        if self.stage and matrix not in self.stage.reads:
            self.stage.reads.append(matrix)

    def subscripts(self, node: ast.Subscript) -> list[ast.expr]:
        return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]

    def indices(self, node: ast.Subscript, matrix) -> tuple[tree.Loop | None, tree.Loop | None]:
        """The row and the column of `matrix[i]`, `matrix[i, :]`, `matrix[i, k]` or, of one row, `matrix[:, k]`."""
        parts = self.subscripts(node)
        if len(parts) > 2:
            help = f"write {matrix.name}[row, column], or {matrix.name}[row] for all columns"
            raise self.error(node, f"{matrix.name} takes two indices, not {len(parts)}", help)
        if len(parts) == 2 and is_whole(parts[0]) and not is_whole(parts[1]):
            if matrix.rows.text != tree.ONE:
                help = f"give it a row: {matrix.name}[i, {self.source.text(parts[1])}]"
                raise self.error(
                    parts[0], f"{matrix.name} has {matrix.rows} rows, and only one row is taken whole", help
                )
            return None, self.index(node, matrix, 1, parts)
        if len(parts) == 2 and is_whole(parts[0]) and (matrix.rows.text, matrix.columns.text) == (tree.ONE, tree.ONE):
            return None, None
        row = self.index(node, matrix, 0, parts)
        whole = len(parts) == 1 or is_whole(parts[1])
        return row, None if whole else self.index(node, matrix, 1, parts)

    def index(self, node, matrix, axis: int, parts: list[ast.expr]) -> tree.Loop:
        part, word = parts[axis], ("rows", "columns")[axis]
        value = self.evaluate(part)
        loop_over = f"loop over {matrix.name}.{word}: `for i in dt.tiles({matrix.name}.{word}):`"
        if is_rank(value):
            help = f"write {matrix.name}.on({value.name})[i] for rows of a rank, or {loop_over}"
            if isinstance(matrix, tree.GatheredValue):
                help = f"read the rows of all ranks at once, {loop_over}; only the stage that fills it says [rank, i]"
            raise self.error(part, f"{value.name} is a rank and does not count {word}", help)
        if not isinstance(value, tree.Loop):
            raise self.error(part, f"{self.source.text(part)} is not the index of a loop over tiles", loop_over)
        reads = not matrix.output
        if not self.counts(value, matrix.size(axis), reads):
            message = f"{value.name} counts tiles of {value.counted}, but {matrix.name} has {matrix.size(axis)} {word}"
            swapped = [self.evaluate(other) for other in reversed(parts) if isinstance(other, ast.Name)]
            if len(swapped) == 2 and all(
                isinstance(loop, tree.Loop) and loop.dimension and self.counts(loop, matrix.size(place), reads)
                for place, loop in enumerate(swapped)
            ):
                loop_over = f"write {matrix.name}[{swapped[0].name}, {swapped[1].name}]"
            raise self.error(part, message, loop_over)
        value.uses.add(tree.Role(axis))
        value.used = True
        return value

    def counts(self, loop: tree.Loop, size: tree.Size, reads: bool) -> bool:
        """Whether a loop stays within a size. What is written must be covered too, so that sizes are equal there."""
        if reads and size.shared[0] == loop.counted.text:
            return True
        return loop.counted == size or (reads and self.program.limits.get(loop.counted.text) == size.text)

    def call_scaled(self, node: ast.Call, tile, scales) -> tree.Scaled:
        for part, value in zip(node.args, (tile, scales)):
            if not isinstance(value, tree.Tile) or value.row is None or value.column is None:
                help = "write dt.scaled(x2[k, j], x2_exponents[j, k])"
                raise self.error(part, f"dt.scaled takes tiles, and this is {describe(value)}", help)
        if scales.dtype == float32:
            for size, word in ((scales.matrix.rows, "rows"), (scales.matrix.columns, "columns")):
                if size.shared[1] != BLOCK:
                    help = f'declare dt.Matrix["ceil(k / {BLOCK})", "ceil(n / {BLOCK})", dt.float32]'
                    message = f"{scales.matrix.name} has {size} {word}, and not one for each {BLOCK} of a size"
                    raise self.error(node.args[1], message, help)
            return tree.Scaled(tile, scales)
        if scales.dtype != float8_e8m0fnu:
            help = 'declare dt.Matrix["n", "2 * ceil(k / 64)", dt.float8_e8m0fnu]'
            raise self.error(node.args[1], f"scales along the contraction are no {scales.dtype}", help)
        if scales.matrix.columns.shared[1] != SHARED:
            help = 'give it the columns "2 * ceil(k / 64)"'
            raise self.error(node.args[1], f"{scales.matrix.name} has {scales.matrix.columns} columns", help)
        return tree.Scaled(tile, scales)

    def product(self, node, lhs, rhs) -> tree.Product:
        if isinstance(lhs, tree.Scaled) and isinstance(rhs, tree.Scaled):
            made = self.product(node, lhs.tile, rhs.tile)
            if lhs.scales.dtype != rhs.scales.dtype:
                message = f"scales are {lhs.scales.dtype} on the left and {rhs.scales.dtype} on the right"
                raise self.error(node, message, "give both factors scales of blocks, or both powers of two")
            by_blocks = rhs.scales.dtype == float32
            for part, scales, row, column in (
                (node.left, lhs.scales, made.lhs.row, made.lhs.column),
                # Powers of two lie as the columns of the right factor do, scales of blocks as the factor.
                (node.right, rhs.scales, *(made.rhs.row, made.rhs.column)[:: 1 if by_blocks else -1]),
            ):
                assert row is not None and column is not None
                if scales.row is not row or scales.column is not column:
                    message = f"scales {index_of(scales)} are not those of {row.name} and {column.name}"
                    raise self.error(part, message, f"write {scales.matrix.name}[{row.name}, {column.name}]")
            return tree.Product(made.lhs, made.rhs, (lhs.scales, rhs.scales))
        for part, value in ((node.left, lhs), (node.right, rhs)):
            if not isinstance(value, tree.Tile):
                help = "multiply tiles: gathered[i, k] @ x2[k, j]"
                raise self.error(part, f"@ multiplies tiles, and this is {describe(value)}", help)
            if value.rank is not None:
                raise self.remote(part, value)
            if value.column is None:
                help = f"give it a row and a column: {value.matrix.name}[i, k]"
                raise self.error(part, "a factor of @ is a tile of some columns, not of all", help)
            if value.row is None:
                raise self.error(
                    part,
                    "a factor of @ is a tile of some rows, not of one",
                    f"give it a row: {value.matrix.name}[i, k]",
                )
            if value.dtype not in MULTIPLIED:
                help = f"matrices that are multiplied are {', '.join(map(repr, MULTIPLIED))}"
                raise self.error(part, f"the cube cores do not multiply {value.dtype}", help)
        if lhs.dtype != rhs.dtype and not {lhs.dtype, rhs.dtype} <= MIXED:
            help = f"give {lhs.matrix.name} and {rhs.matrix.name} the same element type"
            raise self.error(node, f"a tile of {lhs.dtype} does not multiply with one of {rhs.dtype}", help)
        if lhs.column is not rhs.row:
            message = f"the left tile has columns of {lhs.column.name}, the right tile has rows of {rhs.row.name}"
            help = f"contract over one loop: {lhs.matrix.name}[{lhs.row.name}, {rhs.row.name}] @ {rhs.matrix.name}[...]"
            raise self.error(node, message, help)
        roles = tree.Role
        for loop, role in ((lhs.row, roles.ROWS), (rhs.column, roles.COLUMNS), (lhs.column, roles.CONTRACTION)):
            if loop.role not in (None, role):
                words = " and ".join(sorted(each.name.lower() for each in (loop.role, role)))
                message = f"{loop.name} counts both {words} of products, so that its tiles have no one size"
                raise self.error(node, message, "write two loops, one for each use")
            loop.role = role
        return tree.Product(lhs, rhs)

    def times(self, node, lhs, rhs) -> tree.Times:
        return self.elementwise(tree.Times, SCALES, node, lhs, rhs)

    def plus(self, node, lhs, rhs) -> tree.Plus:
        return self.elementwise(tree.Plus, ADDED, node, lhs, rhs)

    def elementwise(self, operation, types, node, lhs, rhs):
        if self.stage is None:
            raise self.error(node, "tiles are multiplied in a stage", 'put it under `with dt.stage("..."):`')
        for part, value in ((node.left, lhs), (node.right, rhs)):
            if isinstance(value, tree.Accumulator):
                self.check_finished(part, value)
            elif isinstance(value, tree.Tile):
                if value.rank is not None:
                    raise self.remote(part, value)
                if value.dtype not in types:
                    does, what = ("scale", "scales") if operation is tree.Times else ("add to", "what is added")
                    help = f"{what} are {' or '.join(map(repr, types))}"
                    raise self.error(part, f"a tile of {value.dtype} does not {does} another", help)
                for loop, size, word in (
                    (value.row, value.matrix.rows, "row"),
                    (value.column, value.matrix.columns, "column"),
                ):
                    if loop is not None and size.shared[0] == loop.counted.text:
                        help = "write dt.scaled(x1[i, k], scales[i, k]) @ dt.scaled(x2[k, j], x2_scales[k, j])"
                        raise self.error(part, f"{value.matrix.name} has scales of blocks, for the factors of @", help)
                    if loop is None and size.text != tree.ONE:
                        help = f"give it a {word}, or declare {value.matrix.name} with one {word}"
                        raise self.error(part, f"this tile has {size} {word}s, and a factor of * has some or one", help)
        for left, right in ((lhs.row, rhs.row), (lhs.column, rhs.column)):
            if left is not None and right is not None and left is not right:
                message = f"a tile of {left.name} does not multiply with one of {right.name}"
                raise self.error(node, message, "multiply tiles of the same rows and columns, or of one row or column")
        made = operation("", self.source.span(node), lhs, rhs, lhs.row or rhs.row, lhs.column or rhs.column)
        self.emit(made)
        return made

    def check_finished(self, place, accumulator: tree.Accumulator, store=None) -> None:
        """Refuses an accumulator to which nothing has been added, or not yet all."""
        raise NotImplementedError


def how_to_fill(matrix: tree.GatheredValue) -> str:
    return f"{matrix.name}[rank, i] = {matrix.source.name}.on(rank)[i]"


def index_of(tile: tree.Tile) -> str:
    return f"[{tile.row.name if tile.row else ':'}, {tile.column.name if tile.column else ':'}]"


def is_rank(value) -> bool:
    return isinstance(value, tree.Loop) and value.dimension is None


def is_whole(node: ast.expr) -> bool:
    """`:`"""
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None
