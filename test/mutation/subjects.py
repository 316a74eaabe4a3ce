"""The generated kernels that mutants are made of, and the small launches that tell a mutant from the original.

A launch takes a few milliseconds: its machine has no more cores than the launch has blocks, its windows are as small as
the kernel allows, and nothing of it is allocated anew.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy
from edits import EditedSource, edited, twice

import dovetail as dt
from dovetail import driver
from dovetail.runtime import device, placement
from dovetail.runtime.build import KernelSource
from dovetail.runtime.checking import Access
from dovetail.runtime.kernel import Kernel, entry
from dovetail.runtime.oracle import Data
from dovetail.runtime.trace import Trace
from dovetail.runtime.trial import Trial

EXAMPLES = Path(__file__).parents[2] / "examples" / "kernels"
ALIGNMENT = 512
LAUNCHES = 2  # on one communicator, with different inputs
WINDOW_BYTES = 1 << 21


@dataclass(frozen=True)
class Shape:
    """Sizes of one communicator's launches. Those with many cores are not judged: each core has a clock for all."""

    ranks: int
    blocks: int
    sizes: Mapping[str, int]
    window_bytes: int = WINDOW_BYTES
    is_judged: bool = True

    def __str__(self) -> str:
        sizes = " ".join(f"{name} = {size}" for name, size in self.sizes.items())
        return f"{self.ranks} ranks, {self.blocks} blocks, {sizes}"


@dataclass(frozen=True)
class Subject:
    """A generated kernel with the shapes that it is launched on."""

    name: str
    kernel: str | Path
    shapes: tuple[Shape, ...]
    choices: Mapping = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @functools.cached_property
    def compiled(self) -> driver.CompiledKernel:
        return driver.compile(self.kernel, **self.choices)

    @property
    def source(self) -> KernelSource:
        return self.compiled.generated

    @functools.cached_property
    def original(self) -> Kernel:
        return self.compiled.load()

    @functools.cached_property
    def edited_source(self) -> EditedSource:
        return edited(self.source.device)

    @functools.cached_property
    def edited(self) -> Kernel:
        """The kernel with all its edits, of which none is on."""
        return Kernel.load(self.compiled.signature, replace(self.source, device=self.edited_source.text, lines=""))

    @functools.cached_property
    def benches(self) -> "list[Bench]":
        """One for each shape."""
        return [Bench(self, shape) for shape in self.shapes]

    @property
    def judged_benches(self) -> "list[Bench]":
        return [bench for bench in self.benches if bench.shape.is_judged]


TILE = (16, 16, 64)
# Five chunks in two slots, and five depths in two slots of L1 and of L0: each is used for the third time.
LONG = {"m": 70, "k": 300, "n": 20}
# One chunk, which the next launch sends into the same slot.
SHORT = {"m": 13, "k": 64, "n": 16}
# So many chunks of so many sources that a flag between cores would overflow; and some blocks do not send.
MANY = {"m": 70, "k": 48, "n": 7}
# Five pieces through the two slots of UB.
WIDE = {"m": 16, "k": 10240, "n": 16}
# So many blocks that some are told of more than 15 arrivals before they have a tile.
RARE = Shape(5, 20, {"m": 112, "k": 32, "n": 14}, is_judged=False)
# Of so many sources comes more than a flag between cores could tell of while the tiles of one chunk are multiplied.
CROWD = Shape(9, 1, {"m": 48, "k": 32, "n": 64})
# A tile of one row: the second vector core has none of it.
SINGLE = Shape(2, 1, {"m": 1, "k": 64, "n": 70})
FURTHER = (RARE, CROWD, SINGLE)


def _gathering(name: str, kernel: str | Path, sizes=lambda sizes: sizes, slots: int = 2, **choices) -> Subject:
    """A kernel whose sizes follow from m, k and n."""
    schedule = dt.Schedule(choices.pop("tile", TILE), 16, slots, 2, choices.pop("order", "arrival"))
    shapes = (
        Shape(2, 2, sizes(LONG)),
        Shape(3, 2, sizes(LONG | {"m": 67, "k": 257, "n": 7})),
        Shape(3, 3, sizes(SHORT)),
        Shape(5, 3, sizes(MANY)),
        Shape(2, 1, sizes(WIDE)),
        *choices.pop("further", ()),
    )
    return Subject(name, kernel, shapes, {"schedule": schedule, **choices})


def _ascend950(name: str, dtype: str, present: tuple[str, ...], **choices) -> Subject:
    return _gathering(
        f"all_gather_matmul, {name}, Ascend 950",
        "all_gather_matmul",
        lambda sizes: sizes | {"n": 2 * sizes["n"]},
        tile=(16, 32, 64),
        further=FURTHER,
        target="ascend950",
        dtype=dtype,
        dtypes={"output": "float16"} | ({"bias": "float32"} if dtype != "float16" else {}),
        present=present,
        **choices,
    )


