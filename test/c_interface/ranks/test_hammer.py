"""Calls from many threads at once."""

from team import compiled


def test_threads_streams_and_groups_at_once(job, package, tmp_path):
    job.start(compiled(package, tmp_path / "hammer", "hammer", "product"), ASCEND_SLOG_PRINT_TO_STDOUT=0)
    (outcome,) = job.outcomes()
    assert (outcome.status, outcome.errors) == (0, "")
