"""The one place that joins the rooms: compile a kernel, build it, run it; build a package of an operator."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.dsl import Kernel, Schedule, load_kernel
from dovetail.target.contract import Operator
from dovetail.target.element_types import TYPES
from dovetail.target.machine import FAMILIES, Machine
from dovetail.target.machine import machine as machine_named
from dovetail.target.operators import operator as operator_named
from dovetail.target.operators import operators as operators
from dovetail.target.toolkit import COMMUNICATION
from dovetail.target.variants import Variant, types, variants

if TYPE_CHECKING:
    import numpy

    from dovetail.codegen.op_api import EntryPoints
    from dovetail.runtime.build import Built, KernelSource
    from dovetail.runtime.communicator import Communicator, Launched
    from dovetail.runtime.kernel import Kernel as LoadedKernel
    from dovetail.runtime.signature import Signature

TARGET = "ascend910b"
ARCHITECTURES = ("2201", "3510")  # whose instructions are generated

# The levels of the IR: each ends where the pass of this name begins; the last one at the end of the pipeline.
LEVELS = {"tiles": "", "fused": "lower-to-ascendc", "ascendc-ir": None}


def compile(
    kernel: Kernel | str | Path,
    *,
    target: str = TARGET,
    dtype: str = "float16",
    schedule: Schedule | None = None,
    transposed: Sequence[str] = (),
    absent: Sequence[str] = (),
    present: Sequence[str] = (),
    dtypes: Mapping[str, str] | None = None,
    pipeline: str = "fused",
) -> "CompiledKernel":
    """Compiles a kernel to Ascend C.

    kernel: a function marked with @dt.kernel, a file that holds one, or the name of a built-in kernel.
    target: a family of machines, or one machine. dtype: of the matrices whose annotation names none.
    dtypes: of single matrices by name, whatever their annotation names: {"output": "bfloat16"}.
    transposed: inputs that lie in memory column by column. absent: optional matrices to leave out; present: those to
    have of the ones that are left out unless asked for.
    pipeline: passes to run, or the name of a pipeline: `fused`, or `two-stage` for a kernel without overlap.

    Raises dsl.CompileError where the kernel has a mistake, and passes.registry.PassFailure where it cannot be compiled
    for this machine or schedule.
    """
    made = kernel if isinstance(kernel, Kernel) else load_kernel(kernel)
    machine = machine_named(target)
    if machine.architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"{machine.name} takes instructions of architecture {machine.architecture}, not {known}")
    of_matrices = {name: str(each) for name, each in (dtypes or {}).items()}
    left_out = made.left_out(tuple(absent), tuple(present))
    return CompiledKernel(
        made, machine, str(dtype), schedule or Schedule(), tuple(transposed), left_out, pipeline, of_matrices
    )


def sizes_of(kernel: Kernel) -> tuple[str, ...]:
    """The names of the sizes of a kernel's inputs, in the order in which they appear."""
    sizes = [size for each in kernel.parameters if not each.output for size in each.sizes if size.isidentifier()]
    return tuple(dict.fromkeys(sizes))


