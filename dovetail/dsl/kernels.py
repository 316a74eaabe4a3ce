"""Kernels and the files that hold them."""

import ast
import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType, ModuleType

from dovetail.dsl.errors import CompileError, Source, Span
from dovetail.dsl.language import DType, MatrixAnnotation, as_dtype
from dovetail.dsl.tree import ONE, RANKS, Size
from dovetail.target.extents import factors as factors_of

BUILT_IN = Path(__file__).parent.parent / "kernels"


@dataclass(frozen=True)
class Parameter:
    """A matrix of a kernel: `sizes` are its rows and columns, "1" where there is but one.

    Without a dtype it has the one given when compiling.
    """

    name: str
    sizes: tuple[str, str]
    dtype: DType | None
    output: bool
    optional: bool
    wanted: bool = True  # unless asked for otherwise; one that is optional with `= None` is left out


class Kernel:
    """A function marked with @dt.kernel. It is compiled, never called.

    name, source_file: of the function.
    parameters: the matrices in order. Raises CompileError, as everything below, where the file has mistakes.
    limits: sizes that never exceed another one, {"depth": "k"}.
    reference: the function `reference` of the kernel's file, or None. It takes the inputs by name as float64 arrays (a
        list with every rank's, where the kernel gathers the input) and gives a dict with the outputs of one rank.
    """

    def __init__(self, function: FunctionType):
        self.function = function
        self.name = function.__name__
        self.source_file = function.__code__.co_filename
        # Read now, so that the text is the one that the function was made of.
        self.lines = tuple(linecache.getlines(self.source_file, function.__globals__))
        self.__doc__ = function.__doc__

    def __call__(self, *args, **kwargs):
        raise TypeError(f"{self.name} is a kernel: compile it with dt.compile({self.name}, ...), then run that")

    def __repr__(self) -> str:
        return f"<kernel {self.name} of {self.source_file}>"

    @property
    def reference(self) -> Callable[..., dict] | None:
        return self.function.__globals__.get("reference")

    @functools.cached_property
    def source(self) -> Source:
        if not self.lines:
            first = self.function.__code__.co_firstlineno
            place = Span(self.source_file, first, 1, first, 2)
            raise CompileError("the source of this kernel cannot be read", "put the kernel into a file", place, "")
        return Source(self.source_file, self.lines)

    @functools.cached_property
    def definition(self) -> ast.FunctionDef:
        """The function in its file's syntax tree."""
        first = self.function.__code__.co_firstlineno
        for node in ast.walk(ast.parse("".join(self.source.lines))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == self.name:
                if first not in (node.lineno, *(decorator.lineno for decorator in node.decorator_list)):
                    continue
                if isinstance(node, ast.AsyncFunctionDef):
                    raise self.source.error(node, "a kernel is not an async function", "write def")
                return node
        raise RuntimeError(f"{self.source_file}:{first}: no function {self.name}; was the file changed meanwhile?")

    @functools.cached_property
    def argument_nodes(self) -> dict[str, ast.arg]:
        return {argument.arg: argument for argument in self.definition.args.args}

    def names_in_scope(self) -> dict[str, object]:
        """What names mean that the kernel does not bind itself."""
        cells = zip(self.function.__code__.co_freevars, self.function.__closure__ or ())
        return self.function.__globals__ | {name: cell.cell_contents for name, cell in cells if _is_set(cell)}

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter, _ in self._declarations)

    def left_out(self, absent: Sequence[str] = (), present: Sequence[str] = ()) -> tuple[str, ...]:
        """The optional matrices that a variant does without: those that are `absent`, and those that are left out
        unless they are `present`. Raises ValueError where one is none."""
        optional = {parameter.name: parameter for parameter in self.parameters if parameter.optional}
        for names, word in ((absent, "absent"), (present, "asked for")):
            for name in names:
                if name not in optional:
                    known = ", ".join(optional) or "none is"
                    raise ValueError(f"{self.name}: {name!r} cannot be {word}; optional matrices: {known}")
        return tuple(name for name, each in optional.items() if name in absent or not (each.wanted or name in present))

    @functools.cached_property
    def limits(self) -> dict[str, str]:
        return {size: limit for _, limits in self._declarations for size, limit in limits.items()}

    @functools.cached_property
    def _declarations(self) -> list[tuple[Parameter, dict[str, str]]]:
        node, source = self.definition, self.source
        arguments = node.args
        for extra in (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs):
            if extra is not None:
                raise source.error(extra, "a kernel takes matrices by plain names", "leave out *, ** and /")
        annotations = inspect.get_annotations(self.function)
        declared = [_declaration(source, argument, annotations, self) for argument in arguments.args]
        for default, place in zip(arguments.defaults, range(-len(arguments.defaults), 0)):
            parameter, limits = declared[place]
            if not (isinstance(default, ast.Constant) and default.value is None and parameter.optional):
                help = "the one default is None, of an optional matrix that is left out unless it is asked for"
                raise source.error(default, f"{parameter.name} has a default", help)
            declared[place] = replace(parameter, wanted=False), limits
        given = {size for parameter, _ in declared if not parameter.output for size in parameter.sizes} | {RANKS, ONE}
        for (parameter, limits), argument in zip(declared, arguments.args):
            names = [name for size in parameter.sizes for name, _ in factors_of(size)]
            factors = [name for name in names if name == ONE or not name.isdecimal()]
            for name in [*factors, *limits.values()]:
                if name not in given:
                    help = "sizes of outputs are products of sizes of inputs and of ranks"
                    raise source.error(argument, f"no input has the size {name!r}", help)
        return declared


