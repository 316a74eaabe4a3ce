import re
from pathlib import Path

from dovetail.target import ascend_c
from dovetail.target.pipes import BARRIERS, CROSS_CORE_PIPES, EVENTS, KERNEL_TYPES, PIPES

PAGE = (Path(__file__).parents[2] / "docs" / "memory-model.md").read_text(encoding="utf-8")


def rows(after: str) -> list[list[str]]:
    table = PAGE.partition(after)[2].partition("\n\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_events_are_those_of_the_memory_model():
    stated = {core: tuple(re.split(r",?\s+", events)) for core, events in rows("- **F4**")}
    assert {core: set(events) for core, events in stated.items()} == {core: set(each) for core, each in EVENTS.items()}
    assert {f"HardEvent::{event}" for events in EVENTS.values() for event in events} <= set(ascend_c.API)


def test_pipes_are_those_of_the_memory_model():
    cores = {"both": {"AIC", "AIV"}, "AIC": {"AIC"}, "AIV": {"AIV"}}
    stated = {pipe: cores[where] for pipe, where, _ in rows("\n## Pipes")}
    assert stated == {pipe: {core for core in PIPES if pipe in PIPES[core]} for pipe in stated}
    assert {pipe for pipes in PIPES.values() for pipe in pipes} == set(stated)


def test_nothing_waits_for_scalars_to_be_complete():
    for core, pipes in PIPES.items():
        assert set(BARRIERS[core]) == set(pipes) - {"S"} | {"ALL"}
        assert set(CROSS_CORE_PIPES[core]) == set(pipes) - {"S"}


def test_types_of_kernels_are_the_vendors():
    assert {f"KernelMetaType::{name}" for name in KERNEL_TYPES} <= set(ascend_c.API)
