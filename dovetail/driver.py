"""The one place that joins the rooms: compile a kernel, build it, run it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.dsl import Kernel, Schedule, load_kernel
from dovetail.target.machine import Machine
from dovetail.target.machine import machine as machine_named

if TYPE_CHECKING:
    import numpy

    from dovetail.runtime.build import KernelSource
    from dovetail.runtime.communicator import Communicator, Launched
    from dovetail.runtime.kernel import Kernel as LoadedKernel
    from dovetail.runtime.signature import Signature

TARGET = "ascend910b"
ARCHITECTURE = "2201"  # whose instructions are generated

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
    pipeline: str = "fused",
) -> "CompiledKernel":
    """Compiles a kernel to Ascend C.

    kernel: a function marked with @dt.kernel, a file that holds one, or the name of a built-in kernel.
    target: a family of machines, or one machine. dtype: of the matrices whose annotation names none.
    transposed: inputs that lie in memory column by column. absent: optional matrices to leave out.
    pipeline: passes to run, or the name of a pipeline: `fused`, or `two-stage` for a kernel without overlap.

    Raises dsl.CompileError where the kernel has a mistake, and passes.registry.PassFailure where it cannot be compiled
    for this machine or schedule.
    """
    made = kernel if isinstance(kernel, Kernel) else load_kernel(kernel)
    machine = machine_named(target)
    if machine.architecture != ARCHITECTURE:
        raise ValueError(f"{machine.name} takes other instructions than are generated yet (those of ascend910b)")
    return CompiledKernel(made, machine, str(dtype), schedule or Schedule(), tuple(transposed), tuple(absent), pipeline)


def sizes_of(kernel: Kernel) -> tuple[str, ...]:
    """The names of the sizes of a kernel's inputs, in the order in which they appear."""
    return tuple(dict.fromkeys(size for each in kernel.parameters if not each.output for size in each.sizes))


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
        return KernelSource(source.name, source.device, source.tiling_header, source.host)

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
        from dovetail.dsl import gathered_inputs
        from dovetail.runtime.signature import Extent, Parameter, Signature

        gathered = gathered_inputs(self.kernel)
        declared = [each for each in self.kernel.parameters if each.name not in self.absent]
        parameters = tuple(
            Parameter(
                each.name,
                each.dtype.name if each.dtype else self.dtype,
                Extent.parse(each.sizes[0]),
                Extent.parse(each.sizes[1]),
                output=each.output,
                transposed=each.name in self.transposed,
                gathered=each.name in gathered,
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
        )
