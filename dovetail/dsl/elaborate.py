"""From a kernel's syntax tree to a checked tree: carries out what is constant, and refuses what is wrong."""

import ast
from collections.abc import Mapping

from dovetail.dsl import language, tree
from dovetail.dsl.expressions import BINARY, HOW_TO_ADD, describe, is_run_time
from dovetail.dsl.indexing import how_to_fill
from dovetail.dsl.kernels import Kernel
from dovetail.dsl.language import DType, as_dtype
from dovetail.dsl.stores import Stores, index_text

REFUSED = {
    ast.While: ("a kernel has no while loop", "loop over dt.tiles(...), dt.ranks() or constants"),
    ast.Try: ("a kernel has no try", "mistakes are found when compiling; leave it out"),
    ast.Return: ("a kernel returns nothing", "store what it computes into a dt.Output[...] parameter"),
    ast.FunctionDef: ("a kernel holds no functions", "define functions of constants outside the kernel"),
    ast.ClassDef: ("a kernel holds no classes", "define it outside the kernel"),
    ast.Import: ("a kernel imports nothing", "import above the kernel"),
    ast.ImportFrom: ("a kernel imports nothing", "import above the kernel"),
    ast.Break: ("a kernel does not leave loops early", "loop over exactly what is needed"),
    ast.Continue: ("a kernel does not skip in loops", "loop over exactly what is needed"),
    ast.AnnAssign: ("names in a kernel have no annotations", "write name = ..."),
    ast.Assert: ("a kernel has no assert", "check constants outside the kernel"),
    ast.Raise: ("a kernel raises nothing", "check constants outside the kernel"),
    ast.Delete: ("a kernel deletes nothing", "leave it out"),
    ast.Global: ("a kernel changes no global names", "give the value a name of its own in the kernel"),
    ast.Nonlocal: ("a kernel changes no outer names", "give the value a name of its own in the kernel"),
}


def elaborate(
    kernel: Kernel,
    dtype: str | DType = "float16",
    transposed: tuple[str, ...] = (),
    absent: tuple[str, ...] = (),
    dtypes: Mapping[str, str | DType] | None = None,
    present: tuple[str, ...] = (),
) -> tree.Program:
    """The kernel for that element type, with these inputs stored by columns and without these optional matrices.

    dtypes: of single matrices, in place of the one of their annotation or of all. present: optional matrices that are
    otherwise left out.

    Raises CompileError where the kernel is wrong, ValueError where what is asked for does not fit the kernel.
    """
    parameters = {parameter.name: parameter for parameter in kernel.parameters}
    absent = kernel.left_out(absent, present)
    for name in transposed:
        if name not in parameters or parameters[name].output:
            inputs = ", ".join(name for name, each in parameters.items() if not each.output)
            raise ValueError(f"{kernel.name}: {name!r} cannot be transposed; inputs: {inputs}")
    for name in dtypes or {}:
        if name not in parameters:
            raise ValueError(f"{kernel.name} has no matrix {name!r}; it has {', '.join(parameters)}")
    given = {name: as_dtype(each) for name, each in (dtypes or {}).items()}
    return Elaborator(kernel).run(as_dtype(dtype), transposed, absent, given)


