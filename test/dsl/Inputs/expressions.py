# Mistakes in expressions. Under each line is what its error underlines and says, as in test_mistakes.py.
# fmt: off
# ruff: noqa
import math

import dovetail as dt

SIZES = (1, 2)
X, Y, O = dt.Matrix["m", "k"], dt.Matrix["k", "n"], dt.Output["m", "n"]


@dt.kernel
def unknown_name(accumulator: X):
    size = acumulator
#          ^~~~~~~~~~ error: unknown name acumulator
# help: did you mean accumulator?


@dt.kernel
def unknown_name_like_no_other(x1: X):
    size = quux
#          ^~~~ error: unknown name quux
# help: define it above the kernel


@dt.kernel
def name_before_its_line(x1: X):
    double = 2 * single
#                ^~~~~~ error: single is used before it is described
# help: move the line `single = ...` above this one
    single = 1


@dt.kernel
def unknown_attribute(x1: X):
    size = x1.cols
#          ^~~~~~~ error: a matrix has no cols
# help: did you mean columns?


@dt.kernel
def unknown_word(x1: X):
    with dt.stage("copy"):
        for i in dt.tile(x1.rows):
#                ^~~~~~~ error: dovetail has no tile
# help: did you mean tiles?
            pass


@dt.kernel
def attribute_of_a_size(x1: X):
    size = x1.rows.size
#          ^~~~~~~~~~~~ error: a number of rows or columns has no size
# help: matrices have rows, columns and dtype


@dt.kernel
def if_on_a_size(x1: X):
    if x1.rows > 128:
#      ^~~~~~~ error: x1.rows is known only when the kernel runs, and conditions are decided when compiling
# help: use constants here; what depends on sizes or ranks is said by loops over tiles and ranks
        pass


@dt.kernel
def if_on_a_rank(x1: X):
    with dt.stage("copy"):
        for rank in dt.ranks():
            if rank == 0:
#              ^~~~ error: rank is known only when the kernel runs, and conditions are decided when compiling
# help: use constants here; what depends on sizes or ranks is said by loops over tiles and ranks
                pass


@dt.kernel
def if_on_a_matrix(x1: X, bias: X | None):
    if bias:
#      ^~~~ error: bias is known only when the kernel runs, and `if` is decided when compiling
# help: ask whether an optional matrix is there by `if bias is not None:`
        pass


@dt.kernel
def arithmetic_on_a_size(x1: X):
    half = x1.rows // 2
#          ^~~~~~~ error: x1.rows is known only when the kernel runs, and operators other than @ and * work on constants
# help: use constants here; what depends on sizes or ranks is said by loops over tiles and ranks


@dt.kernel
def arithmetic_on_an_index(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            tile = x1[i + 1]
#                     ^ error: i is known only when the kernel runs, and operators other than @ and * work on constants
# help: use constants here; what depends on sizes or ranks is said by loops over tiles and ranks


@dt.kernel
def constant_that_fails(x1: X):
    size = 1 // 0
#          ^~~~~~ error: 1 // 0 fails when compiling: ZeroDivisionError: integer division or modulo by zero
# help: constants are computed as Python does; correct the expression


@dt.kernel
def function_of_a_tile(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            tile = math.exp(x1[i])
#                           ^~~~~ error: x1[i] is known only when the kernel runs, and math.exp is called when compiling
# help: functions are called when compiling; loop over rows and columns by dt.tiles


@dt.kernel
def call_of_a_constant(x1: X):
    size = SIZES(4)
#          ^~~~~ error: SIZES cannot be called
# help: call functions of dt, or Python's on constants


@dt.kernel
def starred_call(x1: X):
    size = max(*[1, 2])
#          ^~~~~~~~~~~~ error: calls in a kernel have no * or **
# help: write the arguments one by one


@dt.kernel
def lambda_expression(x1: X):
    double = lambda x: 2 * x
#            ^~~~~~~~~~~~~~~ error: a kernel has no lambda
# help: compute it outside the kernel and use its name here


@dt.kernel
def comprehension(x1: X):
    sizes = [size for size in (1, 2)]
#           ^~~~~~~~~~~~~~~~~~~~~~~~~ error: a kernel has no comprehensions
# help: compute it outside the kernel and use its name here


@dt.kernel
def after_other_letters(x1: X):
    größe = ("Maß", größer)
#                   ^~~~~~ error: unknown name größer
# help: did you mean größe?
    größe = 1
