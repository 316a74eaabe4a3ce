"""What the checker costs, and how soon it speaks.

1. The checked mode against the fast one, in turns, and the most memory that each takes. Checked runs use one thread,
   so that their order repeats: so the fast mode is measured on one thread too.
2. Schedules per second of the protocol alone: launches in which instructions move no data (2 ranks x 24 blocks), each
   in an order of its own.
3. How long it takes until a deadlock is reported: a launch whose kernel waits for what never comes, next to the same
   launch of a kernel that does not wait.
4. How long it takes from the death of a rank until another one that waits for it, in a process of its own, gets the
   error.

What happens on one thread is measured as time of the processor, which a busy machine disturbs least.

    python benchmarks/checked.py
    python benchmarks/checked.py --rounds 9
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import measure
import numpy

from dovetail import driver
from dovetail.dsl import Schedule
from dovetail.runtime import device, hccl, placement
from dovetail.runtime.device import Check, DeviceError
from dovetail.runtime.kernel import Kernel
from dovetail.target.machine import machine

RANKS, SIZES = 4, {"m": 256, "k": 1024, "n": 1024}
SMALL = Schedule(tile=(16, 16, 16), chunk=1, slots=2)
MACHINE = "Ascend910B1"  # 24 blocks

MEMORY = """
import numpy
import dovetail as dt
x1 = numpy.ones(({m}, {k}), numpy.float16)
x2 = numpy.ones(({k}, {n}), numpy.float16)
dt.compile("all_gather_matmul").run([x1] * {ranks}, x2, ranks={ranks}, mode="{mode}")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

NEVER = "shown - target)", "shown - target - 1000000)"  # waits for what never comes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(measure.host(), flush=True)
    modes(options.rounds)
    schedules(options.rounds)
    deadlocks(options.rounds)
    deaths(options.rounds)


# -- 1 --


def modes(rounds: int) -> None:
    random = numpy.random.default_rng(0)
    x1 = [random.integers(-4, 5, (SIZES["m"], SIZES["k"])).astype(numpy.float16) for _ in range(RANKS)]
    x2 = random.integers(-4, 5, (SIZES["k"], SIZES["n"])).astype(numpy.float16)
    expected = (numpy.concatenate(x1).astype(numpy.float32) @ x2.astype(numpy.float32)).astype(numpy.float16)
    kernel = driver.compile("all_gather_matmul")

    def launches(**how) -> measure.Measurement:
        communicator = kernel.communicator(RANKS, **how)
        for outputs in kernel.launch(communicator, x1, x2).outputs:
            assert numpy.array_equal(outputs["output"], expected)
        return lambda: kernel.launch(communicator, x1, x2).seconds

    fast, single, checked = "fast, all cores", "fast, one thread", "checked"
    took = measure.interleaved(
        {
            fast: launches(mode="fast"),
            single: launches(mode="fast", workers=1),
            checked: launches(mode="checked", seed=1),
        },
        rounds,
    )
    memory = {"fast": _memory("fast"), "checked": _memory("checked")}
    rows = [
        [name, f"{took.seconds(name) * 1e3:.0f} ms", f"{took.ratio(name, fast):.2f}", f"{took.ratio(name, single):.2f}",
         f"{memory[name.partition(',')[0]] / 2**20:.2f} GiB"]
        for name in (fast, single, checked)
    ]  # fmt: skip
    sizes = ", ".join(f"{name} = {size}" for name, size in SIZES.items())
    print(f"\nfloat16, {sizes}, {RANKS} ranks; medians of {rounds} rounds; memory is of the whole process, at most")
    print(measure.table(["", "time", "against fast", "against fast, one thread", "memory"], rows), flush=True)


def _memory(mode: str) -> int:
    """In KiB, of a process that runs the kernel once."""
    script = MEMORY.format(**SIZES, ranks=RANKS, mode=mode)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:]))}
    return int(subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout)


# -- 2 --


