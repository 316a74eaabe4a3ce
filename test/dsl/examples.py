# RUN: %PYTHON %s | filecheck %s
"""Where stages, barriers and copies of the examples stand, and what their loops run over."""

from pathlib import Path

from dovetail.dialect import assembly
from dovetail.dsl import load_kernel, lower

EXAMPLES = Path(__file__).parents[2] / "examples" / "kernels"


def show(name):
    print(assembly.print(lower(load_kernel(EXAMPLES / f"{name}.py")), names=True))


show("matmul")
# CHECK-LABEL: func.func @matmul(
# CHECK-NOT:     dovetail.barrier
# CHECK:         scf.execute_region {
# CHECK:           %m = dovetail.size "m"
# CHECK:           scf.for %i = %c0 to %m step %c128 {
# CHECK:             scf.for %j = %c0 to %n step %c256 {
# CHECK:               dovetail.load %x1[%i, [[K:%.*]]] : memref<?x?xf16> -> !dovetail.tile<128x256xf16>
# CHECK:               dovetail.load %x2{{\[}}[[K]], %j]
# CHECK:               dovetail.store {{.*}}, %output[%i, %j]
# CHECK:         } {dovetail.stage = "matmul"}
# CHECK-NEXT:    return

# A copy is a reader: what is gathered must be there.
show("all_gather")
# CHECK-LABEL: func.func @all_gather(
# CHECK-NEXT:    %gathered = dovetail.gathered %x1
# CHECK-NEXT:    scf.execute_region {
# CHECK:           dovetail.store {{.*}}, %gathered[%i, %c0] of %rank
# CHECK:         } {dovetail.stage = "gather"}
# CHECK-NEXT:    dovetail.barrier
# CHECK-NEXT:    dovetail.copy %gathered, %gather_out
# CHECK-NEXT:    return

# One barrier is enough for all readers.
show("all_gather_two_matmuls")
# CHECK-LABEL: func.func @all_gather_two_matmuls(
# CHECK:         } {dovetail.stage = "gather"}
# CHECK-NEXT:    dovetail.barrier
# CHECK-NEXT:    scf.execute_region {
# CHECK:           dovetail.load %gathered
# CHECK:           dovetail.load %query_weight
# CHECK:           dovetail.store {{.*}}, %query[%i, %j]
# CHECK:         } {dovetail.stage = "matmul_query"}
# CHECK-NEXT:    scf.execute_region {
# CHECK:           dovetail.load %gathered
# CHECK:           dovetail.load %key_weight
# CHECK:           dovetail.store {{.*}}, %key[%i, %j]
# CHECK:         } {dovetail.stage = "matmul_key"}
# CHECK-NEXT:    return

# The limit is an attribute of the kernel, for the tiling function to check.
show("all_gather_matmul_columns")
# CHECK-LABEL: func.func @all_gather_matmul_columns(
# CHECK-SAME:    %x2: memref<?x?xf16> {dovetail.name = "x2", dovetail.sizes = ["depth", "n"]}
# CHECK-SAME:    attributes {dovetail.kernel, dovetail.limits = {depth = "k"}}
# CHECK:         } {dovetail.stage = "gather"}
# CHECK:           %depth = dovetail.size "depth"
# CHECK:           scf.for [[K:%.*]] = %c0 to %depth step %c256
# CHECK:             dovetail.load %gathered[%i, [[K]]]
# CHECK:             dovetail.load %x2{{\[}}[[K]], %j]
# CHECK:         dovetail.copy %gathered, %gather_out