@dataclass(frozen=True)
class CompiledKernel:
    """One variant of a kernel, compiled for one machine and schedule."""

    kernel: Kernel
    machine: Machine
    dtype: str
    schedule: Schedule
    transposed: tuple[str, ...]
    absent: tuple[str, ...]
    pipeline: str
    dtypes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        assert self.generated  # mistakes show here, and not at the first use

    @cached_property
    def generated(self) -> "KernelSource":
        """Device source, tiling struct and host source."""
        from dovetail import codegen
        from dovetail.passes import pipeline
        from dovetail.runtime.build import KernelSource

        module = self._lowered()
        pipeline.run(module, self.pipeline, verify="borders")
        source = codegen.emit(module)
        return KernelSource(
            source.name,
            source.device,
            source.tiling_header,
            source.host,
            lines=source.lines,
            architecture=self.machine.architecture,
        )

    @property
    def source(self) -> str:
        """The Ascend C of the kernel."""
        return self.generated.device

    def mlir(self, after: str | None = None) -> str:
        """The IR after the pass of this name, or, without one, as the language gives it: the level *tiles*.

        Raises ValueError if the pipeline has no such pass.
        """
        names = [step.name for step in self._steps]
        if after is not None and after not in names:
            raise ValueError(f"pipeline {self.pipeline!r} has no pass {after!r}; it has {', '.join(names)}")
        return self._printed(0 if after is None else names.index(after) + 1)

    def emitted(self, level: str) -> str:
        """The text of a level: one of `LEVELS`, or `source`, `tiling`, `host` of what is compiled in the end."""
        if level not in LEVELS:
            generated = self.generated
            return {"source": generated.device, "tiling": generated.tiling_header, "host": generated.host}[level]
        names = [step.name for step in self._steps]
        end = LEVELS[level]
        return self._printed(0 if end == "" else names.index(end) if end in names else len(names))

    @property
    def _steps(self):
        from dovetail.passes import pipeline

        return pipeline.parse(self.pipeline)

    def _printed(self, steps: int) -> str:
        """The IR after so many steps of the pipeline."""
        from dovetail.dialect import assembly
        from dovetail.passes import pipeline

        module = self._lowered()
        pipeline.run(module, self._steps[:steps], verify="borders")
        return assembly.print(module, names=True)

    @cached_property
    def signature(self) -> "Signature":
        """The parameters of this variant and their symbolic sizes."""
        from dovetail.dsl import added_inputs, gathered_inputs
        from dovetail.runtime.signature import Extent, Parameter, Signature

        gathered, added = gathered_inputs(self.kernel), added_inputs(self.kernel)
        declared = [each for each in self.kernel.parameters if each.name not in self.absent]
        parameters = tuple(
            Parameter(
                each.name,
                self.dtypes.get(each.name) or (each.dtype.name if each.dtype else self.dtype),
                Extent.parse(each.sizes[0]),
                Extent.parse(each.sizes[1]),
                output=each.output,
                transposed=each.name in self.transposed,
                gathered=each.name in gathered,
                added=each.name in added,
            )
            for each in declared
        )
        return Signature(self.kernel.name, parameters, sizes_of(self.kernel), self.kernel.limits)

    def load(self, source_file: str | os.PathLike | None = None) -> "LoadedKernel":
        """The kernel as native code of this computer, built or found in the cache.

        With `source_file` that file takes the place of the generated device source. Raises
        runtime.compiler.HostCompileError and CompilerNotFound.
        """
        from dovetail.runtime.kernel import Kernel as LoadedKernel

        if source_file is None:
            return self._native
        return LoadedKernel.load(self.signature, self.generated.with_device_source(Path(source_file)))

    @cached_property
    def _native(self) -> "LoadedKernel":
        from dovetail.runtime.kernel import Kernel as LoadedKernel

        return LoadedKernel.load(self.signature, self.generated)

    def communicator(self, ranks: int, **options) -> "Communicator":
        """A communicator of this machine; `options` are those of runtime.communicator.Communicator."""
        from dovetail.runtime.communicator import Communicator

        return Communicator(ranks, self.machine, **options)

    def launch(
        self, communicator: "Communicator", *arguments, blocks: int | None = None, source_file=None
    ) -> "Launched":
        """Runs the kernel once on the ranks of a communicator; see runtime.communicator.Communicator.run."""
        return communicator.run(self.load(source_file), arguments, blocks or self.machine.cores)

    def run(self, *arguments, ranks: int, blocks: int | None = None, **options) -> "list[dict[str, numpy.ndarray]]":
        """Runs the kernel once on fresh ranks, and returns the outputs of each rank, by name.

        An argument is an array that all ranks share, or a sequence of one array per rank. Raises
        runtime.signature.ArgumentError where one does not fit, naming it.
        """
        with self.communicator(ranks, **options) as communicator:
            return self.launch(communicator, *arguments, blocks=blocks).outputs

    def _lowered(self):
        from dovetail.dialect.context import kept_context
        from dovetail.dsl import lower

        return lower(
            self.kernel,
            self.dtype,
            self.schedule,
            self.transposed,
            self.absent,
            self.machine.name,
            context=kept_context(),
            dtypes=self.dtypes,
            present=[each.name for each in self.kernel.parameters if each.optional and each.name not in self.absent],
        )


# -- packages of operators --


def operator_package(
    operator: str | Operator, *, target: str = TARGET, dtypes: Sequence[str] = ()
) -> "OperatorPackage":
    """A package to build, of an operator for a family of machines.

    dtypes: types of the kernels; without any, all that there are kernels for. Raises ValueError, with what is allowed.
    """
    of = operator if isinstance(operator, Operator) else operator_named(operator)
    if target not in FAMILIES:
        raise ValueError(f"there is no target {target!r}: targets are {', '.join(FAMILIES)}")
    held = {TYPES[type].dtype: type for type in types(of, target)}
    for dtype in dtypes:
        if dtype not in held:
            raise ValueError(f"{of.id} has no kernels of {dtype!r}; it has those of {', '.join(held)}")
    wanted = [type for dtype, type in held.items() if not dtypes or dtype in dtypes]
    return OperatorPackage(of, target, variants(of, target, wanted))


def source_package(operator: str | Operator, *, target: str = TARGET, dtypes: Sequence[str] = ()) -> "OperatorPackage":
    """A package to write as sources for the vendor's toolkit; otherwise as `operator_package`."""
    if target in FAMILIES and target not in COMMUNICATION:
        raise ValueError(
            f"source packages are for {' and '.join(COMMUNICATION)}: on {target} the vendor's operators communicate "
            "with other engines, for which vector cores are a stand-in here"
        )
    return operator_package(operator, target=target, dtypes=dtypes)


