"""The machines that code is generated for: cores, memories, limits of instructions, rates.

No other module states the size of a memory or the limit of an instruction. `FAMILIES` are what `--target` names (what
code is generated for); a machine is one chip of a family (`--machine`).
"""

from dataclasses import dataclass, field, replace

KIB = 1024


@dataclass(frozen=True)
class Limits:
    """What one instruction can say at most (here: architecture 2201)."""

    fractal_bytes: int = 512
    fractal_side: int = 16  # rows of a fractal; of a 16-bit type also its columns
    block_bytes: int = 32  # the unit of L1 and UB addresses, and of a row of a fractal
    repeat: int = 255  # repeatTimes of LoadData and of vector instructions
    repeat_bytes: int = 256  # that a vector instruction takes in one repeat
    load_data_stride: int = 65535  # fractals
    load_region: int = 255  # fractals, mStep and kStep of LoadData2DParamsV2
    nd2nz_matrices: int = 4095  # ndNum
    nd2nz_rows: int = 16384  # nValue
    nd2nz_columns: int = 65535  # dValue, elements
    nd2nz_row_stride: int = 65535  # srcDValue, elements
    nd2nz_c0_stride: int = 16384  # dstNzC0Stride, rows
    mmad_extent: int = 4095  # m, n and k of Mmad
    mmad_barrier_fractals: int = 10  # fewer result fractals than this want PipeBarrier<PIPE_M> between accumulations
    fixpipe_rows: int = 8192  # mSize, row major
    fixpipe_columns: int = 4095  # nSize
    pad_blocks: int = 4095  # blockCount of DataCopyPad
    pad_bytes: int = 2097151  # blockLen of DataCopyPad
    copy_blocks: int = 4095  # blockCount of DataCopy
    copy_units: int = 65535  # blockLen of DataCopy, 32-byte units
    events: int = 6  # ids 0 .. 5 of SetFlag; 6 and 7 are reserved
    cross_core_flags: int = 11  # ids 0 .. 10 of CrossCoreSetFlag; SyncAll takes 11 .. 14
    cross_core_outstanding: int = 15  # sets of one id that nobody has waited for
    pipe_buffers: int = 64  # buffers that one TPipe hands out


@dataclass(frozen=True)
class Rates:
    """Rates of a machine, for models of time. Bytes per cycle are per core, in each direction."""

    cube_hertz: float
    hbm_bytes_per_second: float
    link_bytes_per_second: float  # per directed pair of ranks
    multiply_adds_per_cycle: int = 16 * 16 * 16  # 16-bit types
    l2_read: int = 110
    l2_write: int = 86
    ub_to_gm: int = 64
    l1_to_l0a: int = 512
    l1_to_l0b: int = 256
    launch_seconds: float = 6.5e-6
    rank_barrier_seconds: float = 6.7e-6
    core_barrier_seconds: float = 1.0e-6


@dataclass(frozen=True)
class Machine:
    """One chip. Memories are sizes in bytes, per core; `cores` are blocks of one cube core and two vector cores."""

    name: str
    family: str
    cores: int
    rates: Rates
    architecture: str = "2201"  # what the vendor calls the generation of its instructions
    l1: int = 512 * KIB
    l0a: int = 64 * KIB
    l0b: int = 64 * KIB
    l0c: int = 128 * KIB
    ub: int = 192 * KIB
    bt: int = 1 * KIB
    fb: int = 7 * KIB
    reserved: int = 256  # bytes at the end of L1 and of UB that belong to the system
    multiplied: tuple[str, ...] = (
        "f16",
        "bf16",
        "i8",
        "i4",
    )  # by the cube core, as MLIR names types; of 3510 what is generated
    takes_empty: bool = False  # whether operators take matrices without rows or columns
    memory: int = 64 << 30  # device memory
    l2: int = 192 << 20
    limits: Limits = field(default_factory=Limits)

    def capacity(self, memory: str) -> int:
        """Bytes of `memory` ('l1', 'l0a', 'l0b', 'l0c', 'ub', 'bt', 'fb') that a kernel may place buffers in."""
        return getattr(self, memory) - (self.reserved if memory in ("l1", "ub") else 0)

    def alignment(self, memory: str) -> int:
        """What addresses of buffers in `memory` are multiples of, in bytes."""
        return {"l0a": 512, "l0b": 512, "l0c": 1024, "bt": 64, "fb": 128}.get(memory, 32)


def _a2(name: str, cores: int, megahertz: int, memory: int = 64, l2: int = 192, hbm: float = 1.6e12) -> Machine:
    rates = Rates(cube_hertz=megahertz * 1e6, hbm_bytes_per_second=hbm, link_bytes_per_second=28e9)
    return Machine(name, "ascend910b", cores, rates, memory=memory << 30, l2=l2 << 20)


def _a3(name: str, cores: int, megahertz: int) -> Machine:
    rates = Rates(cube_hertz=megahertz * 1e6, hbm_bytes_per_second=1.6e12, link_bytes_per_second=28e9)
    return Machine(name, "ascend910_93", cores, rates)


_MACHINES = (
    _a2("Ascend910B1", 24, 1850),
    _a2("Ascend910B2", 24, 1800),
    _a2("Ascend910B3", 20, 1800),
    _a2("Ascend910B4", 20, 1500, memory=32, l2=96),
    _a3("Ascend910_9391", 24, 1850),
    _a3("Ascend910_9392", 24, 1850),
    _a3("Ascend910_9372", 20, 1800),
    Machine(
        "Ascend950",
        "ascend950",
        32,
        Rates(cube_hertz=1650e6, hbm_bytes_per_second=1.6e12, link_bytes_per_second=28e9, l1_to_l0a=256),
        architecture="3510",
        multiplied=("f16", "bf16", "f8E4M3FN", "f8E5M2", "ui8", "f4E2M1FN"),
        takes_empty=True,
        l0c=256 * KIB,
        ub=248 * KIB,
        bt=4 * KIB,
        fb=4 * KIB,
        memory=128 << 30,
        l2=128 << 20,
        limits=replace(
            Limits(),
            nd2nz_columns=2**21 - 1,
            nd2nz_row_stride=2**40 - 1,
            fixpipe_rows=65535,
        ),
    ),
)
MACHINES = {machine.name.lower(): machine for machine in _MACHINES}
FAMILIES = {"ascend910b": "Ascend910B3", "ascend910_93": "Ascend910_9391", "ascend950": "Ascend950"}


def machine(name: str) -> Machine:
    """The machine of this name, or the usual machine of the family of this name; case does not matter.

    Raises ValueError with the names there are.
    """
    found = MACHINES.get(FAMILIES.get(name.lower(), name).lower())
    if found is None:
        families, machines = ", ".join(FAMILIES), ", ".join(each.name for each in _MACHINES)
        raise ValueError(f"there is no target or machine {name!r}: targets are {families}; machines are {machines}")
    return found
