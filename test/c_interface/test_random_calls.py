"""A short campaign of random_calls.py; `python test/c_interface/random_calls.py` is a long one."""

import pytest
from random_calls import OPERATOR, campaign

from dovetail import driver


@pytest.fixture(scope="module")
def campaigns(package, package_950, sanitized_libraries):
    atlas, ascend_950 = OPERATOR.products
    form = driver.operator_form(OPERATOR, target="ascend950", dtype="float8_e4m3fn")
    return [
        campaign(atlas, driver.operator_package(OPERATOR), package.directory, sanitized_libraries),
        campaign(ascend_950, form, package_950.directory, sanitized_libraries),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=[product.name for product in OPERATOR.products])
def test_random_calls_are_answered_as_predicted(campaigns, which):
    faults, codes = campaigns[which].run(calls=400, launches=8, seed=1)
    assert not faults, faults[0]
    assert min(codes[0], codes[161001], codes[161002]) >= 10 and codes["launched"] == 8
