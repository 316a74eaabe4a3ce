# RUN: %PYTHON %s | filecheck %s
"""What is chosen when compiling: types, layouts, absent matrices, schedule, machine."""

import dovetail as dt
from dovetail.dialect import assembly
from dovetail.dsl import load_kernel, lower

kernel = load_kernel("all_gather_matmul")


def show(kernel, **choices):
    print(assembly.print(lower(kernel, **choices), names=True))


show(kernel, dtype="bfloat16", transposed=("x2",), absent=("gather_out",), machine="Ascend950")
# CHECK:       dovetail.machine = "Ascend950"
# CHECK:       func.func @all_gather_matmul(
# CHECK-SAME:    %x1: memref<?x?xbf16>
# CHECK-SAME:    %x2: memref<?x?xbf16, strided<[1, ?]>>
# CHECK-SAME:    %output: memref<?x?xbf16> {dovetail.name = "output", dovetail.output, dovetail.sizes = ["ranks * m", "n"]})
# CHECK:         dovetail.gathered %x1 : memref<?x?xbf16> -> memref<?x?xbf16, "gathered">
# CHECK:         dovetail.load %x2[{{.*}}] : memref<?x?xbf16, strided<[1, ?]>> -> !dovetail.tile<256x256xbf16>
# CHECK-NOT:     dovetail.copy

show(kernel, schedule=dt.Schedule(tile=(64, 32, 16), chunk=512, slots=3, communication_cores=4, order="rank"))
# CHECK:       dovetail.schedule = {chunk = 512 : i64, lanes = 4 : i64, order = "rank", slots = 3 : i64, tile = [64, 32, 16]}
# CHECK:         dovetail.load %x1{{.*}} -> !dovetail.tile<64x?xf16>
# CHECK:         scf.for %i = %c0 to %rows step %c64
# CHECK:         scf.for %j = %c0 to %n step %c32
# CHECK:         scf.for {{.*}} = %c0 to %k step %c16
# CHECK:         !dovetail.tile<64x16xf16>, !dovetail.tile<16x32xf16> -> !dovetail.tile<64x32xf32>


@dt.kernel
def fixed_types(
    x1: dt.Matrix["m", "k", dt.bfloat16], x2: dt.Matrix["k", "n", "bfloat16"], output: dt.Output["m", "n", dt.float32]
):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x1.columns):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator


show(fixed_types, dtype="float16")
# CHECK-LABEL: func.func @fixed_types(
# CHECK-SAME:    %x1: memref<?x?xbf16>
# CHECK-SAME:    %x2: memref<?x?xbf16>
# CHECK-SAME:    %output: memref<?x?xf32>
# CHECK:         dovetail.store {{.*}} : !dovetail.tile<128x256xf32>, memref<?x?xf32>
