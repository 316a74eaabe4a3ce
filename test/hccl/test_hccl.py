"""Communicators, launches and collectives of one process, under sanitizers."""

import pytest


@pytest.mark.parametrize("name", ["communicators", "collectives"])
def test_program(programs, name):
    programs.run(name)


def test_launches(programs, gather):
    programs.run("launches", gather)