def _is_set(cell) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _declaration(
    source: Source, argument: ast.arg, annotations: dict, kernel: Kernel
) -> tuple[Parameter, dict[str, str]]:
    name, node = argument.arg, argument.annotation
    form = 'dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output'
    if node is None:
        raise source.error(argument, f"{name} has no annotation", f"say what it is: {form}")
    annotation = annotations[name]
    if isinstance(annotation, str):  # from __future__ import annotations
        annotation = eval(annotation, kernel.names_in_scope())
    if not isinstance(annotation, MatrixAnnotation):
        raise source.error(node, f"the annotation of {name} is not that of a matrix", f"write {form}")
    sizes, limits, dtype = list(annotation.items), {}, None
    if len(sizes) not in (2, 3):
        raise source.error(node, f"a matrix has two sizes, rows and columns, not {len(sizes)}", f"write {form}")
    if len(sizes) == 3:
        try:
            dtype = as_dtype(sizes.pop())
        except ValueError as error:
            raise source.error(node, str(error), 'write for example dt.Matrix["m", "k", dt.bfloat16]') from None
    for axis, size in enumerate(sizes):
        if size == 1 and isinstance(size, int) and not annotation.output:
            sizes[axis] = ONE
            continue
        if not isinstance(size, str):
            help = f"sizes come at run time, or are 1: {form}"
            raise source.error(node, f"{size!r} is not the name of a size", help)
        size, less, limit = (part.strip() for part in size.partition("<="))
        factors = [factor.strip() for factor in size.split("*")]
        if less:
            limits[size] = limit
        if Size.of(*factors).shared[0].isidentifier() and not annotation.output and not less:
            sizes[axis] = " * ".join(factors)
            continue
        if not all(word.isidentifier() for word in [*factors, *limits.values()]) or (less and len(factors) > 1):
            help = 'a size is a name, a product ("ranks * m") or, of inputs, a name with its limit ("depth <= k")'
            raise source.error(node, f"{annotation.items[axis]!r} is not a size", help)
        if not annotation.output and (len(factors) > 1 or size == RANKS):
            raise source.error(node, f"{size!r} is not the size of an input", "give the size a name of its own")
        if annotation.output and less:
            raise source.error(node, "an output has no limits", "declare them where an input has the size")
        sizes[axis] = " * ".join(factors)
    return Parameter(name, tuple(sizes), dtype, annotation.output, annotation.optional), limits


def kernel(function: FunctionType) -> Kernel:
    """Marks a function as a kernel: `@dt.kernel`. Its body is read when it is compiled."""
    if not isinstance(function, FunctionType):
        raise TypeError(f"@dt.kernel marks a function, not {function!r}")
    return Kernel(function)


def built_in_kernels() -> list[str]:
    """The names of the kernels that come with Dovetail."""
    return sorted(path.stem for path in BUILT_IN.glob("*.py") if path.stem != "__init__")


def load_kernel(path: str | Path, name: str | None = None) -> Kernel:
    """The kernel of a file, or the built-in kernel of that name; of several in a file the one called `name`.

    Raises FileNotFoundError, and ValueError where the file does not hold exactly one kernel (of that name).
    """
    path = Path(path)
    if path.suffix != ".py":
        if path.name not in built_in_kernels() or path.parent != Path():
            known = ", ".join(built_in_kernels())
            raise FileNotFoundError(f"no kernel {str(path)!r}: give a .py file or one of the built-in kernels: {known}")
        path = BUILT_IN / f"{path.name}.py"
    text = path.read_text(encoding="utf-8")
    # Tracebacks and the front end then read what is executed here, even when the file changes later.
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    module = ModuleType(f"dovetail.loaded.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(text, str(path), "exec"), module.__dict__)
    found = list(_kernels_of(module, str(path), name))
    if len(found) != 1:
        named = f" called {name}" if name else ""
        several = f"{len(found)} kernels, choose one by name: " + ", ".join(each.name for each in found)
        raise ValueError(f"{path}: {several if found else f'no function{named} is marked with @dt.kernel'}")
    return found[0]


def _kernels_of(module: ModuleType, file: str, name: str | None) -> Iterator[Kernel]:
    for value in dict.fromkeys(value for value in vars(module).values() if isinstance(value, Kernel)):
        if value.source_file == file and name in (None, value.name):
            yield value
