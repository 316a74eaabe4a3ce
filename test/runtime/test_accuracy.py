"""The comparison with the oracle finds what is wrong, and takes what is right."""

import math

import ml_dtypes
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.runtime import accuracy, oracle
from dovetail.runtime.oracle import Data
from dovetail.runtime.signature import DTYPES, Extent, Parameter, Signature
from dovetail.runtime.trial import Trial

M, K, N = (Extent((size,)) for size in "mkn")
ROWS = Extent.parse("ranks * m")


def signature(dtype="float16"):
    return Signature(
        "all_gather_matmul",
        (
            Parameter("x1", dtype, M, K, gathered=True),
            Parameter("x2", dtype, K, N),
            Parameter("output", dtype, ROWS, N, output=True),
            Parameter("gather_out", dtype, ROWS, K, output=True),
        ),
        ("m", "k", "n"),
    )


def reference(x1, x2):
    gathered = numpy.concatenate(x1)
    return {"output": gathered @ x2, "gather_out": gathered}


def trial(data=Data.RANDOM, dtype="float16", m=5, k=300, n=33, ranks=2):
    return Trial(signature(dtype), reference, {"m": m, "k": k, "n": n}, ranks, data)


def good_outputs(made):
    """What a kernel gives that accumulates in float32 and rounds once."""
    dtype = made.arguments[0][0].dtype
    x1 = [each.astype(numpy.float32) for each in made.arguments[0]]
    return [
        {name: value.astype(dtype) for name, value in reference(x1, x2.astype(numpy.float32)).items()}
        for x2 in made.arguments[1]
    ]


def verdicts(made, outputs):
    return {each.output: each for each in made.compare(outputs)}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("data", list(Data))
@pytest.mark.parametrize("block", [1, 100, 1 << 22])
def test_right_outputs_pass(monkeypatch, dtype, data, block):
    monkeypatch.setattr(oracle, "BLOCK_ELEMENTS", block)
    made = trial(data, dtype)
    found = verdicts(made, good_outputs(made))
    assert all(each.passed and not each.fault for each in found.values())
    assert found["output"].exact == (data is Data.INTEGERS)
    assert found["gather_out"].exact
    assert found["output"].elements == 2 * 10 * 33


@pytest.mark.parametrize("block", [1, 1 << 22])
def test_one_wrong_element_is_found_and_named(monkeypatch, block):
    monkeypatch.setattr(oracle, "BLOCK_ELEMENTS", block)
    made = trial()
    outputs = good_outputs(made)
    outputs[1]["output"][7, 32] += 0.5
    output = verdicts(made, outputs)["output"]
    assert not output.passed
    assert "1 of 660 elements are wrong" in output.fault
    assert "rank 1, row 7, column 32" in output.fault


def test_an_unwritten_element_is_called_so():
    made = trial()
    outputs = good_outputs(made)
    outputs[0]["gather_out"].view(numpy.uint16)[9, 299] = 0xFFFF
    found = verdicts(made, outputs)["gather_out"]
    assert not found.passed
    assert "never written" in found.fault and "row 9, column 299" in found.fault
    assert found.largest_error == math.inf


def test_a_copy_must_be_exact():
    made = trial()
    outputs = good_outputs(made)
    bits = outputs[0]["gather_out"].view(numpy.uint16)
    bits[0, 0] ^= 1
    assert not verdicts(made, outputs)["gather_out"].passed


def test_integers_must_be_equal_bit_for_bit():
    made = trial(Data.INTEGERS)
    outputs = good_outputs(made)
    outputs[0]["output"].view(numpy.uint16)[3, 3] ^= 1
    found = verdicts(made, outputs)["output"]
    assert found.exact and not found.passed


def test_sums_rounded_to_the_output_type_on_the_way_do_not_pass():
    made = trial(dtype="bfloat16", k=2000)
    outputs = good_outputs(made)
    for own, x2 in zip(outputs, made.arguments[1]):
        x1 = numpy.concatenate(made.arguments[0]).astype(numpy.float32)
        half = (x1[:, :1000] @ x2[:1000].astype(numpy.float32)).astype(ml_dtypes.bfloat16).astype(numpy.float32)
        own["output"] = (half + x1[:, 1000:] @ x2[1000:].astype(numpy.float32)).astype(ml_dtypes.bfloat16)
    found = verdicts(made, outputs)["output"]
    assert not found.passed


def test_truncation_instead_of_rounding_does_not_pass():
    made = trial(dtype="bfloat16", m=40, n=200)
    outputs = good_outputs(made)
    for own, x2 in zip(outputs, made.arguments[1]):
        exact = numpy.concatenate(made.arguments[0]).astype(numpy.float32) @ x2.astype(numpy.float32)
        own["output"] = (exact.view(numpy.uint32) >> 16).astype(numpy.uint16).view(ml_dtypes.bfloat16)
    found = verdicts(made, outputs)["output"]
    assert not found.wrong  # each element is within one unit in the last place
    assert "root mean square error" in found.fault


def test_the_reference_must_give_the_outputs():
    made = trial()
    outputs = good_outputs(made)
    made.reference = lambda x1, x2: {"output": numpy.concatenate(x1) @ x2}
    with pytest.raises(oracle.ReferenceError, match="gives output, but no 'gather_out'"):
        made.compare(outputs)
    made.reference = lambda x1, x2: {"output": x2, "gather_out": x2}
    with pytest.raises(oracle.ReferenceError, match=r"gives output as \(300, 33\), not as \(10, 33\)"):
        made.compare(outputs)
    made.reference = lambda x1, x2: x1.shape
    with pytest.raises(oracle.ReferenceError, match="reference of all_gather_matmul failed: AttributeError"):
        made.compare(outputs)


@given(st.floats(-65472, 65472, width=16, allow_subnormal=True), st.sampled_from(["float16", "bfloat16"]))
@settings(max_examples=200)
def test_unit_in_last_place_is_the_distance_to_the_next_number(value, name):
    dtype = DTYPES[name]
    here = numpy.abs(numpy.array(value, dtype))
    above = (here.view(numpy.uint16) + numpy.uint16(1)).view(dtype).astype(numpy.float64)
    unit = oracle.unit_in_last_place(here.astype(numpy.float64), dtype)
    assert unit == above - here.astype(numpy.float64)


def test_depth_is_the_number_of_products():
    made = trial(ranks=1)
    [output, gather_out] = oracle.expectations(signature(), reference, made.arguments, 1)
    absolute = [numpy.abs(each.astype(numpy.float64)) for [each] in made.arguments]
    unit = oracle.unit_in_last_place(output.exact, DTYPES["float16"])
    assert numpy.allclose(output.allowed, unit + 300 * 2.0**-24 * (absolute[0] @ absolute[1]), rtol=1e-12)
    assert gather_out.allowed is None


def test_comparison_of_ranks_that_share_inputs_asks_the_reference_once_per_block():
    calls = []

    def counting(x1, x2):
        calls.append(x2.dtype)
        return reference(x1, x2)

    x1, x2 = [numpy.ones((2, 3), numpy.float16)] * 4, numpy.ones((3, 5), numpy.float16)
    list(oracle.expectations(signature(), counting, [x1, x2], 4, Data.INTEGERS))
    assert calls == [numpy.float32]


def test_comparison_is_true_of_nothing_written():
    result = accuracy.Comparison("output", elements=4, wrong=4, first_wrong="here")
    assert not result.passed
