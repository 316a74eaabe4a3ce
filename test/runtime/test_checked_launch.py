"""Checked execution from Python: one seed, one run; races, hangs and dead ranks, in one process and as processes."""

import hashlib
import os
import signal
import threading
import time

import numpy
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.runtime.checking import Check
from dovetail.runtime.communicator import Communicator
from dovetail.runtime.device import DeviceError
from dovetail.runtime.kernel import Kernel

IN_ONE_PROCESS_AND_AS_PROCESSES = pytest.mark.parametrize("processes", [False, True], ids=["contexts", "processes"])

# The counter tells of rows that are sent only then.
COUNTER_FIRST = (
    "            Copy(target, source, piece, count);\n"
    "            Write(Counter(window, kArrival + 32 * rank), word, epoch + 1);\n",
    "            Write(Counter(window, kArrival + 32 * rank), word, epoch + 1);\n"
    "            Copy(target, source, piece, count);\n",
)
STUCK = "word, epoch);\n            target", "word, epoch + 9);\n            target"  # waits for what never comes
FOREVER = (
    "        GlobalTensor<half> source, target;",
    "        while (ranks > 0) {\n            Write(Counter(own, 8000), word, epoch);\n        }\n"
    "        GlobalTensor<half> source, target;",
)
ONE_RANK_FAILS = (
    "        GlobalTensor<half> source, target;",
    "        if (rank == 1) {\n            word.SetValue(16, 0);\n        }\n"
    "        GlobalTensor<half> source, target;",
)


def rows_of(ranks, m=7, k=50):
    random = numpy.random.default_rng(0)
    return [random.standard_normal((m, k), numpy.float32).astype(numpy.float16) for _ in range(ranks)]


@pytest.fixture
def edited(gather_signature, gather_source, tmp_path):
    """The kernel with one place changed."""

    def make(old, new):
        assert gather_source.device.count(old) == 1
        path = tmp_path / "edited.cpp"
        path.write_text(gather_source.device.replace(old, new))
        return Kernel.load(gather_signature, gather_source.with_device_source(path))

    return make


def run(kernel, chip, launches=2, **options):
    """What launches of a kernel on three ranks come to: a digest of their outputs, or what an error says."""
    digest = hashlib.sha256()
    try:
        with Communicator(3, chip, mode="checked", **options) as communicator:
            for _ in range(launches):
                for outputs in communicator.run(kernel, [rows_of(3)], blocks=1).outputs:
                    digest.update(outputs["output"].tobytes())
    except DeviceError as error:
        return str(error)
    return digest.hexdigest()


# -- one seed, one run --


def test_a_seed_gives_one_order_and_another_seed_another(edited, chip):
    """What comes of a race shows the order."""
    racing = edited(*COUNTER_FIRST)
    results = [[run(racing, chip, seed=seed, check=Check(passes_races=True)) for _ in range(3)] for seed in range(8)]
    assert [len(set(of_seed)) for of_seed in results] == [1] * 8
    assert len({of_seed[0] for of_seed in results}) > 2


def test_a_seed_gives_one_report_and_names_itself(edited, chip):
    racing = edited(*COUNTER_FIRST)
    reports = [[run(racing, chip, seed=seed) for _ in range(3)] for seed in range(8)]
    assert [len(set(of_seed)) for of_seed in reports] == [1] * 8
    assert all(f"seed {seed}" in of_seed[0].splitlines()[-1] for seed, of_seed in enumerate(reports))
    assert len({of_seed[0].rpartition("seed")[0] for of_seed in reports}) > 1


def test_run_takes_mode_and_seed():
    operator = dt.compile("all_gather_matmul", schedule=dt.Schedule(tile=(16, 32, 64), chunk=16))
    x1 = [numpy.full((20, 70), rank + 1, numpy.float16) for rank in range(2)]
    x2 = numpy.ones((70, 33), numpy.float16)
    for outputs in operator.run(x1, x2, ranks=2, blocks=2, mode="checked", seed=7):
        assert (outputs["output"] == numpy.repeat([70, 140], 20)[:, None]).all()


# -- what is found --


def test_a_correct_kernel_passes(gather, chip):
    assert len({run(gather, chip, launches=3, seed=seed) for seed in range(20)}) == 1


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_a_race_between_ranks_is_found(edited, chip, processes):
    racing = edited(*COUNTER_FIRST)
    for seed in range(3 if processes else 20):
        report = run(racing, chip, seed=seed, processes=processes)
        assert "race: bytes [" in report and "of the window of rank" in report, report
        assert "nothing orders" in report
        assert report.count("DataCopyPad(") == 2


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_a_hang_ends_with_who_waits_for_what(edited, chip, processes):
    start = time.monotonic()
    report = run(edited(*STUCK), chip, processes=processes, timeout=20)
    assert time.monotonic() - start < 15  # it is known long before the time-out
    assert "hang: every core waits and none can wake another" in report
    for rank in range(3):
        assert f"rank {rank}, block 0, AIV 0 polls the window of rank {rank} at byte 4096, which holds 0" in report


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_a_rank_that_fails_ends_the_others(edited, chip, processes):
    before = traces()
    start = time.monotonic()
    report = run(edited(*ONE_RANK_FAILS), chip, processes=processes, timeout=20)
    assert time.monotonic() - start < 15
    assert "out of bounds: rank 1, block 0, AIV 0" in report
    assert traces() == before


