import pytest

from dovetail.target.machine import FAMILIES, MACHINES, machine


def test_names():
    assert machine("ascend910b").name == "Ascend910B3"
    assert machine("ASCEND910_9391").family == "ascend910_93"
    assert all(machine(family).family == family for family in FAMILIES)
    with pytest.raises(ValueError, match=r"'h100': targets are ascend910b, .*; machines are Ascend910B1"):
        machine("h100")


@pytest.mark.parametrize("chip", MACHINES.values(), ids=lambda chip: chip.name)
def test_what_a_kernel_may_use_lies_within_what_there_is(chip):
    for memory in ("l1", "l0a", "l0b", "l0c", "ub", "bt", "fb"):
        assert 0 < chip.capacity(memory) <= getattr(chip, memory)
        assert chip.capacity(memory) % chip.limits.block_bytes == 0
    assert chip.alignment("l0a") == chip.limits.fractal_bytes
