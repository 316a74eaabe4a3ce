# RUN: %PYTHON %s | filecheck %s
"""Which of the tile's extents a loop steps by follows from how its index is used."""

import dovetail as dt
from dovetail.dialect import assembly
from dovetail.dsl import lower


def show(kernel):
    print(assembly.print(lower(kernel, schedule=dt.Schedule(tile=(16, 32, 64))), names=True))


@dt.kernel
def rows(x: dt.Matrix["m", "k"], output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x.rows):
            output[i, :] = x[i]


show(rows)
# CHECK-LABEL: func.func @rows(
# CHECK:         scf.for %i = %c0 to %m step %c16
# CHECK:           dovetail.load %x[%i, %c0] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
# CHECK:           dovetail.store {{.*}}, %output[%i, %c0] : !dovetail.tile<16x?xf16>


@dt.kernel
def rows_and_columns(x: dt.Matrix["m", "k"], output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i, j in dt.tiles(x.rows, x.columns):
            piece = x[i, j]
            output[i, j] = piece


show(rows_and_columns)
# CHECK-LABEL: func.func @rows_and_columns(
# CHECK:         scf.for %i = %c0 to %m step %c16
# CHECK:           scf.for %j = %c0 to %k step %c32
# CHECK:             %piece = dovetail.load %x[%i, %j] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
# CHECK:             dovetail.store %piece, %output[%i, %j]


@dt.kernel
def loops_over_the_output(x1: dt.Matrix["m", "k"], x2: dt.Matrix["k", "n"], output: dt.Output["m * ranks", "n"]):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
    with dt.stage("matmul"):
        for i, j in dt.tiles(output.rows, output.columns):
            total = dt.zeros(dt.float32)
            for k in dt.tiles(x1.columns):
                left = gathered[i, k]
                total += left @ x2[k, j]
            output[i, j] = total


show(loops_over_the_output)
# CHECK-LABEL: func.func @loops_over_the_output(
# CHECK:         scf.for %i = %c0 to %m step %c16
# CHECK:         [[ROWS:%.*]] = dovetail.rows %gathered
# CHECK:         scf.for %i = %c0 to [[ROWS]] step %c16
# CHECK:           scf.for %j = %c0 to %n step %c32
# CHECK:             scf.for {{.*}} = %c0 to %k step %c64
# CHECK:               %left = dovetail.load %gathered{{.*}} -> !dovetail.tile<16x64xf16>
# CHECK:               dovetail.load %x2{{.*}} -> !dovetail.tile<64x32xf16>


@dt.kernel
def square(x: dt.Matrix["m", "m"], output: dt.Output["m", "m"]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x.rows, x.rows):
            total = dt.zeros()
            for k in dt.tiles(x.rows):
                total += x[i, k] @ x[k, j]
            output[i, j] = total


show(square)
# CHECK-LABEL: func.func @square(
# CHECK:         scf.for %i = %c0 to %m step %c16
# CHECK:           scf.for %j = %c0 to %m step %c32
# CHECK:             scf.for {{.*}} = %c0 to %m step %c64


@dt.kernel
def two_accumulators(
    x1: dt.Matrix["m", "k"],
    left: dt.Matrix["k", "n"],
    right: dt.Matrix["k", "n"],
    first: dt.Output["m", "n"],
    second: dt.Output["m", "n"],
):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, left.columns):
            a, b = dt.zeros(), dt.zeros()
            for k in dt.tiles(x1.columns):
                tile = x1[i, k]
                a += tile @ left[k, j]
                b += tile @ right[k, j]
            first[i, j] = a
            second[i, j] = b


show(two_accumulators)
# CHECK-LABEL: func.func @two_accumulators(
# CHECK:         [[SUMS:%.*]]:2 = scf.for {{.*}} iter_args([[A:%.*]] = %a, [[B:%.*]] = %b)
# CHECK:           [[NEXT_A:%.*]] = dovetail.multiply %tile, {{.*}}, [[A]]
# CHECK:           [[NEXT_B:%.*]] = dovetail.multiply %tile, {{.*}}, [[B]]
# CHECK:           scf.yield [[NEXT_A]], [[NEXT_B]]
# CHECK:         dovetail.store [[SUMS]]#0, %first
# CHECK:         dovetail.store [[SUMS]]#1, %second
