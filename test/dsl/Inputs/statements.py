# Mistakes in a kernel's statements. Under each line is what its error underlines and says, as in test_mistakes.py.
# fmt: off
# ruff: noqa
import dovetail as dt

X, Y, O = dt.Matrix["m", "k"], dt.Matrix["k", "n"], dt.Output["m", "n"]


@dt.kernel
def no_stage(x1: X):
# error: no_stage has no stage
# help: put its loops under `with dt.stage("..."):`
    pass


@dt.kernel
def stage_in_stage(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("outer"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
        with dt.stage("inner"):
#       ^~~~~~~~~~~~~~~~~~~~~~~ error: stage inner stands inside stage outer
# help: end the first stage before: stages stand one after the other, and the compiler overlaps them
            pass


@dt.kernel
def stage_without_with(x1: X):
    dt.stage("copy")
#   ^~~~~~~~~~~~~~~~ error: a stage is opened by with
# help: write `with dt.stage('copy'):`


@dt.kernel
def stage_named_twice(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
    with dt.stage("copy"):
#        ^~~~~~~~~~~~~~~~ error: there is a stage copy already
# help: give each stage a name of its own
        pass


@dt.kernel
def stage_with_a_bad_name(x1: X):
    with dt.stage("first stage"):
#        ^~~~~~~~~~~~~~~~~~~~~~~ error: 'first stage' does not name a stage
# help: name it like a variable: dt.stage("matmul")
        pass


@dt.kernel
def stage_without_name(x1: X):
    with dt.stage():
#        ^~~~~~~~~~ error: dt.stage: missing a required argument: 'name'
# help: `with dt.stage("matmul"):` a part of the kernel. Stages read as if they ran one after the other.
        pass


@dt.kernel
def with_something_else(x1: X):
    with x1:
#   ^~~~~~~~ error: with opens one stage, without a name for it
# help: write `with dt.stage("matmul"):`
        pass


@dt.kernel
def empty_stage(x1: X):
    with dt.stage("idle"):
#   ^~~~~~~~~~~~~~~~~~~~~~ error: stage idle stores nothing
# help: store what it computes, or leave it out
        pass


@dt.kernel
def loop_outside_stages(x1: X):
    for i in dt.tiles(x1.rows):
#   ^~~~~~~~~~~~~~~~~~~~~~~~~~~ error: this loop stands outside a stage
# help: put it under `with dt.stage("..."):`
        pass


@dt.kernel
def loop_over_a_size(x1: X):
    with dt.stage("copy"):
        for i in range(x1.rows):
#                      ^~~~~~~ error: x1.rows is known only when the kernel runs, and range is called when compiling
# help: functions are called when compiling; loop over rows and columns by dt.tiles
            pass


@dt.kernel
def loop_over_rows_themselves(x1: X):
    with dt.stage("copy"):
        for i in x1.rows:
#                ^~~~~~~ error: a loop does not run over a number of rows or columns itself
# help: write dt.tiles(x1.rows)
            pass


@dt.kernel
def loop_over_a_matrix(x1: X):
    with dt.stage("copy"):
        for i in x1:
#                ^~ error: a loop does not run over a matrix itself
# help: write dt.tiles(x1.rows)
            pass


@dt.kernel
def loop_over_a_number(x1: X):
    for i in 4:
#            ^ error: 4 fails when compiling: TypeError: 'int' object is not iterable
# help: constants are computed as Python does; correct the expression
        pass


@dt.kernel
def tiles_of_a_matrix(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles(x1):
#                         ^~ error: dt.tiles runs over rows or columns, not a matrix
# help: give it rows or columns of a matrix: dt.tiles(x1.rows)
            pass


@dt.kernel
def tiles_of_nothing(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles():
#                ^~~~~~~~~~ error: dt.tiles needs rows or columns
# help: write dt.tiles(x1.rows)
            pass


@dt.kernel
def one_name_for_two_loops(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows, x1.columns):
#           ^ error: 2 loops need as many names, not i
# help: write `for i, j in dt.tiles(x1.rows, x2.columns):`, a name for each
            pass


@dt.kernel
def name_of_an_outer_loop(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            for i in dt.tiles(x1.columns):
#               ^ error: i already means something here
# help: give the loop another name
                output[i] = x1[i]


@dt.kernel
def loop_with_else(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
        else:
            pass
#           ^~~~ error: loops of a kernel have no else
# help: write it after the loop


@dt.kernel
def index_that_is_not_used(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i, j in dt.tiles(x1.rows, x1.columns):
#              ^ error: the loop does the same for each j
# help: use j, or leave the loop out
            output[i] = x1[i]


@dt.kernel
def index_after_its_loop(x1: X, output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            tile = x1[i]
            output[i] = tile
        for j in dt.tiles(x1.rows):
            last = x1[i]
#                     ^ error: i means something only inside its loop
# help: use it inside, or bind it outside


@dt.kernel
def while_loop(x1: X):
    while True:
#   ^~~~~~~~~~~ error: a kernel has no while loop
# help: loop over dt.tiles(...), dt.ranks() or constants
        pass


@dt.kernel
def try_block(x1: X):
    try:
#   ^~~~ error: a kernel has no try
# help: mistakes are found when compiling; leave it out
        pass
    finally:
        pass


@dt.kernel
def returns(x1: X):
    return x1
#   ^~~~~~~~~ error: a kernel returns nothing
# help: store what it computes into a dt.Output[...] parameter


@dt.kernel
def breaks(x1: X):
    for number in range(2):
        break
#       ^~~~~ error: a kernel does not leave loops early
# help: loop over exactly what is needed


@dt.kernel
def inner_function(x1: X):
    def double(x):
#   ^~~~~~~~~~~~~~ error: a kernel holds no functions
# help: define functions of constants outside the kernel
        return 2 * x


@dt.kernel
def matches(x1: X):
    match x1:
#   ^~~~~~~~~ error: a kernel has no Match
# help: use assignments, stages, loops and constant conditions
        case _:
            pass


@dt.kernel
def assigns_twice(x1: X):
    first = second = 1
#           ^~~~~~ error: a line of a kernel assigns once
# help: write one line for each name


@dt.kernel
def assigns_attribute(x1: X):
    x1.scale = 1
#   ^~~~~~~~ error: only names and tiles of matrices are assigned
# help: write name = ... or output[i, j] = ...


@dt.kernel
def unpacks_too_few(x1: X):
    first, second = (1, 2, 3)
#   ^~~~~~~~~~~~~ error: 2 names for 3 values
# help: give each value one name


@dt.kernel
def drops_a_tile(x1: X):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            x1[i]
#           ^~~~~ error: this line makes a tile and drops it
# help: store it, or leave the line out


@dt.kernel
def changes_a_constant_in_a_loop(x1: X, output: dt.Output["m", "k"]):
    count = 0
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            count = count + 1
#           ^~~~~ error: count is bound outside this loop and cannot change in it
# help: give the value a name of its own; += to an accumulator is what a loop carries along
