"""The programs of examples/c: they check their own numbers."""

import re
import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "c"

VARIANTS = [[], ["--transposed-x2"], ["--no-gather-out"], ["--transposed-x2", "--no-gather-out"]]
# Rows, depth and columns that no tile divides; one of each where there may be one.
SHAPES = [(1, 256, 1), (1, 256, 16), (7, 300, 33), (129, 257, 31), (200, 515, 130)]


def start_processes(job, examples, ranks, *options, program=""):
    for rank in range(ranks):
        job.start(
            examples / f"one_process_per_rank{program}", "--rank", rank, "--ranks", ranks, "--key", job.key, *options
        )


def start_threads(job, examples, ranks, *options, program=""):
    job.start(examples / f"one_thread_per_rank{program}", "--ranks", ranks, *options)


def sizes(m, k, n):
    return ["--m", m, "--k", k, "--n", n]


def assert_all_pass(outcomes, ranks, gather_out=True):
    assert [(each.status, each.errors) for each in outcomes] == [(0, "")] * len(outcomes)
    lines = sorted(line for each in outcomes for line in each.output.splitlines())
    gathered = "equal" if gather_out else "not asked for"
    assert len(lines) == ranks
    for rank, line in enumerate(lines):
        assert re.fullmatch(
            rf"rank {rank} of {ranks}: error of output \d+ % of what is allowed, gatherOut {gathered}: PASS", line
        )


@pytest.mark.parametrize("start", [start_processes, start_threads])
@pytest.mark.parametrize("options", VARIANTS, ids=" ".join)
@pytest.mark.parametrize("ranks", [2, 4, 8])
def test_every_variant_on_every_number_of_ranks(job, examples, start, ranks, options):
    start(job, examples, ranks, *options)
    assert_all_pass(job.outcomes(), ranks, gather_out="--no-gather-out" not in options)