class Prepared:
    """Launches of a kernel on matrices and windows that are made once."""

    def __init__(self, kernel: Kernel, sizes: dict[str, int], ranks: int):
        self.chip = machine(MACHINE)
        self.entry, self.ranks = kernel.entry, ranks
        self.window_bytes = 2 << 20
        self._tiling = kernel.tiling(sizes, ranks, self.chip.cores, self.window_bytes)
        self._windows = [numpy.zeros(self.window_bytes // 4, numpy.int32) for _ in range(ranks)]
        self._kept = device.check_memory(ranks, self.chip.cores, self.window_bytes)
        self._matrices = [
            [numpy.zeros(each.shape(sizes, ranks), numpy.float16) for each in kernel.signature.parameters]
            for _ in range(ranks)
        ]
        tiling = ctypes.cast(ctypes.c_char_p(self._tiling), ctypes.c_void_p).value
        self._arguments = [[*(each.ctypes.data for each in of_rank), 0, tiling] for of_rank in self._matrices]

    def launch(self, check: Check) -> None:
        chip = self.chip
        device.launch(
            self.entry,
            self._arguments,
            device.DeviceMemories(chip.cores, chip.l1, chip.l0a, chip.l0b, chip.l0c, chip.ub, chip.bt, chip.fb),
            blocks=chip.cores,
            windows=[each.ctypes.data for each in self._windows],
            window_bytes=self.window_bytes,
            check=check,
            check_memory=self._kept,
        )


def schedules(rounds: int) -> None:
    rows = []
    for m in (1, 4):
        sizes = {"m": m, "k": 16, "n": 16}
        prepared = Prepared(_small().load(), sizes, 2)
        count = 200
        prepared.launch(Check(0, moves_no_data=True))
        seconds = []
        for turn in range(rounds):
            start = time.process_time()
            for seed in range(turn * count, (turn + 1) * count):
                prepared.launch(Check(seed, moves_no_data=True))
            seconds.append((time.process_time() - start) / count)
        rows.append(
            [f"m = {m}: {m} chunk{'s' * (m > 1)}", f"{median(seconds) * 1e6:.0f} us", f"{1 / median(seconds):.0f}"]
        )
    print(f"\nThe protocol alone: 2 ranks x {machine(MACHINE).cores} blocks, chunks of one row, 2 slots")
    print(measure.table(["", "a launch", "launches in a second"], rows), flush=True)


def _small() -> driver.CompiledKernel:
    return driver.compile("all_gather_matmul", target=MACHINE, schedule=SMALL)


def _edited(old: str, new: str) -> Kernel:
    """The small kernel with one change to its source."""
    compiled = _small()
    assert compiled.source.count(old) == 1
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "edited.cpp"
        path.write_text(compiled.source.replace(old, new))
        return compiled.load(path)


# -- 3 --


def deadlocks(rounds: int) -> None:
    free, stuck = _small().load(), _edited(*NEVER)
    times: dict[str, dict[bool, list[float]]] = {}

    def note(where: str, seconds: float) -> None:
        times.setdefault(where, {}).setdefault(kernel is stuck, []).append(seconds)

    for _ in range(rounds):
        for kernel in (free, stuck):
            prepared = Prepared(kernel, {"m": 1, "k": 16, "n": 16}, 2)
            seconds = _until_end(lambda prepared=prepared: prepared.launch(Check(1)), time.process_time)
            note("in one process, processor time", seconds)
            ranks = _start_ranks([free, kernel], "checked", launching=2)
            both = [each.ended() for each in ranks]
            assert all(("hang" in end.said) == (kernel is stuck) for end in both), both
            note("a process for each rank, processor time", max(end.busy for end in both))
            note("a process for each rank, wall clock", max(e.at for e in both) - max(e.began for e in both))
    rows = [
        [where, *(f"{of(seconds[hangs]) * 1e3:.1f} ms" for hangs in (True, False) for of in (median, min))]
        for where, seconds in times.items()
    ]
    print(f"\nA deadlock of 2 ranks x 24 blocks, from the start of the launch; {rounds} rounds")
    print(
        measure.table(["", "until it is reported: median", "least", "a launch without one: median", "least"], rows),
        flush=True,
    )


def _until_end(run: Callable[[], None], clock: Callable[[], float]) -> float:
    start = clock()
    try:
        run()
    except DeviceError as error:
        assert "hang" in str(error), error
    return clock() - start


# -- 4 --


def deaths(rounds: int) -> None:
    kernel = _small().load()
    rows = []
    for mode in ("fast", "checked"):
        seconds = [_death(kernel, mode) for _ in range(rounds)]
        rows.append([mode, f"{median(seconds) * 1e3:.1f} ms", f"{max(seconds) * 1e3:.1f} ms"])
    print(f"\nA rank of 2 is killed, in a process of its own; {rounds} times")
    print(measure.table(["", "until the other has the error: median", "longest"], rows), flush=True)


def _death(kernel: Kernel, mode: str) -> float:
    """Seconds from a rank's death until the other one's synchronisation returns."""
    waiting, absent = _start_ranks([kernel], mode, launching=1)
    waiting.running()
    time.sleep(0.3)
    killed = time.monotonic()
    os.kill(absent.pid, signal.SIGKILL)
    end = waiting.ended()
    assert f"the process of rank 1 ({absent.pid}) has ended" in end.said, end.said
    return end.at - killed


# -- ranks in processes of their own --


class End(NamedTuple):
    """Of a rank's last launch: its beginning and end, in seconds of one clock; time of the processor; the error."""

    began: float
    at: float
    busy: float
    said: str


class Rank:
    """A process that runs kernels as rank `number` of two. `launches`: otherwise it joins, and does nothing."""

    def __init__(self, number: int, what: str, launches: bool):
        spawning = multiprocessing.get_context("spawn")
        self._channel, other = spawning.Pipe()
        self._process = spawning.Process(target=_rank, args=(number, what, launches, other))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def running(self) -> None:
        assert self._channel.recv() == "running"

    def ended(self) -> End:
        while (said := self._channel.recv()) == "running":
            pass
        self._process.join()
        return said


def _start_ranks(kernels: Sequence[Kernel], mode: str, launching: int) -> list[Rank]:
    """Two ranks, of which the first `launching` run `kernels` one after the other."""
    what = {
        "objects": [str(kernel.built.object) for kernel in kernels],
        "tiling": kernels[0].tiling({"m": 1, "k": 16, "n": 16}, 2, 24, 200 << 20).hex(),
        "mode": mode,
        "key": f"dovetail-{secrets.token_hex(16)}",
    }
    return [Rank(number, json.dumps(what), number < launching) for number in range(2)]


def _rank(number: int, what: str, launches: bool, channel) -> None:
    """Runs in the process of a rank."""
    from dovetail.runtime.acl import AclError
    from dovetail.runtime.kernel import entry

    given = json.loads(what)
    device.library()
    rank = hccl.init_one(2, number, given["key"], hccl.Options(MACHINE, mode=given["mode"], check=None))
    shapes = (("x1", 1, False), ("x2", 16, False), ("output", 2, True), ("gather_out", 2, True))
    ones = numpy.ones(16 * 16, numpy.uint16)
    placed = placement.place(
        [placement.Argument(name, 32 * rows, None if output else ones[: 16 * rows].view(numpy.uint8))
         for name, rows, output in shapes]
    )  # fmt: skip
    names = [(name, output) for name, _, output in shapes]
    if not launches:
        time.sleep(1000)
    for each in given["objects"]:
        library = ctypes.CDLL(each)
        order = hccl.Order(
            "all_gather_matmul", names, entry(library, "all_gather_matmul"), bytes.fromhex(given["tiling"]), 24
        )
        began, busy, said = time.monotonic(), time.process_time(), ""
        flight = rank.launch(order, placed)
        channel.send("running")
        try:
            flight.wait()
        except AclError as error:
            said = str(error)
        end = End(began, time.monotonic(), time.process_time() - busy, said)
    channel.send(end)


if __name__ == "__main__":
    main()