def _fused(
    dtype: str = "float16", transposed: bool = False, gather_out: bool = True, order: str = "arrival"
) -> Subject:
    name = f"all_gather_matmul, {dtype}, {'transposed' if transposed else 'plain'} x2, "
    name += f"{'with' if gather_out else 'without'} gather_out, {'by rank' if order == 'rank' else 'by arrival'}"
    absent = () if gather_out else ("gather_out",)
    choices = {"dtype": dtype, "transposed": ("x2",) if transposed else (), "absent": absent}
    return _gathering(name, "all_gather_matmul", order=order, **choices)


REPRESENTATIVE = (
    _fused(),
    _fused("bfloat16", transposed=True, gather_out=False, order="rank"),
    _gathering("all_gather_matmul, one slot", "all_gather_matmul", slots=1),
    _gathering(
        "all_gather_matmul, two-stage",
        "all_gather_matmul",
        pipeline="two-stage",
    ),
    _gathering("all_gather", EXAMPLES / "all_gather.py", lambda sizes: {"m": sizes["m"], "k": sizes["k"]}),
    _gathering(
        "all_gather_matmul_columns",
        EXAMPLES / "all_gather_matmul_columns.py",
        lambda sizes: sizes | {"depth": min(sizes["k"], 300)},
    ),
    _gathering(
        "all_gather_two_matmuls",
        EXAMPLES / "all_gather_two_matmuls.py",
        lambda sizes: {"m": sizes["m"], "k": sizes["k"], "query_size": sizes["n"], "key_size": sizes["n"] + 5},
    ),
    Subject("matmul", EXAMPLES / "matmul.py", (Shape(1, 2, LONG),), {"schedule": dt.Schedule(TILE)}),
)
"""One of each that differs in what it synchronises."""

