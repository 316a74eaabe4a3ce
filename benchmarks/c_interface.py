"""What a near-empty call of aclnnAllGatherMatmulV2 costs, beside what it costs to wake a thread: see README.md."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import measure

OPERATOR = "all_gather_matmul_v2"
SETUPS = [(how, ranks) for how in ("threads", "processes") for ranks in (2, 8)]
STEPS = {
    "stage1": "stage 1",
    "stage2": "stage 2 returns",
    "whole": "stage 2 and synchronise",
}
WAKES = {
    "condition_returned": "waking a thread by a condition variable returns",
    "condition_arrived": "… and that thread runs",
    "futex_returned": "waking a thread by a futex returns",
    "futex_arrived": "… and that thread runs",
}
UNIT = "µs, p50 / p99"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--launches", type=int, default=500, help="of each setup, in each round")
    parser.add_argument("--package", type=Path, help="an operator package; otherwise one is built")
    arguments = parser.parse_args()
    print(f"{measure.host()}\n", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        program = Program(arguments.package or _built(Path(directory) / OPERATOR), Path(directory))
        figures: dict[tuple[str, int, str], list[int]] = defaultdict(list)
        runs = [("wake", 0), *SETUPS]
        for turn in range(arguments.rounds):
            for how, ranks in runs if turn % 2 == 0 else reversed(runs):
                for name, times in program.run(how, ranks, arguments.launches, turn):
                    figures[how, ranks, name] += times
    steps = [
        [step, *(_percentiles(figures[how, ranks, name]) for how, ranks in SETUPS)] for name, step in STEPS.items()
    ]
    print(measure.table([UNIT, *(f"{ranks} {how}" for how, ranks in SETUPS)], steps))
    wakes = [[step, _percentiles(figures["wake", 0, name])] for name, step in WAKES.items()]
    print(f"\n{measure.table([UNIT, '2 threads'], wakes)}")


def _built(directory: Path) -> Path:
    subprocess.run([sys.executable, "-m", "dovetail", "build", OPERATOR, "-o", directory], check=True)
    return directory


def _percentiles(nanoseconds: Sequence[int]) -> str:
    ordered = sorted(nanoseconds)
    return " / ".join(f"{ordered[len(ordered) * percent // 100] / 1000:.1f}" for percent in (50, 99))


class Program:
    """c_interface.cpp, linked with a package."""

    def __init__(self, package: Path, directory: Path):
        script = f"source '{package.resolve() / 'set_env.bash'}' && env -0"
        said = subprocess.run(["bash", "-ec", script], check=True, capture_output=True, text=True).stdout
        self._environment = dict(each.split("=", 1) for each in said.split("\0") if each)
        self._path = directory / "c_interface"
        source = Path(__file__).with_suffix(".cpp")
        command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O2", "-pthread", source, "-o", self._path]
        command += ["-lcust_opapi", "-lnnopbase", "-lhccl", "-lascendcl"]
        subprocess.run(command, check=True, env=self._environment)

    def run(self, how: str, ranks: int, launches: int, turn: int) -> Iterator[tuple[str, list[int]]]:
        """Of each rank and step: the times of its launches, in nanoseconds."""
        if how == "processes":
            key = f"benchmark-{os.getpid()}-{turn}"
            commands = [["process", key, ranks, rank, launches] for rank in range(ranks)]
        else:
            commands = [["threads", ranks, launches] if how == "threads" else ["wake", launches]]
        processes = [
            subprocess.Popen([self._path, *map(str, command)], env=self._environment, stdout=subprocess.PIPE, text=True)
            for command in commands
        ]
        outputs = [process.communicate()[0] for process in processes]
        if any(process.returncode != 0 for process in processes):
            raise SystemExit(1)
        for line in "".join(outputs).splitlines():
            name, *times = line.split()
            yield name, [int(each) for each in times]


if __name__ == "__main__":
    main()
