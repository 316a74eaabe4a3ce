# Mistakes with scales. Under each line is what its error underlines and says, as in test_mistakes.py.
# fmt: off
# ruff: noqa
import dovetail as dt

X = dt.Matrix["m", "k", dt.int8]
Y = dt.Matrix["k", "n", dt.int8]
O = dt.Output["m", "n", dt.float16]
ROW = dt.Matrix[1, "n", dt.float32]
COLUMN = dt.Matrix["m", 1, dt.float32]


@dt.kernel
def of_too_many_rows(x1: X, x2: Y, scale: dt.Matrix["m", "n", dt.float32], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator * scale[:, j]
#                                              ^ error: scale has m rows, and only one row is taken whole
# help: give it a row: scale[i, j]


@dt.kernel
def of_too_many_columns(x1: X, x2: Y, scale: dt.Matrix["m", "n", dt.float32], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator * scale[i]
#                                        ^~~~~~~~ error: this tile has n columns, and a factor of * has some or one
# help: give it a column, or declare scale with one column


@dt.kernel
def of_a_type_that_does_not_scale(x1: X, x2: Y, scale: dt.Matrix[1, "n", dt.float16], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator * scale[:, j]
#                                        ^~~~~~~~~~~ error: a tile of float16 does not scale another
# help: scales are float32 or int64


@dt.kernel
def of_other_rows(x1: X, x2: Y, scale: COLUMN, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            for l in dt.tiles(x1.rows):
                accumulator = dt.zeros()
                for k in dt.tiles(x2.rows):
                    accumulator += x1[i, k] @ x2[k, j]
                output[i, j] = accumulator * scale[l]
#                              ^~~~~~~~~~~~~~~~~~~~~~ error: a tile of i does not multiply with one of l
# help: multiply tiles of the same rows and columns, or of one row or column


@dt.kernel
def unfinished(x1: X, x2: Y, scale: ROW, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
                output[i, j] = accumulator * scale[:, j]
#                              ^~~~~~~~~~~ error: accumulator is used before it is finished, for each k
# help: move the line behind the loop over k


@dt.kernel
def by_a_number(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator * 2
#                                        ^ error: a tile is multiplied by tiles of scales, and this is 2
# help: declare scales as a matrix and write accumulator * scale[:, j]


@dt.kernel
def of_another_total(x1: X, x2: Y, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
#               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: accumulator is float32, and products of int8 add up in int32
# help: write accumulator = dt.zeros(dt.int32)
            output[i, j] = accumulator


@dt.kernel
def into_a_type_that_does_not_hold_it(x1: X, x2: Y, output: dt.Output["m", "n", dt.int8]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator
#           ^~~~~~~~~~~~~~~~~~~~~~~~~~ error: what is stored is int32 and output is int8
# help: give output one of the types float16, bfloat16, int32


@dt.kernel
def as_a_factor(x1: dt.Matrix[1, "k", dt.int8], x2: Y, output: dt.Output["k", "n"]):
    with dt.stage("matmul"):
        for j in dt.tiles(x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[:, k] @ x2[k, j]
#                              ^~~~~~~~ error: a factor of @ is a tile of some rows, not of one
# help: give it a row: x1[i, k]


F8 = dt.float8_e4m3fn
EXPONENTS = dt.Matrix["n", "2 * ceil(k / 64)", dt.float8_e8m0fnu]


@dt.kernel
def added_of_a_type_that_is_not(x1: X, x2: Y, row: dt.Matrix[1, "n", dt.int8], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator + row[:, j]
#                                        ^~~~~~~~~ error: a tile of int8 does not add to another
# help: what is added are float32 or float16 or bfloat16


@dt.kernel
def scaled_by_no_tile(x1: dt.Matrix["m", "k", F8], x2: dt.Matrix["n", "k", F8], scales: EXPONENTS, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.rows):
            accumulator = dt.zeros()
            for k in dt.tiles(x1.columns):
                accumulator += dt.scaled(x1[i, k], scales) @ x2[j, k]
#                                                  ^~~~~~ error: dt.scaled takes tiles, and this is a matrix
# help: write dt.scaled(x2[k, j], x2_exponents[j, k])


@dt.kernel
def scaled_by_another_type(x1: X, x2: Y, scales: dt.Matrix["m", "2 * ceil(k / 64)", F8], output: O):
    with dt.stage("matmul"):
        for i in dt.tiles(x1.rows):
            accumulator = dt.zeros()
            for k in dt.tiles(x1.columns):
                accumulator += dt.scaled(x1[i, k], scales[i, k]) @ x1[i, k]
#                                                  ^~~~~~~~~~~~ error: scales along the contraction are no float8_e4m3fn
# help: declare dt.Matrix["n", "2 * ceil(k / 64)", dt.float8_e8m0fnu]


@dt.kernel
def scaled_too_rarely(x1: X, x2: Y, scales: dt.Matrix["m", "ceil(k / 64)", dt.float8_e8m0fnu], output: O):
    with dt.stage("matmul"):
        for i in dt.tiles(x1.rows):
            accumulator = dt.zeros()
            for k in dt.tiles(x1.columns):
                accumulator += dt.scaled(x1[i, k], scales[i, k]) @ x1[i, k]
#                                                  ^~~~~~~~~~~~ error: scales has ceil(k / 64) columns
# help: give it the columns "2 * ceil(k / 64)"


@dt.kernel
def scales_of_other_rows(x1: X, x2: Y, scales: EXPONENTS, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for l in dt.tiles(x2.columns):
                for k in dt.tiles(x2.rows):
                    accumulator += dt.scaled(x1[i, k], scales[l, k]) @ dt.scaled(x2[k, j], scales[j, k])
#                                  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: scales [l, k] are not those of i and k
# help: write scales[i, k]


BLOCKS = dt.Matrix["ceil(m / 128)", "ceil(k / 128)", dt.float32]
X2_BLOCKS = dt.Matrix["ceil(k / 128)", "ceil(n / 128)", dt.float32]
X8 = dt.Matrix["m", "k", F8]
Y8 = dt.Matrix["k", "n", F8]


@dt.kernel
def scales_of_other_blocks(x1: X8, x2: Y8, blocks: dt.Matrix["ceil(m / 128)", "ceil(k / 64)", dt.float32], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += dt.scaled(x1[i, k], blocks[i, k]) @ x2[k, j]
#                                                  ^~~~~~~~~~~~ error: blocks has ceil(k / 64) columns, and not one for each 128 of a size
# help: declare dt.Matrix["ceil(k / 128)", "ceil(n / 128)", dt.float32]


@dt.kernel
def scales_of_blocks_of_other_columns(x1: X8, x2: Y8, blocks: BLOCKS, x2_blocks: X2_BLOCKS, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for l in dt.tiles(x2.columns):
                for k in dt.tiles(x2.rows):
                    accumulator += dt.scaled(x1[i, k], blocks[i, k]) @ dt.scaled(x2[k, j], x2_blocks[k, l])
#                                                                      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: scales [k, l] are not those of k and j
# help: write x2_blocks[k, j]


@dt.kernel
def scales_of_two_kinds(x1: X8, x2: Y8, blocks: BLOCKS, exponents: EXPONENTS, output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += dt.scaled(x1[i, k], blocks[i, k]) @ dt.scaled(x2[k, j], exponents[j, k])
#                              ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: scales are float32 on the left and float8_e8m0fnu on the right
# help: give both factors scales of blocks, or both powers of two


@dt.kernel
def by_scales_of_blocks(x1: X8, x2: Y8, blocks: dt.Matrix["ceil(m / 128)", "ceil(n / 128)", dt.float32], output: O):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator * blocks[i, j]
#                                        ^~~~~~~~~~~~ error: blocks has scales of blocks, for the factors of @
# help: write dt.scaled(x1[i, k], scales[i, k]) @ dt.scaled(x2[k, j], x2_scales[k, j])


@dt.kernel
def of_a_product_that_is_no_size(x1: X8, x2: Y8, blocks: dt.Matrix["n * ceil(k / 128)", "m", dt.float32], output: O):
#                                                        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ error: 'n * ceil(k / 128)' is not a size
# help: a size is a name, a product ("ranks * m") or, of inputs, a name with its limit ("depth <= k")
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator
