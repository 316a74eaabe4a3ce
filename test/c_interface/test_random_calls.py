"""A short campaign of random_calls.py; `python test/c_interface/random_calls.py` is a long one."""

import pytest
from random_calls import OPERATOR, campaign


@pytest.fixture(scope="module")
def campaigns(package, package_950, sanitized_libraries):
    return [
        campaign(product, each.made, each.directory, sanitized_libraries)
        for product, each in zip(OPERATOR.products, (package, package_950))
    ]


@pytest.mark.parametrize("which", [0, 1], ids=[product.name for product in OPERATOR.products])
def test_random_calls_are_answered_as_predicted(campaigns, which):
    faults, codes = campaigns[which].run(calls=400, launches=8, seed=1)
    assert not faults, faults[0]
    assert min(codes[0], codes[161002]) >= 100 and codes[161001] > 0 and codes["launched"] == 8