def traces():
    """What a communicator may leave behind: shared memory, descriptors, threads."""
    return set(os.listdir("/dev/shm")), len(os.listdir("/proc/self/fd")), threading.active_count()


def test_a_rank_that_is_killed_ends_the_others_and_leaves_nothing(gather, edited, chip):
    busy = edited(*FOREVER)
    before = traces()
    communicator = Communicator(3, chip, processes=True, mode="checked", timeout=20)
    communicator.run(gather, [rows_of(3)], blocks=1)
    identifiers = communicator._ranks.identifiers
    killer = threading.Timer(0.5, os.kill, (identifiers[1], signal.SIGKILL))
    killer.start()
    start = time.monotonic()
    with pytest.raises(DeviceError, match="the process of rank 1 was killed by SIGKILL while it ran the kernel"):
        communicator.run(busy, [rows_of(3)], blocks=1)
    assert time.monotonic() - start < 15
    killer.join()
    for identifier in identifiers:
        with pytest.raises(ProcessLookupError):
            os.kill(identifier, 0)
    assert traces() == before


# -- mistakes --


def test_the_environment_says_the_mode_where_nobody_else_does(edited, chip, monkeypatch):
    racing = edited(*COUNTER_FIRST)
    monkeypatch.setenv("DOVETAIL_MODE", "checked")
    monkeypatch.setenv("DOVETAIL_SEED", "41")
    with Communicator(2, chip) as communicator, pytest.raises(DeviceError, match=r"race: (.*\n)*.*seed 41"):
        communicator.run(racing, [rows_of(2)], blocks=1)
    with Communicator(2, chip, seed=42) as communicator, pytest.raises(DeviceError, match=r"race: (.*\n)*.*seed 42"):
        communicator.run(racing, [rows_of(2)], blocks=1)
    with Communicator(2, chip, mode="fast") as communicator:
        communicator.run(racing, [rows_of(2)], blocks=1)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DOVETAIL_MODE", "quick", "DOVETAIL_MODE is 'quick'; allowed are fast and checked"),
        ("DOVETAIL_SEED", "one", "DOVETAIL_SEED is 'one'; allowed is a whole number of up to 18 digits"),
        ("DOVETAIL_SEED", "-1", "DOVETAIL_SEED is '-1'; allowed is a whole number of up to 18 digits"),
        ("DOVETAIL_SEED", "1" * 19, "allowed is a whole number of up to 18 digits"),
    ],
)
def test_bad_values_in_the_environment(chip, monkeypatch, variable, value, said):
    monkeypatch.setenv("DOVETAIL_MODE", "checked")
    monkeypatch.setenv(variable, value)
    for processes in (False, True):
        with pytest.raises(DeviceError, match=said):
            Communicator(2, chip, processes=processes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "quick"}, "mode 'quick'; allowed are fast and checked"),
        ({"mode": "checked", "seed": -1}, "seed -1; allowed are whole numbers from 0 on"),
        ({"mode": "checked", "seed": 2**63}, f"seed {2**63}; allowed are whole numbers from 0 on"),
        ({"mode": "checked", "seed": 1.5}, "seed 1.5; allowed are whole numbers from 0 on"),
        ({"mode": "checked", "seed": "1"}, "seed '1'; allowed are whole numbers from 0 on"),
    ],
    ids=str,
)
def test_bad_options(chip, options, said):
    with pytest.raises(ValueError, match=said):
        Communicator(2, chip, **options)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mode", "quick"], "invalid choice: 'quick'"),
        (["--mode", "checked", "--seed", "-1"], "'-1' is not a whole number from 0 on"),
        (["--mode", "checked", "--seed", "one"], "'one' is not a whole number from 0 on"),
        (["--mode", "checked", "--seeds", "0"], "'0' is not a whole number from 1 on"),
        (["--seeds", "3"], "--seeds are orders of a checked run: it goes with --mode checked"),
    ],
    ids=" ".join,
)
def test_bad_words_on_the_command_line(capsys, words, said):
    sizes = ["--m", "5", "--k", "20", "--n", "7"]
    assert cli.main(["run", "all_gather_matmul", *sizes, *words]) == 2
    assert said in capsys.readouterr().err


def test_the_command_says_what_was_checked(capsys):
    words = ["--m", "5", "--k", "20", "--n", "7", "--blocks", "2", "--mode", "checked", "--seed", "3", "--seeds", "4"]
    assert cli.main(["run", "all_gather_matmul", *words]) == 0
    said = capsys.readouterr().out
    assert "checked                      seeds 3 to 6: no race, no hang, no access out of place" in said
    assert said.endswith("PASS\n")
