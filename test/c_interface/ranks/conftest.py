"""Ranks that tests command, of the program `ranks.cpp`.

Fixtures:
    start    makes a team of ranks, as processes and, in another run of the test, as threads: `start(2, "g")` has them
             join a communicator g, and gives each a stream s. Nothing may be left of a team when its test has ended
    as_processes, as_threads  the same, in one of the two ways
"""

from pathlib import Path

import pytest
from team import PATIENCE, Team, compiled


@pytest.fixture(scope="session")
def program(package, tmp_path_factory):
    return compiled(package, tmp_path_factory.mktemp("ranks") / "ranks", "ranks", "rank", "product", "gathered")


class Starter:
    def __init__(self, program: Path, package, directory: Path):
        self._program, self._package, self._directory = program, package, directory
        self.teams: list[Team] = []

    def start(self, count: int, as_threads: bool, *groups: str, links: float = 0, **variables: object) -> Team:
        # Messages are asked for, and must not get between the replies. Ranks have more patience than the tests: what a
        # test is to hear of does not come from a time-out, unless it sets one.
        settings = {"ASCEND_SLOG_PRINT_TO_STDOUT": 0, "DOVETAIL_TIMEOUT": 10 * PATIENCE, **variables}
        environment = self._package.environment | {name: str(value) for name, value in settings.items()}
        directory = self._directory / f"team{len(self.teams)}"
        team = Team(self._program, count, as_threads, environment, directory)
        self.teams.append(team)
        for group in groups:
            team.join(group, links=links)
        team.do("stream", "s")
        return team


@pytest.fixture
def starter(program, package, tmp_path):
    made = Starter(program, package, tmp_path)
    yield made
    for team in made.teams:
        team.close()
    assert [team.remains() for team in made.teams] == [[] for _ in made.teams]


@pytest.fixture(params=["processes", "threads"])
def start(starter, request):
    as_threads = request.param == "threads"
    return lambda count, *groups, **options: starter.start(count, as_threads, *groups, **options)


@pytest.fixture
def as_processes(starter):
    return lambda count, *groups, **options: starter.start(count, False, *groups, **options)


@pytest.fixture
def as_threads(starter):
    return lambda count, *groups, **options: starter.start(count, True, *groups, **options)
