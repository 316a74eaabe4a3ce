# Mistakes with stores and gathered matrices. Under each line is what its error underlines and says, as in
# test_mistakes.py.
# fmt: off
# ruff: noqa
import dovetail as dt

X, Y, O = dt.Matrix["m", "k"], dt.Matrix["k", "n"], dt.Output["m", "n"]
Same = dt.Output["m", "k"]
G = dt.Output["ranks * m", "k"]


@dt.kernel
def into_an_input(x1: X, output: Same):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            x1[i] = x1[i]
#           ^~~~~ error: x1 is an input and only read
# help: declare what the kernel writes as dt.Output[...]; x1 is a dt.Matrix


@dt.kernel
def into_another_rank(x1: X, output: Same):
    with dt.stage("copy"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                x1.on(rank)[i] = x1[i]
#               ^~~~~~~~~~~~~~ error: a kernel stores to its own rank only
# help: store into outputs and gathered matrices


@dt.kernel
def into_a_constant(x1: X, output: Same):
    sizes = [1, 2]
    sizes[0] = 3
#   ^~~~~~~~ error: sizes is [1, 2], which is not stored into
# help: store into an output


@dt.kernel
def never(x1: X, output: Same):
#                ^~~~~~~~~~~~ error: output output is never stored
# help: store all of its tiles: output[i, j] = ...
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def twice(x1: X, output: Same):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
            output[i] = x1[i]
#           ^~~~~~~~~ error: output is stored already, in line 54
# help: store each output in one place


@dt.kernel
def unfinished(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
                output[i, j] = accumulator
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator is stored before it is finished, for each k
# help: move the line behind the loop over k


@dt.kernel
def nothing_added(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            output[i, j] = accumulator
#                          ^~~~~~~~~~~ error: nothing is added to accumulator
# help: write accumulator += a[i, k] @ b[k, j] in a loop before


@dt.kernel
def at_other_indices(x: dt.Matrix["m", "m"], output: dt.Output["m", "m"]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x.rows, x.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x.rows):
                accumulator += x[i, k] @ x[k, j]
            output[j, i] = accumulator
#           ^~~~~~~~~~~~~~~~~~~~~~~~~~ error: tile [i, j] is stored at [j, i] of output
# help: write output[i, j] = ...


@dt.kernel
def of_another_type(x1: X, output: dt.Output["m", "k", dt.bfloat16]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
#           ^~~~~~~~~~~~~~~~~ error: the tile is float16 and output is bfloat16
# help: give output and x1 the same element type; only accumulators are rounded


@dt.kernel
def of_other_columns(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
#           ^~~~~~~~~~~~~~~~~ error: the tile has k columns, output has n
# help: give output the columns of x1


@dt.kernel
def a_constant(x1: X, output: Same):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = 0
#                       ^ error: output takes tiles, not 0
# help: store a tile or an accumulator


@dt.kernel
def outside_stages(x1: X, x2: Y, output: O):
    output[:] = x1
#               ^~ error: only a gathered matrix is copied whole, not a matrix
# help: store tiles in a stage: output[i, j] = ...


@dt.kernel
def gathers_an_output(x1: X, output: Same):
    gathered = dt.gathered(output)
#              ^~~~~~~~~~~~~~~~~~~ error: dt.gathered takes an input, not a matrix
# help: write dt.gathered(x1)


@dt.kernel
def gathers_in_a_stage(x1: X, output: Same):
    with dt.stage("gather"):
        gathered = dt.gathered(x1)
#                  ^~~~~~~~~~~~~~~ error: a gathered matrix is described before the stages
# help: move the line above the first stage


@dt.kernel
def gathered_before_it_is_described(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(gathered.rows, x2.columns):
#                            ^~~~~~~~ error: gathered is used before it is described
# help: move the line `gathered = ...` above this one
            pass
    gathered = dt.gathered(x1)


@dt.kernel
def gathered_before_it_is_filled(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("copy"):
        for i in dt.tiles(gathered.rows):
            output[i] = gathered[i]
#                       ^~~~~~~~~~~ error: no stage before this fills gathered
# help: fill it in an earlier stage: gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def gathered_in_the_stage_that_fills_it(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
        for i in dt.tiles(gathered.rows):
            output[i] = gathered[i]
#                       ^~~~~~~~~~~ error: gathered is filled in this same stage
# help: read it in a stage after this one


@dt.kernel
def copied_before_it_is_filled(x1: X, output: G):
    gathered = dt.gathered(x1)
    output[:] = gathered
#               ^~~~~~~~ error: no stage before this fills gathered
# help: fill it in an earlier stage: gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def copied_in_a_stage(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
        output[:] = gathered
#       ^~~~~~~~~~~~~~~~~~~~ error: a gathered matrix is copied outside the stages
# help: move the line after the last stage


@dt.kernel
def copied_to_another_size(x1: X, output: Same):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
    output[:] = gathered
#   ^~~~~~~~~ error: output has m rows, gathered has ranks * m
# help: declare output: dt.Output["ranks * m", "k"]


@dt.kernel
def copied_to_another_type(x1: X, output: dt.Output["ranks * m", "k", dt.float32]):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
    output[:] = gathered
#   ^~~~~~~~~~~~~~~~~~~~ error: gathered is float16 and output is float32
# help: give output and x1 the same element type


@dt.kernel
def filled_twice(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
                gathered[rank, i] = x1.on(rank)[i]
#               ^~~~~~~~~~~~~~~~~ error: gathered is filled already, by stage gather
# help: fill it once


@dt.kernel
def filled_by_no_stage(x1: X, output: Same):
    gathered = dt.gathered(x1)
#              ^~~~~~~~~~~~~~~ error: no stage fills gathered
# help: gathered[rank, i] = x1.on(rank)[i]
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]


@dt.kernel
def filled_without_rank(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for i in dt.tiles(x1.rows):
            gathered[i] = x1[i]
#           ^~~~~~~~~~~ error: gathered is filled by rank and row
# help: write gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def filled_with_own_rows(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1[i]
#                                   ^~~~~ error: this is a tile of the own rank's x1
# help: write gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def filled_with_another_matrix(x1: X, x2: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x2.on(rank)[i]
#                                   ^~~~~~~~~~~~~~ error: gathered holds rows of x1
# help: write gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def filled_with_other_rows(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i, j in dt.tiles(x1.rows, x1.rows):
                gathered[rank, i] = x1.on(rank)[j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: row j of rank rank does not belong at [rank, i]
# help: write gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def filled_by_columns(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i, k in dt.tiles(x1.rows, x1.columns):
                gathered[rank, i] = x1.on(rank)[i, k]
#                                   ^~~~~~~~~~~~~~~~~ error: gathered takes whole rows
# help: write gathered[rank, i] = x1.on(rank)[i]


@dt.kernel
def read_by_rank(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
    with dt.stage("copy"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                output[i] = gathered[rank, i]
#                                    ^~~~ error: rank is a rank and does not count rows
# help: read the rows of all ranks at once, loop over gathered.rows: `for i in dt.tiles(gathered.rows):`; only the stage that fills it says [rank, i]


@dt.kernel
def remote_rows_into_an_output(x1: X, output: Same):
    with dt.stage("copy"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                output[i] = x1.on(rank)[i]
#                           ^~~~~~~~~~~~~~ error: rows of other ranks are read only to fill a gathered matrix
# help: fill gathered = dt.gathered(x1) in one stage and read gathered[i, k] in a later one


@dt.kernel
def remote_rows_into_a_product(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for rank in dt.ranks():
            for i, j, k in dt.tiles(x1.rows, x2.columns, x2.rows):
                accumulator = dt.zeros()
                accumulator += x1.on(rank)[i, k] @ x2[k, j]
#                              ^~~~~~~~~~~~~~~~~ error: rows of other ranks are read only to fill a gathered matrix
# help: fill gathered = dt.gathered(x1) in one stage and read gathered[i, k] in a later one


@dt.kernel
def rows_of_no_rank(x1: X, output: G):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for i in dt.tiles(x1.rows):
            gathered[0, i] = x1.on(0)[i]
#                            ^~~~~~~~ error: 0 is not a rank
# help: take the rank from `for rank in dt.ranks():`
