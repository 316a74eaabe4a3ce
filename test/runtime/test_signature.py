import ml_dtypes
import numpy
import pytest

from dovetail.runtime.signature import ArgumentError, Extent, Parameter, Signature

M, K, N = (Extent((size,)) for size in "mkn")
SIGNATURE = Signature(
    "all_gather_matmul",
    (
        Parameter("x1", "float16", M, K, gathered=True),
        Parameter("x2", "float16", K, N),
        Parameter("output", "float16", Extent.parse("ranks * m"), N, output=True),
    ),
    ("m", "k", "n"),
)
TRANSPOSED = Signature(
    "matmul", (Parameter("x1", "float16", M, K), Parameter("x2", "float16", K, N, transposed=True)), ("m", "k", "n")
)


def half(*shape):
    return numpy.ones(shape, numpy.float16)


def test_sizes_come_from_the_arrays():
    sizes, inputs = SIGNATURE.bind([[half(2, 3), half(2, 3)], half(3, 5)], 2)
    assert sizes == {"m": 2, "k": 3, "n": 5}
    assert [[array.shape for array in arrays] for arrays in inputs] == [[(2, 3), (3, 5)]] * 2
    assert SIGNATURE.outputs[0].shape(sizes, 2) == (4, 5)


def test_arrays_are_used_where_they_are():
    x1, x2 = half(2, 3), half(3, 5)
    _, inputs = SIGNATURE.bind([x1, x2], 2)
    assert all(arrays[0] is x1 and arrays[1] is x2 for arrays in inputs)


def test_a_transposed_input_is_used_where_it_is():
    x2 = half(5, 3)
    _, [arrays] = TRANSPOSED.bind([half(2, 3), x2.T], 1)
    assert arrays[1].shape == (3, 5)
    assert arrays[1].ctypes.data == x2.ctypes.data


def test_another_layout_is_copied_once():
    x2 = numpy.arange(15, dtype=numpy.float16).reshape(5, 3).T
    _, inputs = SIGNATURE.bind([half(2, 3), x2], 2)
    assert inputs[0][1] is inputs[1][1]
    assert inputs[0][1].flags.c_contiguous
    assert (inputs[0][1] == x2).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([half(2, 3)], ["takes 2 inputs (x1, x2), not 1"]),
        ([half(2, 3), half(4, 5)], ["x2 has 4 rows", "k = 3", "as x1 has"]),
        ([half(2, 3).astype(ml_dtypes.bfloat16), half(3, 5)], ["x1 is of bfloat16", "float16"]),
        ([half(2, 3), half(3, 5, 1)], ["x2 has 3 dimensions", "[k, n]"]),
        ([[half(2, 3)] * 3, half(3, 5)], ["x1 has 3 arrays for 2 ranks"]),
        ([[half(2, 3), half(4, 3)], half(3, 5)], ["x1 has 4 rows", "m = 2"]),
        ([half(2, 3), "x2"], ["x2 must be a numpy array", "not str"]),
        ([[half(2, 3), None], half(3, 5)], ["x1 of rank 1", "NoneType"]),
        ([half(0, 3), half(3, 5)], ["x1 has no rows"]),
    ],
)
def test_errors_name_the_argument_and_what_is_allowed(arguments, words):
    with pytest.raises(ArgumentError) as error:
        SIGNATURE.bind(arguments, 2)
    for word in words:
        assert word in str(error.value)


def test_a_size_stays_within_its_limit():
    limited = Signature("limited", SIGNATURE.parameters, SIGNATURE.sizes, {"n": "k"})
    limited.bind([half(2, 3), half(3, 3)], 2)
    with pytest.raises(ArgumentError, match="n = 5 exceeds k = 3"):
        limited.bind([half(2, 3), half(3, 5)], 2)