@dataclass(frozen=True)
class OperatorPackage:
    """What a package of an operator is made of: the kernels' variants, and the entry points that choose among them."""

    operator: Operator
    family: str
    variants: tuple[Variant, ...]

    @cached_property
    def entry_points(self) -> "EntryPoints":
        """The text of the operator's interface in C."""
        from dovetail.codegen import op_api

        kernel = load_kernel(self.operator.kernel.name)
        matrices = [each.name for each in kernel.parameters]
        return op_api.emit(self.operator, self.family, self.variants, kernel.name, matrices, sizes_of(kernel))

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """The matrices that the kernel may do without."""
        return tuple(each.name for each in load_kernel(self.operator.kernel.name).parameters if each.optional)

    def variant(self, transposed: Sequence[str], absent: Sequence[str]) -> Variant:
        """A kernel with these choices taken, of the first tile. Raises ValueError if the package holds none."""
        for each in self.variants:
            left_out = [name for name in each.absent if name not in each.form_absent]
            if set(each.transposed) == set(transposed) and set(left_out) == set(absent) - set(each.form_absent):
                return each
        raise ValueError(f"{self.operator.id}: no kernel is without {', '.join(absent)}")

    def only(self, variant: Variant) -> "OperatorPackage":
        """A package of this kernel in all its tiles."""
        alike = [each for each in self.variants if each.form == variant.form and each.taken == variant.taken]
        return replace(self, variants=tuple(alike))

    def sources(self) -> "dict[str, str]":
        """The source tree that the vendor's toolkit builds: texts by their path. Raises what `CompiledKernel` does."""
        from dovetail.codegen import op_tree
        from dovetail.codegen.op_project import KernelFiles, Project

        kernel = load_kernel(self.operator.kernel.name)
        arguments = self.operator.kernel.arguments
        names = {type.dtype: type.name for type in TYPES.values() if type.dtype}
        files = {}
        for variant in self.variants:
            compiled = self.compile(variant)
            types = {arguments[each.name]: names[each.dtype] for each in compiled.signature.parameters}
            text = compiled.generated
            files[variant.name] = KernelFiles(text.device, text.tiling_header, text.host, types)
        matrices = tuple(each.name for each in kernel.parameters if each.name in arguments)
        return op_tree.files(
            Project(self.operator, self.family, self.variants, kernel.name, matrices, sizes_of(kernel), files)
        )

    def write_sources(self, output: str | os.PathLike) -> None:
        """Writes the source tree to a directory, in the place of a package that is there.

        Raises runtime.package.PackageError if something else is there, OSError, and what `sources` does.
        """
        from dovetail.runtime import package

        package.write_sources(self.operator.id, self.family, self.sources(), Path(output))

    def build(self) -> "BuiltPackage":
        """Compiles all kernels and the entry points, or finds them in the cache. Raises what `CompiledKernel` does."""
        from dovetail.runtime import build, package

        text = self.entry_points
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a compiler
            entry_points = pool.submit(package.build_entry_points, text.header_name, text.header, text.source)
            kernels = {each.name: pool.submit(build.build, self.compile(each).generated) for each in self.variants}
            built = {name: kernel.result() for name, kernel in kernels.items()}
            return BuiltPackage(self, entry_points.result(), built)

    def compile(self, variant: Variant) -> CompiledKernel:
        """The kernel of a variant."""
        kernel = self.operator.kernel
        return compile(
            kernel.name,
            target=self.family,
            dtype=variant.dtype,
            schedule=Schedule(variant.tile, kernel.chunk),
            transposed=variant.transposed,
            absent=variant.absent,
            present=[each for each in variant.arguments if each in self.optional and each not in variant.absent],
            dtypes=variant.dtypes,
        )