ALL = (
    *REPRESENTATIVE,
    *(
        subject
        for dtype, transposed, gather_out, order in itertools.product(
            ("float16", "bfloat16"), (False, True), (True, False), ("arrival", "rank")
        )
        if (subject := _fused(dtype, transposed, gather_out, order)).name not in {each.name for each in REPRESENTATIVE}
    ),
    _gathering(
        "all_gather_matmul, two-stage, bfloat16, transposed x2, without gather_out",
        "all_gather_matmul",
        pipeline="two-stage",
        dtype="bfloat16",
        transposed=("x2",),
        absent=("gather_out",),
    ),
    _gathering(
        "all_gather_matmul, INT8 with scales",
        "all_gather_matmul",
        lambda sizes: sizes | {"n": 2 * sizes["n"]},
        tile=(16, 32, 64),
        further=FURTHER,
        dtype="int8",
        dtypes={"output": "bfloat16", "x2_scale": "float32"},
        present=("x1_scale", "x2_scale"),
    ),
    _gathering(
        "all_gather_matmul, INT4 with packed scales",
        "all_gather_matmul",
        lambda sizes: sizes | {"k": sizes["k"] // 2 * 2, "n": 2 * sizes["n"]},
        tile=(16, 64, 64),
        further=FURTHER,
        dtype="int4",
        dtypes={"output": "float16", "x2_scale": "int64"},
        present=("x1_scale", "x2_scale"),
    ),
    _ascend950("FP16 with a bias", "float16", ("bias",)),
    _ascend950("FP8 with scales and a bias", "float8_e4m3fn", ("x1_factor", "x2_factor", "bias")),
    _ascend950("MX with a bias", "float8_e4m3fn", ("x1_exponents", "x2_exponents", "bias"), transposed=("x2",)),
)


class Bench:
    """Inputs, outputs and windows for launches of one shape, on one communicator after the other."""

    def __init__(self, subject: Subject, shape: Shape):
        self.subject, self.shape = subject, shape
        self.signature = subject.compiled.signature
        self.tiling = subject.original.tiling(shape.sizes, shape.ranks, shape.blocks, shape.window_bytes)
        machine = subject.compiled.machine
        self._machine = device.DeviceMemories(
            shape.blocks, machine.l1, machine.l0a, machine.l0b, machine.l0c, machine.ub, machine.bt, machine.fb
        )
        self.workspace_bytes = subject.original.workspace_bytes(shape.blocks)
        self._windows = [_aligned(shape.window_bytes) for _ in range(shape.ranks)]
        self._control = numpy.zeros(device.CONTROL_BYTES, numpy.uint8)
        self._launches = [_Launch(self, seed) for seed in range(LAUNCHES)]

    def check_original(self) -> None:
        """Keeps what the original gives, which must be what the reference of the kernel expects."""
        faults = self.run(self.subject.original, None)
        for launch in self._launches:
            faults = faults or launch.difference_from_reference()
            launch.keep_outputs()
        assert not faults, f"{self.subject.name}, {self.shape}: {faults}"

    def run(
        self, kernel: Kernel, check: device.Check | None, together: bool = False, trace: Trace | None = None
    ) -> str:
        """Launches on a fresh communicator. Returns the first report, or an empty text.

        `together`: both launches are one, in which ranks may be in different ones; only for kernels that were edited.
        """
        self._control.fill(0)
        for window in self._windows:
            window.fill(0)
        memory = device.check_memory(self.shape.ranks, self.shape.blocks, self.shape.window_bytes) if check else None
        for launches in [self._launches] if together else [[each] for each in self._launches]:
            for launch in launches:
                launch.poison()
            try:
                device.launch(
                    entry(kernel.library, twice(kernel.signature.name)) if together else kernel.entry,
                    [[address for of_launch in of_rank for address in of_launch] for of_rank in _addresses(launches)],
                    self._machine,
                    blocks=self.shape.blocks,
                    windows=[window.ctypes.data for window in self._windows],
                    window_bytes=self.shape.window_bytes,
                    workers=1,
                    control=self._control.ctypes.data,
                    check=check,
                    regions=[region for launch in launches for region in launch.regions],
                    check_memory=memory,
                    trace=trace,
                )
            except device.DeviceError as error:
                return str(error)
            for launch in launches:
                report = launch.difference()
                if report:
                    return report
        return ""


def _addresses(launches: "Sequence[_Launch]") -> Iterable[Sequence[Sequence[int]]]:
    """Of each rank, the arguments of every launch."""
    return zip(*(launch.addresses for launch in launches))


class _Launch:
    """The arguments of one launch, and what it should give."""

    def __init__(self, bench: Bench, seed: int):
        shape, signature = bench.shape, bench.signature
        reference = bench.subject.compiled.kernel.reference
        self._trial = Trial(signature, reference, shape.sizes, shape.ranks, Data.INTEGERS, seed)
        self._outputs: list[list[numpy.ndarray]] = []
        self._expected: list[list[bytes]] = []
        self._names = [each.name for each in signature.outputs]
        self.addresses: list[list[int]] = []
        self.regions: list[device.Region] = []
        self._tiling = numpy.frombuffer(bench.tiling, numpy.uint8).copy()
        self._kept: list[numpy.ndarray] = []
        for rank in range(shape.ranks):
            given = [of_parameter[rank] for of_parameter in self._trial.arguments]
            outputs = []
            addresses = []
            for argument, parameter in zip(
                placement.arguments(signature, given, shape.sizes, shape.ranks), signature.parameters
            ):
                memory = _aligned(argument.size)
                if argument.source is None:
                    outputs.append(memory)
                else:
                    memory[:] = argument.source
                access = Access.OUTPUT if parameter.output else Access.INPUT
                self.regions.append(device.Region(argument.name, memory.ctypes.data, argument.size, access, rank))
                addresses.append(memory.ctypes.data)
                self._kept.append(memory)
            workspace = _aligned(bench.workspace_bytes)
            if bench.workspace_bytes:
                outputs.append(workspace)
                self.regions.append(
                    device.Region("workspace", workspace.ctypes.data, workspace.nbytes, Access.OUTPUT, rank)
                )
            self.regions.append(device.Region("tiling", self._tiling.ctypes.data, self._tiling.nbytes, "input", rank))
            self._outputs.append(outputs)
            self.addresses.append([*addresses, workspace.ctypes.data, self._tiling.ctypes.data])

    def poison(self) -> None:
        for of_rank in self._outputs:
            for output in of_rank:
                output.fill(placement.POISON)

    def keep_outputs(self) -> None:
        self._expected = [[output.tobytes() for output in of_rank] for of_rank in self._outputs]

    def difference_from_reference(self) -> str:
        """What is wrong with the outputs by the kernel's reference."""
        signature, trial = self._trial.signature, self._trial
        outputs = [
            {
                parameter.name: placement.matrix(parameter, parameter.shape(trial.sizes, trial.ranks), output)
                for parameter, output in zip(signature.outputs, of_rank)
            }
            for of_rank in self._outputs
        ]
        return "; ".join(comparison.fault for comparison in trial.compare(outputs) if not comparison.passed)

    def difference(self) -> str:
        """What is wrong with the outputs by those that were kept."""
        for rank, (outputs, expected) in enumerate(zip(self._outputs, self._expected)):
            for name, output, kept in zip(self._names, outputs, expected):
                if output.tobytes() != kept:
                    return f"wrong result: {name} of rank {rank}"
        return ""


def _aligned(size: int) -> numpy.ndarray:
    """Zeros that begin where the vendor's allocations do."""
    memory = numpy.zeros(size + ALIGNMENT, numpy.uint8)
    skipped = -memory.ctypes.data % ALIGNMENT
    return memory[skipped : skipped + size]
