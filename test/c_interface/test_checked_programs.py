"""Programs in C under the checker, which the environment asks for."""

import re
import shutil

import pytest

from dovetail.driver import operator_package
from dovetail.runtime.build import build

CHECKED = {"DOVETAIL_MODE": "checked"}
FAILED = 507015  # what a synchronisation returns after a launch that failed
# Keeps what is loaded behind the counter that tells of it.
ORDER = re.compile(r"^ +(Set|Wait)Flag<HardEvent::S_MTE2>\(EVENT_ID1\);\n", re.MULTILINE)


@pytest.fixture(scope="module")
def faulty(package, tmp_path_factory):
    """The environment of a package whose kernels load data beside the counter that tells of them."""
    directory = tmp_path_factory.mktemp("faulty") / "package"
    shutil.copytree(package.directory, directory)
    made = operator_package("all_gather_matmul_v2", dtypes=["float16"])
    for variant in made.variants:
        source = made.compile(variant).generated
        edited = directory / f"{variant.name}.cpp"
        text, removed = ORDER.subn("", source.device)
        assert removed == 2
        edited.write_text(text)
        (kernel,) = directory.rglob(f"{variant.name}.so")
        kernel.unlink()
        shutil.copy(build(source.with_device_source(edited)).object, kernel)
    return type(package)(directory).environment


def start_processes(job, examples, **variables):
    for rank in range(2):
        job.start(
            examples / "one_process_per_rank", "--rank", rank, "--ranks", 2, "--key", job.key, "--m", 40, **variables
        )


def start_threads(job, examples, **variables):
    job.start(examples / "one_thread_per_rank", "--ranks", 2, "--m", 40, **variables)


IN_BOTH_WAYS = pytest.mark.parametrize("start", [start_processes, start_threads])


@IN_BOTH_WAYS
@pytest.mark.parametrize("seed", range(3))
def test_a_correct_program_passes(job, examples, start, seed):
    start(job, examples, **CHECKED, DOVETAIL_SEED=seed)
    assert [(each.status, each.errors) for each in job.outcomes()] == [(0, "")] * len(job.processes)


@IN_BOTH_WAYS
def test_synchronising_reports_a_race(job, examples, start, faulty):
    start(job, examples, **{**faulty, **CHECKED, "DOVETAIL_SEED": 5})
    for outcome in job.outcomes():
        assert outcome.status == 1 and "PASS" not in outcome.output
        assert f"aclrtSynchronizeStream returned {FAILED}\n" in outcome.errors
        assert re.search(r"race: bytes \[\d+, \d+\) of (the window|UB) of rank [01]", outcome.errors), outcome.errors
        assert "nothing orders" in outcome.errors and "seed 5" in outcome.errors


def test_without_the_checker_the_race_is_not_seen(job, examples, faulty):
    start_threads(job, examples, **{**faulty, "DOVETAIL_MODE": "fast"})
    (outcome,) = job.outcomes()
    assert (outcome.status, outcome.errors) == (0, "")


@pytest.mark.parametrize("checked", [0, 1])
def test_ranks_in_different_modes(job, examples, checked):
    for rank in range(2):
        mode = "checked" if rank == checked else "fast"
        words = ["--rank", rank, "--ranks", 2, "--key", job.key]
        job.start(examples / "one_process_per_rank", *words, DOVETAIL_MODE=mode)
    for outcome in job.outcomes():
        assert outcome.status == 1
        assert "HcclCommInitRootInfo returned" in outcome.errors
        assert "the ranks contradict each other in modes (usually what DOVETAIL_MODE says): " in outcome.errors
        assert "fast of rank" in outcome.errors and "checked of rank" in outcome.errors


@IN_BOTH_WAYS
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DOVETAIL_MODE", "quick", "DOVETAIL_MODE is 'quick'; allowed are fast and checked"),
        ("DOVETAIL_SEED", "0x7", "DOVETAIL_SEED is '0x7'; allowed is a whole number of up to 18 digits"),
    ],
)
def test_bad_values(job, examples, start, variable, value, said):
    start(job, examples, **{**CHECKED, variable: value})
    for outcome in job.outcomes():
        assert outcome.status == 1
        assert re.search(r"HcclCommInit\w+ returned \d+\n", outcome.errors)
        assert said in outcome.errors
