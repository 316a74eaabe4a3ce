"""The example of the specification, compiled unchanged. It wants FP8 and "ccu": of the machines, Ascend 950."""

import re
from pathlib import Path

import pytest

SPECIFICATIONS = sorted((Path(__file__).parents[3] / "shared" / "spec").glob("*.txt"))
RANKS = 4  # DEV_NUM of the example

pytestmark = [
    pytest.mark.skipif(not SPECIFICATIONS, reason="the specification is not here"),
    pytest.mark.usefixtures("turn"),
]


def compiled(package, tmp_path_factory):
    (text,) = re.findall(r"^```c\+\+\n(.*?)^```", SPECIFICATIONS[0].read_text(), re.DOTALL | re.MULTILINE)
    directory = tmp_path_factory.mktemp("specification")
    source = directory / "example.cpp"
    source.write_text(text)
    return package.compile(source, directory / "example", "-Wno-format-security", "-Wno-implicit-fallthrough")


@pytest.fixture(scope="module")
def example(package, tmp_path_factory):
    return compiled(package, tmp_path_factory)


def start(job, example, **variables):
    for rank in range(RANKS):
        job.start(example, "--rank_id", rank, **variables)


def test_each_rank_is_refused_with_every_reason(job, example):
    start(job, example)
    for rank, outcome in enumerate(job.outcomes()):
        assert outcome.errors == ""
        assert f"[INFO] rankId = {rank}\n" in outcome.output
        assert f"[INFO] rank = {rank}, hcomName = " in outcome.output
        assert "aclnnAllGatherMatmulV2GetWorkspaceSize failed. ret = 161002" in outcome.output
        assert outcome.status != 0
        message = outcome.output[outcome.output.index("[ERROR] aclnnAllGatherMatmulV2") :]
        for argument, given, allowed in (
            ("x1", "FLOAT8_E4M3FN", "FLOAT16"),
            ("x2", "FLOAT8_E4M3FN", "FLOAT16"),
            ("commMode", "ccu", "aiv"),
        ):
            assert re.search(rf"\b{argument}\b[^\n]*{given}[^\n]*{allowed}", message), argument


def test_messages_are_not_printed_if_they_are_not_wanted(job, example):
    start(job, example, ASCEND_SLOG_PRINT_TO_STDOUT=0)
    for outcome in job.outcomes():
        assert "ret = 161002" in outcome.output
        assert "commMode" not in outcome.output + outcome.errors


def test_on_ascend_950_each_rank_reports_success(package_950, job_950, tmp_path_factory):
    start(job_950, compiled(package_950, tmp_path_factory), DOVETAIL_SOC="Ascend950")
    for rank, outcome in enumerate(job_950.outcomes()):
        assert (outcome.errors, outcome.status) == ("", 0), outcome.output
        assert f"[INFO] rankId = {rank}\n" in outcome.output
        assert f"[INFO] device_{rank} aclnnAllGatherMatmulV2 execute successfully.\n" in outcome.output
        assert "[ERROR]" not in outcome.output
