# Mistakes with tiles. Under each line is what its error underlines and says, as in test_mistakes.py.
# fmt: off
# ruff: noqa
import dovetail as dt

X, Y, O = dt.Matrix["m", "k"], dt.Matrix["k", "n"], dt.Output["m", "n"]


@dt.kernel
def indices_swapped(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[j, k]
#                                            ^ error: j counts tiles of n, but x2 has k rows
# help: write x2[k, j]
            output[i, j] = accumulator


@dt.kernel
def index_of_another_size(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for i in dt.tiles(x2.columns):
            output[i] = x1[i]
#                          ^ error: i counts tiles of n, but x1 has m rows
# help: loop over x1.rows: `for i in dt.tiles(x1.rows):`


@dt.kernel
def three_indices(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            tile = x1[i, i, i]
#                  ^~~~~~~~~~~ error: x1 takes two indices, not 3
# help: write x1[row, column], or x1[row] for all columns


@dt.kernel
def constant_index(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            tile = x1[0]
#                     ^ error: 0 is not the index of a loop over tiles
# help: loop over x1.rows: `for i in dt.tiles(x1.rows):`


@dt.kernel
def slice_of_rows(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        tile = x1[:]
#                 ^ error: : is not the index of a loop over tiles
# help: loop over x1.rows: `for i in dt.tiles(x1.rows):`


@dt.kernel
def rank_as_index(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for rank in dt.ranks():
            tile = x1[rank]
#                     ^~~~ error: rank is a rank and does not count rows
# help: write x1.on(rank)[i] for rows of a rank, or loop over x1.rows: `for i in dt.tiles(x1.rows):`


@dt.kernel
def tile_outside_stages(x1: X):
    tile = x1[0]
#          ^~~~~ error: tiles are read in a stage
# help: put it under `with dt.stage("..."):`


@dt.kernel
def reads_an_output(x1: X, x2: Y, output: O):
    with dt.stage("copy"):
        for i in dt.tiles(output.rows):
            tile = output[i]
#                  ^~~~~~~~~ error: output is an output and only written
# help: read inputs and gathered matrices


@dt.kernel
def more_than_declared(x1: X, x2: dt.Matrix["depth <= k", "n"], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x1.columns):
                accumulator += x1[i, k] @ x2[k, j]
#                                            ^ error: k counts tiles of k, but x2 has depth rows
# help: loop over x2.rows: `for i in dt.tiles(x2.rows):`
            output[i, j] = accumulator


@dt.kernel
def different_types(x1: X, x2: dt.Matrix["k", "n", dt.bfloat16], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
#                              ^~~~~~~~~~~~~~~~~~~ error: a tile of float16 does not multiply with one of bfloat16
# help: give x1 and x2 the same element type
            output[i, j] = accumulator


@dt.kernel
def wide_types(x1: dt.Matrix["m", "k", dt.float32], x2: dt.Matrix["k", "n", dt.float32], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
#                              ^~~~~~~~ error: the cube cores do not multiply float32
# help: matrices that are multiplied are float16, bfloat16, int4, int8, float8_e4m3fn, float8_e5m2, hifloat8, float4_e2m1fn
            output[i, j] = accumulator


@dt.kernel
def contraction_over_two_loops(x1: dt.Matrix["m", "k"], x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k, l in dt.tiles(x2.rows, x2.rows):
                accumulator += x1[i, k] @ x2[l, j]
#                              ^~~~~~~~~~~~~~~~~~~ error: the left tile has columns of k, the right tile has rows of l
# help: contract over one loop: x1[i, l] @ x2[...]
            output[i, j] = accumulator


@dt.kernel
def factor_that_is_no_tile(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            accumulator += x1 @ x2
#                          ^~ error: @ multiplies tiles, and this is a matrix
# help: multiply tiles: gathered[i, k] @ x2[k, j]


@dt.kernel
def factor_of_all_columns(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i] @ x2[k, j]
#                              ^~~~~ error: a factor of @ is a tile of some columns, not of all
# help: give it a row and a column: x1[i, k]


@dt.kernel
def loop_of_two_roles(x: dt.Matrix["m", "m"], output: dt.Output["m", "m"]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x.rows, x.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x.rows):
                accumulator += x[i, k] @ x[k, j]
                accumulator += x[k, i] @ x[i, j]
#                              ^~~~~~~~~~~~~~~~~ error: k counts both contraction and rows of products, so that its tiles have no one size
# help: write two loops, one for each use
            output[i, j] = accumulator


@dt.kernel
def loop_of_rows_and_columns(x: dt.Matrix["m", "m"], output: dt.Output["m", "m"]):
    with dt.stage("copy"):
        for i in dt.tiles(x.rows):
#           ^ error: i counts both rows and columns, so that its tiles have no one size
# help: write two loops, one for rows and one for columns
            output[i, i] = x[i, i]


@dt.kernel
def product_without_accumulator(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            for k in dt.tiles(x2.rows):
                product = x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: a product of tiles is added to an accumulator
# help: make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j]


@dt.kernel
def sum_without_accumulator(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator = accumulator + x1[i, k] @ x2[k, j]
#                             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: tiles are added by += to an accumulator
# help: make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j]


@dt.kernel
def adds_to_an_output(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            for k in dt.tiles(x2.rows):
                output[i, j] += x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: output[i, j] is not an accumulator
# help: make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j], then store it: output[i, j] = accumulator


@dt.kernel
def adds_to_a_tile(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, k in dt.tiles(x1.rows, x1.columns):
            tile = x1[i, k]
            tile += x1[i, k]
#           ^~~~~~~~~~~~~~~~ error: tile is a tile; += adds products to accumulators
# help: make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j]


@dt.kernel
def adds_to_a_constant(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = 0
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator is a constant and not an accumulator
# help: make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j]


@dt.kernel
def adds_a_tile(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, k in dt.tiles(x1.rows, x1.columns):
            accumulator = dt.zeros(dt.float32)
            accumulator += x1[i, k]
#                          ^~~~~~~~ error: an accumulator takes products of tiles, not a tile
# help: write accumulator += a[i, k] @ b[k, j]


@dt.kernel
def narrow_accumulator(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float16)
#                         ^~~~~~~~~~~~~~~~~~~~ error: the cube cores do not accumulate in float16
# help: write dt.zeros(dt.float32)


@dt.kernel
def accumulator_outside_loops(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        accumulator = dt.zeros(dt.float32)
#                     ^~~~~~~~~~~~~~~~~~~~ error: this accumulator stands outside all loops
# help: make it inside the loops over its rows and columns


@dt.kernel
def accumulator_outside_its_columns(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i in dt.tiles(x1.rows):
            accumulator = dt.zeros(dt.float32)
            for j, k in dt.tiles(x2.columns, x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator would add up tiles of different j
# help: move accumulator = dt.zeros(...) into the loop over j


@dt.kernel
def accumulator_inside_the_contraction(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            for k in dt.tiles(x2.rows):
                accumulator = dt.zeros(dt.float32)
                accumulator += x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator starts anew for each k
# help: move accumulator = dt.zeros(...) in front of the loop over k


@dt.kernel
def accumulator_in_another_loop(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                for rank in dt.ranks():
                    accumulator += x1[i, k] @ x2[k, j]
#                   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator would add the same product once for each rank
# help: move the line out of the loop over rank


@dt.kernel
def accumulator_of_two_tiles(x: dt.Matrix["m", "m"], output: dt.Output["m", "m"]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x.rows, x.columns):
            for l in dt.tiles(x.columns):
                accumulator = dt.zeros(dt.float32)
                for k in dt.tiles(x.rows):
                    accumulator += x[i, k] @ x[k, j]
                    accumulator += x[i, k] @ x[k, l]
#                   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator holds tile [i, j], and the product is tile [i, l]
# help: make an accumulator for each


@dt.kernel
def accumulator_of_two_names(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            other = accumulator
#           ^~~~~~~~~~~~~~~~~~~ error: accumulator would have two names
# help: use accumulator