@pytest.mark.parametrize("start", [start_processes, start_threads])
@pytest.mark.parametrize("transposed", [[], ["--transposed-x2"]], ids=["", "transposed"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_odd_shapes(job, examples, start, shape, transposed):
    start(job, examples, 2, *sizes(*shape), *transposed)
    assert_all_pass(job.outcomes(), 2)


def test_two_jobs_at_once(job, examples):
    for key in (job.key, f"{job.key}-too"):
        for rank in range(2):
            job.start(examples / "one_process_per_rank", "--rank", rank, "--ranks", 2, "--key", key)
    outcomes = job.outcomes()
    assert_all_pass(outcomes[:2], 2)
    assert_all_pass(outcomes[2:], 2)


@pytest.mark.parametrize("start", [start_processes, start_threads])
@pytest.mark.parametrize("options", [[], ["--transposed-x2", "--no-gather-out", *sizes(7, 300, 33)]], ids=str)
def test_int8_with_scales_of_tokens_and_channels(job, examples, start, options):
    start(job, examples, 2, *options, program="_int8")
    outcomes = job.outcomes()
    assert [(each.status, each.errors) for each in outcomes] == [(0, "")] * len(outcomes)
    gathered = "not asked for" if "--no-gather-out" in options else "equal"
    assert sorted(line for each in outcomes for line in each.output.splitlines()) == [
        f"rank {rank} of 2: output equal in every bit, gatherOut {gathered}: PASS" for rank in range(2)
    ]


# -- a wrong result ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("DoubleOf(output[row * n + column])", "DoubleOf(output[column * n + row])", "gatherOut equal: FAIL"),
        ("!= ElementOfX1(rank, row, column)", "!= ElementOfX1(rank, row, column + 1)", "gatherOut WRONG: FAIL"),
    ],
)
def test_a_wrong_result_is_seen(job, package, tmp_path, right, wrong, said):
    """With references that expect something else."""
    for source in EXAMPLES.glob("*.[ch]"):
        shutil.copy(source, tmp_path)
    problem = tmp_path / "problem.c"
    text = problem.read_text()
    assert text.count(right) == 1
    problem.write_text(text.replace(right, wrong))
    others = [str(tmp_path / "multiply.c"), str(tmp_path / "check.c"), str(problem)]
    program = package.compile(tmp_path / "one_thread_per_rank.c", tmp_path / "program", *others)
    job.start(program, "--ranks", 2, *sizes(16, 256, 32))
    (outcome,) = job.outcomes()
    assert outcome.status == 1
    assert outcome.output.count(said) == 2
    assert "PASS" not in outcome.output


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("(float)sum * scale", "(float)(sum + 1) * scale", "output WRONG, gatherOut equal: FAIL"),
        ("X2Scale(column);\n            const", "1.0009765f * X2Scale(column);\n            const", "output WRONG"),
        ("gathered % problem->m, column)", "gathered % problem->m, column + 1)", "gatherOut WRONG: FAIL"),
    ],
    ids=["sum", "scale", "gathered"],
)
def test_a_wrong_result_of_int8_is_seen(job, package, tmp_path, right, wrong, said):
    for source in EXAMPLES.glob("*.[ch]"):
        shutil.copy(source, tmp_path)
    quantised = tmp_path / "quantised.c"
    text = quantised.read_text()
    assert text.count(right) == 1
    quantised.write_text(text.replace(right, wrong))
    others = [str(tmp_path / f"{name}.c") for name in ("quantised", "check", "problem")]
    program = package.compile(tmp_path / "one_thread_per_rank.c", tmp_path / "program", *others)
    job.start(program, "--ranks", 2, *sizes(16, 256, 32))
    (outcome,) = job.outcomes()
    assert outcome.status == 1
    assert outcome.output.count(said) == 2 and "PASS" not in outcome.output


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "words", "said"),
    [
        ("one_process_per_rank", [], "--rank and --key are needed"),
        ("one_process_per_rank", ["--rank", 0], "--rank and --key are needed"),
        ("one_process_per_rank", ["--rank", "x", "--key", "k"], "--rank is 'x'; allowed is a whole number from 0 to"),
        ("one_process_per_rank", ["--rank", 0, "--key", "k" * 5000], "--key has 5000 characters; allowed are 4107"),
        ("one_thread_per_rank", ["--rank", 0], "--rank and --key are not for this program"),
        ("one_thread_per_rank", ["--colour"], "unrecognized option '--colour'"),
        ("one_thread_per_rank", ["--m", "0"], "--m is '0'; allowed is a whole number from 1 to"),
        ("one_thread_per_rank", ["--k", "1e3"], "--k is '1e3'"),
        ("one_thread_per_rank", ["--n"], "option '--n' requires an argument"),
        ("one_thread_per_rank", ["four"], "'four' is no option"),
    ],
)
def test_wrong_usage(job, examples, program, words, said):
    job.start(examples / program, *words)
    (outcome,) = job.outcomes()
    assert (outcome.status, outcome.output) == (2, "")
    assert said in outcome.errors


@pytest.mark.parametrize("start", [start_processes, start_threads])
@pytest.mark.parametrize(
    ("ranks", "options", "said"),
    [
        (2, ["--k", 255], "k of x1 is 255; allowed on Ascend910B3 are 256 to 65534"),
        (3, [], "has 3 ranks; allowed on Ascend910B3 are 2, 4, 8"),
    ],
    ids=["k", "ranks"],
)
def test_what_the_operator_refuses(job, examples, start, ranks, options, said):
    start(job, examples, ranks, *options)
    outcomes = job.outcomes()
    refused = [each for each in outcomes if ": aclnnAllGatherMatmulV2GetWorkspaceSize returned" in each.errors]
    assert refused and all(each.status == 1 and "PASS" not in each.output for each in outcomes)
    for outcome in refused:
        assert "returned 161002\n" in outcome.errors
        assert said in outcome.errors


def test_more_ranks_than_devices(job, examples):
    job.start(examples / "one_thread_per_rank", "--ranks", 4, DOVETAIL_DEVICES=2)
    (outcome,) = job.outcomes()
    assert outcome.status == 1
    assert re.search(r"HcclCommInitAll returned \d+\n.*device 2", outcome.errors)


def test_one_rank_that_stays_away(job, examples):
    job.start(examples / "one_process_per_rank", "--rank", 0, "--ranks", 2, "--key", job.key, HCCL_CONNECT_TIMEOUT=1)
    (outcome,) = job.outcomes()
    assert outcome.status == 1
    assert re.search(r"HcclCommInitRootInfo returned 9\n.*rank 1", outcome.errors)
