# Mistakes in a kernel's parameters. Under each line is what its error underlines and says, as in test_mistakes.py.
# fmt: off
# ruff: noqa
import dovetail as dt


@dt.kernel
def missing(x1, output: dt.Output["m", "k"]):
#           ^~ error: x1 has no annotation
# help: say what it is: dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def of_another_kind(x1: int):
#                       ^~~ error: the annotation of x1 is not that of a matrix
# help: write dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def without_sizes(x1: dt.Matrix):
#                     ^~~~~~~~~ error: the annotation of x1 is not that of a matrix
# help: write dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def one_size(x1: dt.Matrix["m"]):
#                ^~~~~~~~~~~~~~ error: a matrix has two sizes, rows and columns, not 1
# help: write dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def fixed_size(x1: dt.Matrix["m", 256]):
#                  ^~~~~~~~~~~~~~~~~~~ error: 256 is not the name of a size
# help: sizes come at run time, or are 1: dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def output_of_one_row(x1: dt.Matrix["m", "k"], output: dt.Output[1, "k"]):
#                                                      ^~~~~~~~~~~~~~~~~ error: 1 is not the name of a size
# help: sizes come at run time, or are 1: dt.Matrix["m", "k"] for an input, dt.Output["m", "n"] for an output
    pass


@dt.kernel
def sum_of_sizes(x1: dt.Matrix["m", "k"], output: dt.Output["m + k", "k"]):
#                                                 ^~~~~~~~~~~~~~~~~~~~~~~ error: 'm + k' is not a size
# help: a size is a name, a product ("ranks * m") or, of inputs, a name with its limit ("depth <= k")
    pass


@dt.kernel
def product_of_input(x1: dt.Matrix["ranks * m", "k"]):
#                        ^~~~~~~~~~~~~~~~~~~~~~~~~~~ error: 'ranks * m' is not the size of an input
# help: give the size a name of its own
    pass


@dt.kernel
def unknown_size(x1: dt.Matrix["m", "k"], output: dt.Output["m", "n"]):
#                                         ^~~~~~~~~~~~~~~~~~~~~~~~~~~ error: no input has the size 'n'
# help: sizes of outputs are products of sizes of inputs and of ranks
    pass


@dt.kernel
def unknown_limit(x1: dt.Matrix["m", "k <= depth"]):
#                 ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: no input has the size 'depth'
# help: sizes of outputs are products of sizes of inputs and of ranks
    pass


@dt.kernel
def unknown_dtype(x1: dt.Matrix["m", "k", "float17"]):
#                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: unknown dtype 'float17'; there are float16, bfloat16, float32, float8_e4m3fn, float8_e5m2, hifloat8, float8_e8m0fnu, float4_e2m1fn, int4, int8, int32, int64
# help: write for example dt.Matrix["m", "k", dt.bfloat16]
    pass


@dt.kernel
def default(x1: dt.Matrix["m", "k"] = None):
#                                     ^~~~ error: x1 has a default
# help: the one default is None, of an optional matrix that is left out unless it is asked for
    pass


@dt.kernel
def other_default(x1: dt.Matrix["m", "k"] | None = 1):
#                                                  ^ error: x1 has a default
# help: the one default is None, of an optional matrix that is left out unless it is asked for
    pass


@dt.kernel
def starred(*x1: dt.Matrix["m", "k"]):
#            ^~~~~~~~~~~~~~~~~~~~~~~ error: a kernel takes matrices by plain names
# help: leave out *, ** and /
    pass


@dt.kernel
async def asynchronous(x1: dt.Matrix["m", "k"]):
# error: a kernel is not an async function
# help: write def
    pass
