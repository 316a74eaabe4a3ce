"""What the tests of the C interface share: the operator package, programs compiled against it, and ranks as processes.

Fixtures:
    package   the package, built once in a session; `package.compile(source, ...)` gives a program
    examples  the directory with the programs of examples/c, built as users build them
    turn      held while ranks meet by the key of the specification's example
    on        `on(machine, function, ...)` calls it in a process whose devices are that machine's
    job       processes that belong together: `job.start(...)`, `job.outcomes()`; none survives the test
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from contract_calls import PACKAGED
from machine_processes import MachineProcesses

from dovetail import driver

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds within which every process must have ended
OPERATOR = "all_gather_matmul_v2"


class Package:
    """What `dovetail build` made, and the environment that its set_env.bash makes. `made`: what it is of, where a test
    asks for that."""

    def __init__(self, directory: Path, made: driver.OperatorPackage | None = None):
        self.directory, self.made = directory, made
        script = f"source '{directory / 'set_env.bash'}' && env -0"
        said = subprocess.run(["bash", "-ec", script], check=True, capture_output=True).stdout
        self.environment = dict(each.split("=", 1) for each in said.decode().split("\0") if each)

    def compile(self, source: Path, program: Path, *options: str) -> Path:
        """Compiles a file of C or C++ to a program that is linked with the package."""
        if source.suffix == ".c":
            command = [os.environ.get("CC", "gcc"), "-std=c11"]
        else:
            command = [os.environ.get("CXX", "g++"), "-std=c++17"]
        command += ["-O1", "-g", "-Wall", "-Wextra", "-pthread", *options, str(source), "-o", str(program)]
        command += ["-lcust_opapi", "-lnnopbase", "-lhccl", "-lascendcl", "-lm"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return program


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Package:
    """Without the kernels of INT4, which take as long to build as those of INT8."""
    directory = tmp_path_factory.mktemp("package") / OPERATOR
    command = [sys.executable, "-m", "dovetail", "build", OPERATOR, "-o", str(directory)]
    command += [word for dtype in PACKAGED for word in ("--dtype", dtype)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, cwd=directory.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Package(directory, driver.operator_package(OPERATOR, dtypes=PACKAGED))


@pytest.fixture(scope="session")
def package_int4(tmp_path_factory) -> Package:
    """With the kernels of INT4 to FP16 with scales per channel, and gatherOut."""
    directory = tmp_path_factory.mktemp("package_int4") / OPERATOR
    form = driver.operator_form(OPERATOR, dtype="int4")
    form.only(form.variant([], ["x1_scale"])).build().write(directory)
    return Package(directory)


@pytest.fixture(scope="session")
def package_950(tmp_path_factory) -> Package:
    """For Ascend 950, with the kernels that the example of the specification asks for: E4M3FN to FP16, no bias; and
    with those for scales of blocks of the same types."""
    directory = tmp_path_factory.mktemp("package950") / OPERATOR
    forms = [
        driver.operator_form(OPERATOR, target="ascend950", dtype="float8_e4m3fn", scales=scales)
        for scales in ((), ("x1_blocks", "x2_blocks"))
    ]
    made = replace(forms[0], variants=tuple(variant for form in forms for variant in form.variants))
    made.build().write(directory)
    return Package(directory, made)


@pytest.fixture(scope="session")
def on():
    with MachineProcesses() as processes:
        yield lambda machine, function, *arguments: processes.submit(machine, function, *arguments).result()


@pytest.fixture(scope="session")
def examples(package, tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("examples")
    for command in (
        ["cmake", "-S", ROOT / "examples" / "c", "-B", directory],
        ["cmake", "--build", directory],
    ):
        done = subprocess.run(command, env=package.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="module")
def turn():
    """The example of the specification has the same key wherever it runs, so that tests on one machine take turns."""
    with (Path(tempfile.gettempdir()) / f"dovetail-tests-aaaaaaaaaa-{os.geteuid()}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Outcome:
    """How a process ended. `status` is negative where a signal did it."""

    status: int
    output: str
    errors: str


class Process:
    """A process whose output goes to files, so that it never waits for a reader."""

    def __init__(self, command, environment, directory: Path):
        directory.mkdir()
        self._said = [directory / "output", directory / "errors"]
        with contextlib.ExitStack() as stack:
            output, errors = (stack.enter_context(path.open("wb")) for path in self._said)
            self._process = subprocess.Popen(
                [str(word) for word in command],
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return self._said[0].read_text()

    @property
    def errors(self) -> str:
        return self._said[1].read_text()

    def await_output(self, words: str, seconds: float = PATIENCE) -> None:
        """Until it has written these words."""
        deadline = time.monotonic() + seconds
        while words not in self.output:
            ended = self._process.poll() is not None and words not in self.output
            assert not ended and time.monotonic() < deadline, f"no {words!r} in {self.output!r}\n{self.errors}"
            time.sleep(0.002)

    def kill(self, number: int = signal.SIGKILL) -> None:
        self._process.send_signal(number)

    def outcome(self, deadline: float) -> Outcome:
        """Waits for its end. A process that does not end by itself fails the test."""
        try:
            self._process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pytest.fail(f"process {self.pid} does not end: {self._process.args}\n{self.output}\n{self.errors}")
        return Outcome(self._process.returncode, self.output, self.errors)

    def has_children(self) -> bool:
        """Whether processes that it started are left."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class Job:
    """Processes with a key of their own."""

    def __init__(self, package: Package, directory: Path):
        self.key = f"test-{uuid.uuid4()}"
        self.processes: list[Process] = []
        self._environment = package.environment
        self._directory = directory

    def start(self, *command, **variables: object) -> Process:
        """Starts a program in the package's environment and with more variables."""
        environment = self._environment | {name: str(value) for name, value in variables.items()}
        process = Process(command, environment, self._directory / f"process{len(self.processes)}")
        self.processes.append(process)
        return process

    def outcomes(self, seconds: float = PATIENCE) -> list[Outcome]:
        """How the processes ended, in the order in which they were started. None may have left others behind."""
        deadline = time.monotonic() + seconds
        outcomes = [process.outcome(deadline) for process in self.processes]
        assert not any(process.has_children() for process in self.processes)
        return outcomes

    def close(self) -> None:
        for process in self.processes:
            process.close()


@pytest.fixture
def job(package, tmp_path):
    made = Job(package, tmp_path)
    yield made
    made.close()


@pytest.fixture
def job_950(package_950, tmp_path):
    made = Job(package_950, tmp_path)
    yield made
    made.close()