class Elaborator(Stores):
    def run(
        self, dtype: DType, transposed: tuple[str, ...], absent: tuple[str, ...], dtypes: Mapping[str, DType]
    ) -> tree.Program:
        kernel, node = self.kernel, self.kernel.definition
        self.program = tree.Program(kernel.name, self.source.span(node), [], kernel.limits)
        self.statements: list = self.program.body  # where statements go: of the program, the stage or the loop
        for parameter in kernel.parameters:
            if parameter.name in absent:
                self.scopes.bind(parameter.name, None)
                continue
            span = self.source.span(kernel.argument_nodes[parameter.name])
            rows, columns = (tree.Size.of(*text.split(" * ")) for text in parameter.sizes)
            of = dtypes.get(parameter.name) or parameter.dtype or dtype
            matrix = tree.MatrixValue(parameter.name, span, rows, columns, of, parameter.output)
            matrix.transposed = parameter.name in transposed
            self.program.matrices.append(matrix)
            self.scopes.bind(parameter.name, matrix)
        self.run_block(node.body)
        if not any(isinstance(each, tree.Stage) for each in self.program.body):
            raise self.error(node, f"{kernel.name} has no stage", 'put its loops under `with dt.stage("..."):`')
        for matrix in self.program.matrices:
            if matrix.output and matrix.stored is None:
                help = f"store all of its tiles: {matrix.name}[i, j] = ..."
                raise self.error(matrix.span, f"output {matrix.name} is never stored", help)
        for matrix in self.program.gathered:
            if matrix.filled is None:
                raise self.error(matrix.span, f"no stage fills {matrix.name}", how_to_fill(matrix))
        return self.program

    def emit(self, statement) -> None:
        self.statements.append(statement)

    def run_block(self, statements: list[ast.stmt]) -> None:
        for node in statements:
            method = getattr(self, f"run_{type(node).__name__}", None)
            if method is None:
                help = "use assignments, stages, loops and constant conditions"
                raise self.error(node, *REFUSED.get(type(node), (f"a kernel has no {type(node).__name__}", help)))
            method(node)

    def run_Pass(self, node: ast.Pass) -> None:
        pass

    def run_Expr(self, node: ast.Expr) -> None:
        value = self.evaluate(node.value)
        if isinstance(value, tree.Stage):
            raise self.error(node, "a stage is opened by with", f"write `with {self.source.text(node)}:`")
        if is_run_time(value):
            raise self.error(node, f"this line makes {describe(value)} and drops it", "store it, or leave the line out")

    def run_If(self, node: ast.If) -> None:
        self.run_block(node.body if self.constant(node.test, "`if` is decided when compiling") else node.orelse)

    # -- stages and loops --

    def call_stage(self, node: ast.Call, name) -> tree.Stage:
        if not isinstance(name, str) or not name.isidentifier():
            raise self.error(node, f"{name!r} does not name a stage", 'name it like a variable: dt.stage("matmul")')
        if any(isinstance(each, tree.Stage) and each.name == name for each in self.program.body):
            raise self.error(node, f"there is a stage {name} already", "give each stage a name of its own")
        return tree.Stage(name, self.source.span(node))

    def run_With(self, node: ast.With) -> None:
        item = node.items[0]
        stage = self.evaluate(item.context_expr)
        if not isinstance(stage, tree.Stage) or len(node.items) > 1 or item.optional_vars is not None:
            raise self.error(node, "with opens one stage, without a name for it", 'write `with dt.stage("matmul"):`')
        if self.stage is not None:
            help = "end the first stage before: stages stand one after the other, and the compiler overlaps them"
            raise self.error(node, f"stage {stage.name} stands inside stage {self.stage.name}", help)
        self.emit(stage)
        self.stage, self.statements = stage, stage.body
        self.run_block(node.body)
        self.stage, self.statements = None, self.program.body
        if not stage.stores:
            raise self.error(node, f"stage {stage.name} stores nothing", "store what it computes, or leave it out")

    def call_tiles(self, node: ast.Call, *dimensions) -> tree.LoopRange:
        if not dimensions:
            raise self.error(node, "dt.tiles needs rows or columns", "write dt.tiles(x1.rows)")
        for argument, dimension in zip(node.args, dimensions):
            if not isinstance(dimension, tree.Dimension):
                name = dimension.name if isinstance(dimension, tree.MatrixValue) else "x1"
                help = f"give it rows or columns of a matrix: dt.tiles({name}.rows)"
                raise self.error(argument, f"dt.tiles runs over rows or columns, not {describe(dimension)}", help)
        return tree.LoopRange([(each, self.source.span(part)) for each, part in zip(dimensions, node.args)])

    def call_ranks(self, node: ast.Call) -> tree.LoopRange:
        return tree.LoopRange([(None, self.source.span(node))])

    def run_For(self, node: ast.For) -> None:
        if node.orelse:
            raise self.error(node.orelse[0], "loops of a kernel have no else", "write it after the loop")
        over = self.evaluate(node.iter)
        if isinstance(over, tree.LoopRange):
            return self.run_loops(node, over.dimensions)
        if isinstance(over, (tree.Dimension, tree.MatrixValue)):
            rows = ".rows" if isinstance(over, tree.MatrixValue) else ""
            help = f"write dt.tiles({self.source.text(node.iter)}{rows})"
            raise self.error(node.iter, f"a loop does not run over {describe(over)} itself", help)
        if is_run_time(over) and not isinstance(over, (tuple, list)):
            help = "loop over dt.tiles(...) or dt.ranks()"
            raise self.error(node.iter, f"a loop does not run over {describe(over)}", help)
        elements = self.compute(node.iter, list, over)
        for element in elements:
            self.assign(node.target, element)
            self.run_block(node.body)

    def run_loops(self, node: ast.For, dimensions) -> None:
        parts = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        targets = [part for part in parts if isinstance(part, ast.Name)]
        if not len(targets) == len(parts) == len(dimensions):
            message = f"{len(dimensions)} loops need as many names, not {self.source.text(node.target)}"
            help = "write `for i, j in dt.tiles(x1.rows, x2.columns):`, a name for each"
            raise self.error(node.target, message, help)
        if self.stage is None:
            raise self.error(node, "this loop stands outside a stage", 'put it under `with dt.stage("..."):`')
        around, loops = self.statements, []
        for target, (dimension, bound_span) in zip(targets, dimensions):
            if target.id in self.scopes:
                raise self.error(target, f"{target.id} already means something here", "give the loop another name")
            loop = tree.Loop(target.id, self.source.span(target), bound_span, dimension)
            self.emit(loop)
            self.scopes.open()
            self.scopes.bind(target.id, loop)
            self.loops.append(loop)
            loops.append(loop)
            self.statements = loop.body
        self.run_block(node.body)
        for loop in reversed(loops):
            self.decide_role(loop)
            self.scopes.close()
            self.loops.pop()
        self.statements = around

    def decide_role(self, loop: tree.Loop) -> None:
        if not loop.used:
            message = f"the loop does the same for each {loop.name}"
            raise self.error(loop.span, message, f"use {loop.name}, or leave the loop out")
        if loop.role is None and len(loop.uses) > 1:
            message = f"{loop.name} counts both rows and columns, so that its tiles have no one size"
            raise self.error(loop.span, message, "write two loops, one for rows and one for columns")
        if loop.role is None and loop.uses:
            (loop.role,) = loop.uses

    # -- assignments --

    def call_gathered(self, node: ast.Call, matrix) -> tree.GatheredValue:
        if not isinstance(matrix, tree.MatrixValue) or matrix.output or isinstance(matrix, tree.GatheredValue):
            raise self.error(node, f"dt.gathered takes an input, not {describe(matrix)}", "write dt.gathered(x1)")
        if self.stage is not None:
            help = "move the line above the first stage"
            raise self.error(node, "a gathered matrix is described before the stages", help)
        if matrix.transposed:
            help = f"leave {matrix.name} out of the transposed matrices"
            raise self.error(node, f"{matrix.name} is gathered by rows, so it cannot be stored by columns", help)
        rows = tree.Size.of(tree.RANKS, *matrix.rows.names)
        made = tree.GatheredValue("", self.source.span(node), rows, matrix.columns, matrix.dtype, source=matrix)
        self.program.gathered.append(made)
        return made

    def call_zeros(self, node: ast.Call, dtype) -> tree.Accumulator:
        if dtype not in (None, *language.MULTIPLIED.values()):
            raise self.error(node, f"the cube cores do not accumulate in {dtype!r}", "write dt.zeros(dt.float32)")
        if not self.loops:
            help = "make it inside the loops over its rows and columns"
            raise self.error(node, "this accumulator stands outside all loops", help)
        made = tree.Accumulator("", self.source.span(node), dtype, tuple(self.loops))
        self.emit(made)
        return made

    def run_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) > 1:
            raise self.error(node.targets[1], "a line of a kernel assigns once", "write one line for each name")
        target, value = node.targets[0], self.evaluate(node.value)
        if isinstance(target, ast.Subscript):
            return self.store(node, target, value)
        if isinstance(value, tree.Product):
            raise self.error(node, "a product of tiles is added to an accumulator", HOW_TO_ADD)
        if isinstance(value, tree.Accumulator) and value.name:
            raise self.error(node, f"{value.name} would have two names", f"use {value.name}")
        self.assign(target, value)

    def assign(self, target: ast.expr, value) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            values = self.compute(target, list, value)
            if len(values) != len(target.elts):
                message = f"{len(target.elts)} names for {len(values)} values"
                raise self.error(target, message, "give each value one name")
            for part, element in zip(target.elts, values):
                self.assign(part, element)
            return
        if not isinstance(target, ast.Name):
            help = "write name = ... or output[i, j] = ..."
            raise self.error(target, "only names and tiles of matrices are assigned", help)
        if self.scopes.bound_outside(target.id):
            help = "give the value a name of its own; += to an accumulator is what a loop carries along"
            raise self.error(target, f"{target.id} is bound outside this loop and cannot change in it", help)
        if isinstance(value, tree.Value) and not value.name:
            value.name = target.id
        self.scopes.bind(target.id, value)

    def run_AugAssign(self, node: ast.AugAssign) -> None:
        if not isinstance(node.target, ast.Name):
            help = HOW_TO_ADD + ", then store it: output[i, j] = accumulator"
            raise self.error(node, f"{self.source.text(node.target)} is not an accumulator", help)
        target = self.evaluate(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        if isinstance(target, tree.Accumulator) and isinstance(node.op, ast.Add):
            return self.accumulate(node, target, self.evaluate(node.value))
        if isinstance(target, tree.Accumulator) or is_run_time(target):
            message = f"{node.target.id} is {describe(target)}; += adds products to accumulators"
            raise self.error(node, message, HOW_TO_ADD)
        value = self.evaluate(node.value)
        if is_run_time(value):
            raise self.error(node, f"{node.target.id} is a constant and not an accumulator", HOW_TO_ADD)
        self.assign(node.target, self.compute(node, BINARY[type(node.op)], target, value))

    def accumulate(self, node: ast.AugAssign, accumulator: tree.Accumulator, product) -> None:
        name = accumulator.name
        if not isinstance(product, tree.Product):
            help = f"write {name} += a[i, k] @ b[k, j]"
            raise self.error(node.value, f"an accumulator takes products of tiles, not {describe(product)}", help)
        row, contraction, column = product.lhs.row, product.lhs.column, product.rhs.column
        if contraction in accumulator.within:
            help = f"move {name} = dt.zeros(...) in front of the loop over {contraction.name}"
            raise self.error(node, f"{name} starts anew for each {contraction.name}", help)
        inside = self.loops[len(accumulator.within) :]
        for loop in inside:
            if loop in (row, column):
                message = f"{name} would add up tiles of different {loop.name}"
                raise self.error(node, message, f"move {name} = dt.zeros(...) into the loop over {loop.name}")
            if loop is not contraction:
                message = f"{name} would add the same product once for each {loop.name}"
                raise self.error(node, message, f"move the line out of the loop over {loop.name}")
        if accumulator.row is None:
            accumulator.row, accumulator.column = row, column
        total = language.MULTIPLIED[product.lhs.dtype]
        if accumulator.dtype not in (None, total):
            message = f"{name} is {accumulator.dtype}, and products of {product.lhs.dtype} add up in {total}"
            raise self.error(node, message, f"write {name} = dt.zeros(dt.{total})")
        accumulator.dtype = total
        if (accumulator.row, accumulator.column) != (row, column):
            held = index_text(accumulator.row, accumulator.column)
            message = f"{name} holds tile {held}, and the product is tile {index_text(row, column)}"
            raise self.error(node, message, "make an accumulator for each")
        for loop in inside:
            if accumulator not in loop.carried:
                loop.carried.append(accumulator)
        self.emit(tree.Accumulate(accumulator, product, self.source.span(node)))


def gathered_inputs(kernel: Kernel) -> tuple[str, ...]:
    """The names of the inputs of which a kernel gathers the rows of all ranks. Raises CompileError."""
    present = tuple(parameter.name for parameter in kernel.parameters if parameter.optional)
    return tuple(matrix.source.name for matrix in elaborate(kernel, present=present).gathered)