def operator_form(
    operator: str | Operator,
    *,
    target: str = TARGET,
    dtype: str = "float16",
    output_dtype: str | None = None,
    scale_dtype: str | None = None,
    x2_dtype: str | None = None,
    scales: Sequence[str] = (),
    bias: bool = False,
) -> "OperatorPackage":
    """A package of an operator with the kernels for one form of calls: types of x1, x2, the output and x2's scales.

    Without `output_dtype` the output is of x1's type, or of float16 where there is no such form; without `scale_dtype`
    scales are float32 where a form has scales; without `x2_dtype` x2 is of x1's type. scales: the matrices of the
    kernel that hold scales, to choose among forms that differ in these. bias: with one. Raises ValueError, with the
    forms there are.
    """
    package = operator_package(operator, target=target, dtypes=[dtype])
    forms = {each.form.name: each for each in package.variants}

    def fits(variant: Variant) -> bool:
        given = {argument: TYPES[type].dtype for argument, type in variant.form.types.items()}
        scale = given.get("x2Scale")
        if scale == "float8_e8m0fnu":
            scale = scale_dtype or "float32"  # of exponents there is one type
        if scales and not set(scales) <= set(variant.arguments):
            return False
        wanted_output = output_dtype or (dtype if dtype == given["output"] else "float16")
        if ("bias" in given) != bias or given.get("x2", dtype) != (x2_dtype or dtype):
            return False
        return given["output"] == wanted_output and scale == (scale_dtype or (scale and "float32"))

    found = [name for name, variant in forms.items() if fits(variant)]
    if not found:
        asked = " and ".join(
            filter(
                None,
                [
                    f"x2 of {x2_dtype}" * bool(x2_dtype),
                    f"an output of {output_dtype}" * bool(output_dtype),
                    f"scales of {scale_dtype}" * bool(scale_dtype),
                    f"scales as in {' and '.join(scales)}" * bool(scales),
                    "a bias" * bias,
                ],
            )
        )
        raise ValueError(f"{package.operator.id} has no kernels of {dtype!r} with {asked}; it has {', '.join(forms)}")
    return replace(package, variants=tuple(each for each in package.variants if each.form.name == found[0]))


@dataclass(frozen=True)
class BuiltPackage:
    """A package whose objects lie in the cache."""

    package: OperatorPackage
    entry_points: Path
    kernels: Mapping[str, "Built"]

    def write(self, output: str | os.PathLike) -> None:
        """Writes the package to a directory, in the place of one that is there.

        Raises runtime.package.PackageError if something else is there, and OSError.
        """
        from dovetail.codegen.op_api import kernel_directory
        from dovetail.runtime import package

        operator, family = self.package.operator, self.package.family
        text = self.package.entry_points
        contents = package.Contents(
            operator.id,
            family,
            text.header_name,
            text.header,
            self.entry_points,
            kernel_directory(operator, family),
            {name: kernel.object for name, kernel in self.kernels.items()},
        )
        package.write(contents, Path(output))

    def call(
        self,
        arguments: "Mapping[str, Sequence[numpy.ndarray]]",
        sizes: Mapping[str, int],
        *,
        transposed: Sequence[str] = (),
        absent: Sequence[str] = (),
        empty: Sequence[str] = (),
        launches: int = 1,
        mode: str = "",
        seed: int | None = None,
        **options,
    ) -> "Launched":
        """Calls the operator through its entry points in C, on fresh ranks in this process.

        arguments: for each input of the kernel, by name, the array of each rank. transposed, absent: matrices of the
        kernel; absent ones are null pointers. empty: optional outputs that are tensors without elements. mode, seed: as
        of a communicator. options: others of runtime.hccl.Options. Raises DeviceError with the message that a program
        gets.
        """
        from tempfile import TemporaryDirectory

        from dovetail.runtime import hccl, operator_call, placement
        from dovetail.runtime.checking import Check
        from dovetail.runtime.communicator import Launched
        from dovetail.target.contract import Integer, Text, tensor_shape

        operator, family = self.package.operator, self.package.family
        variant = self.package.variant(transposed, [*absent, *empty])
        signature = self.package.compile(variant).signature
        names = variant.arguments
        types = {name: type for type in TYPES if (name := TYPES[type].dtype)}
        ranks = len(next(iter(arguments.values())))
        tensors: list[dict[str, operator_call.Tensor]] = []
        for rank in range(ranks):
            of_rank = {}
            for each in signature.parameters:
                source = None if each.output else arguments[each.name][rank]
                shape: tuple[int, ...] = each.shape(sizes, ranks)
                shape = tensor_shape(operator.product(family), names[each.name], TYPES[types[each.dtype]].name, shape)
                of_rank[names[each.name]] = operator_call.Tensor(types[each.dtype], shape, source)
            of_rank |= {names[name]: operator_call.Tensor(types[variant.dtype], (0,)) for name in empty}
            tensors.append(of_rank)
        rules = operator.product(family).rules
        usual = {name: rule.allowed[0] for name, rule in rules.items() if isinstance(rule, (Integer, Text))}
        parameters = [each.name for each in operator.arguments]
        with TemporaryDirectory() as directory:
            self.write(Path(directory) / operator.id)
            library = operator_call.OperatorLibrary(Path(directory) / operator.id, operator.name)
            machine = machine_named(family).name
            check = None if seed is None else Check(seed)
            how = hccl.Options(machine, mode=mode, check=check, **options)
            called = library.run(parameters, tensors, usual, how, launches)
        outputs = [
            {
                each.name: placement.matrix(each, each.shape(sizes, ranks), of_rank[names[each.name]])
                for each in signature.outputs
            }
            for of_rank in called.outputs
        ]
        return Launched(outputs, called.seconds)
