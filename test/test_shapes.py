"""A sample of the shapes that all-gather + matmul is held to; `python test/nightly.py` tries all of them."""

import pytest
import shapes


@pytest.mark.parametrize("case", shapes.sample_of_cases(), ids=str)
def test_shape(case):
    faults = list(shapes.failures(case))
    assert not faults, "\n".join(faults)


def test_the_cases_of_a_large_shape_have_all_variants_between_them():
    large = [case for case in shapes.matrix_of_cases() if case.cost >= shapes.LARGE]
    assert len(large) % 4 == 0
    for shape in {(case.ranks, case.m, case.k, case.n) for case in large}:
        cases = [case for case in large if (case.ranks, case.m, case.k, case.n) == shape]
        assert sorted(map(str, shapes.VARIANTS)) == sorted(str(v) for case in cases for v in shapes.variants_of(case))


def test_the_sample_has_every_value():
    cases = shapes.sample_of_cases()
    assert {case.ranks for case in cases} == set(shapes.RANKS)
    assert {case.m for case in cases} == set(shapes.M)
    assert {case.k for case in cases} == set(shapes.K)
    assert {case.n for case in cases} == set(shapes.N)
    assert {(case.dtype, case.data) for case in cases} == {(a, b) for a in shapes.DTYPES for b in shapes.Data}
