# RUN: %PYTHON %s | filecheck %s
"""The built-in kernel at the level tiles, whole."""

from dovetail.dialect import assembly
from dovetail.dsl import load_kernel, lower

print(assembly.print(lower(load_kernel("all_gather_matmul")), names=True))

# CHECK:      module attributes {dovetail.machine = "Ascend910B1",
# CHECK-SAME:   dovetail.schedule = {chunk = 128 : i64, lanes = 8 : i64, order = "arrival", slots = 8 : i64, tile = [128, 256, 256]}} {
# CHECK-NEXT:   func.func @all_gather_matmul(
# CHECK-SAME:     %x1: memref<?x?xf16> {dovetail.name = "x1", dovetail.sizes = ["m", "k"]},
# CHECK-SAME:     %x2: memref<?x?xf16> {dovetail.name = "x2", dovetail.sizes = ["k", "n"]},
# CHECK-SAME:     %output: memref<?x?xf16> {dovetail.name = "output", dovetail.output, dovetail.sizes = ["ranks * m", "n"]},
# CHECK-SAME:     %gather_out: memref<?x?xf16> {dovetail.name = "gather_out", dovetail.output, dovetail.sizes = ["ranks * m", "k"]})
# CHECK-SAME:     attributes {dovetail.kernel} {
# CHECK-NEXT:     %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
# CHECK-NEXT:     scf.execute_region {
# CHECK-NEXT:       %c0 = arith.constant 0 : index
# CHECK-NEXT:       %ranks = dovetail.ranks
# CHECK-NEXT:       %c1 = arith.constant 1 : index
# CHECK-NEXT:       %m = dovetail.size "m"
# CHECK-NEXT:       %c128 = arith.constant 128 : index
# CHECK-NEXT:       scf.for %rank = %c0 to %ranks step %c1 {
# CHECK-NEXT:         scf.for %i = %c0 to %m step %c128 {
# CHECK-NEXT:           [[TILE:%.*]] = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
# CHECK-NEXT:           dovetail.store [[TILE]], %gathered[%i, %c0] of %rank : !dovetail.tile<128x?xf16>, memref<?x?xf16, "gathered">
# CHECK-NEXT:         }
# CHECK-NEXT:       }
# CHECK-NEXT:       scf.yield
# CHECK-NEXT:     } {dovetail.stage = "gather"}
# CHECK-NEXT:     dovetail.barrier
# CHECK-NEXT:     scf.execute_region {
# CHECK-NEXT:       %c0 = arith.constant 0 : index
# CHECK-NEXT:       %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
# CHECK-NEXT:       %c128 = arith.constant 128 : index
# CHECK-NEXT:       %n = dovetail.size "n"
# CHECK-NEXT:       %c256 = arith.constant 256 : index
# CHECK-NEXT:       %k = dovetail.size "k"
# CHECK-NEXT:       scf.for %i = %c0 to %rows step %c128 {
# CHECK-NEXT:         scf.for %j = %c0 to %n step %c256 {
# CHECK-NEXT:           %accumulator = dovetail.zeros : !dovetail.tile<128x256xf32>
# CHECK-NEXT:           [[SUM:%.*]] = scf.for [[K:%.*]] = %c0 to %k step %c256
# CHECK-SAME:               iter_args([[BEFORE:%.*]] = %accumulator) -> (!dovetail.tile<128x256xf32>) {
# CHECK-NEXT:             [[LHS:%.*]] = dovetail.load %gathered[%i, [[K]]] : memref<?x?xf16, "gathered"> -> !dovetail.tile<128x256xf16>
# CHECK-NEXT:             [[RHS:%.*]] = dovetail.load %x2{{\[}}[[K]], %j] : memref<?x?xf16> -> !dovetail.tile<256x256xf16>
# CHECK-NEXT:             [[AFTER:%.*]] = dovetail.multiply [[LHS]], [[RHS]], [[BEFORE]] : !dovetail.tile<128x256xf16>, !dovetail.tile<256x256xf16> -> !dovetail.tile<128x256xf32>
# CHECK-NEXT:             scf.yield [[AFTER]] : !dovetail.tile<128x256xf32>
# CHECK-NEXT:           }
# CHECK-NEXT:           dovetail.store [[SUM]], %output[%i, %j] : !dovetail.tile<128x256xf32>, memref<?x?xf16>
# CHECK-NEXT:         }
# CHECK-NEXT:       }
# CHECK-NEXT:       scf.yield
# CHECK-NEXT:     } {dovetail.stage = "matmul"}
# CHECK-NEXT:     dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
# CHECK-NEXT:     return
