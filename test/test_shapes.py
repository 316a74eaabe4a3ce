"""A sample of the shapes that all-gather + matmul is held to; `python test/nightly.py` tries all of them."""

import pytest
import shapes


@pytest.mark.parametrize("case", shapes.sample_of_cases(), ids=str)
def test_shape(case):
    faults = list(shapes.failures(case))
    assert not faults, "\n".join(faults)


def test_the_sample_has_every_value():
    cases = shapes.sample_of_cases()
    assert {case.ranks for case in cases} == set(shapes.RANKS)
    assert {case.m for case in cases} == set(shapes.M)
    assert {case.k for case in cases} == set(shapes.K)
    assert {case.n for case in cases} == set(shapes.N)
    assert {(case.dtype, case.data) for case in cases} == {(a, b) for a in shapes.DTYPES for b in shapes.Data}
