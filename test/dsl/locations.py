# RUN: %PYTHON %s | filecheck %s
"""Each operation comes from a line and column of the user's file, and each value that the user named has that name."""

import dovetail as dt
from dovetail.dialect.bindings import ir
from dovetail.dsl import lower


@dt.kernel
def kernel(x1: dt.Matrix["m", "k"], x2: dt.Matrix["k", "n"], output: dt.Output["ranks * m", "n"]):
    gathered = dt.gathered(x1)
    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
    with dt.stage("matmul"):
        for i, j in dt.tiles(gathered.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                left = gathered[i, k]
                accumulator += left @ x2[k, j]
            output[i, j] = accumulator


def show(op):
    print(op.name, str(op.location).replace(__file__, "FILE"))
    for region in op.regions:
        for argument in region.blocks[0].arguments:
            print(" ", argument.type, str(argument.location).replace(__file__, "FILE"))
    return ir.WalkResult.ADVANCE


module = lower(kernel)
module.operation.walk(show, ir.WalkOrder.PRE_ORDER)

# CHECK:      builtin.module loc("FILE":10:1 to 22:39)
# CHECK-NEXT: func.func loc("FILE":10:1 to 22:39)
# CHECK-NEXT:   memref<?x?xf16> loc("x1"("FILE":10:12 to :35))
# CHECK-NEXT:   memref<?x?xf16> loc("x2"("FILE":10:37 to :60))
# CHECK-NEXT:   memref<?x?xf16> loc("output"("FILE":10:62 to :97))
# CHECK-NEXT: dovetail.gathered loc("gathered"("FILE":11:16 to :31))
# CHECK-NEXT: scf.execute_region loc("FILE":12:10 to :28)
# CHECK-NEXT: arith.constant loc("FILE":13:21 to :31)
# CHECK-NEXT: dovetail.ranks loc("ranks"("FILE":13:21 to :31))
# CHECK-NEXT: arith.constant loc("FILE":13:21 to :31)
# CHECK-NEXT: dovetail.size loc("m"("FILE":14:31 to :38))
# CHECK-NEXT: arith.constant loc("FILE":14:31 to :38)
# CHECK-NEXT: scf.for loc("FILE":13:21 to :31)
# CHECK-NEXT:   index loc("rank"("FILE":13:13 to :17))
# CHECK-NEXT: scf.for loc("FILE":14:31 to :38)
# CHECK-NEXT:   index loc("i"("FILE":14:17 to :18))
# CHECK-NEXT: dovetail.load loc("FILE":15:37 to :51)
# CHECK-NEXT: dovetail.store loc("FILE":15:17 to :51)
# CHECK:      dovetail.barrier loc("FILE":16:10 to :28)
# CHECK-NEXT: scf.execute_region loc("FILE":16:10 to :28)
# CHECK:      dovetail.rows loc("rows"("FILE":17:30 to :43))
# CHECK:      scf.for
# CHECK-NEXT:   index loc("i"("FILE":17:13 to :14))
# CHECK-NEXT: scf.for loc("FILE":17:45 to :55)
# CHECK-NEXT:   index loc("j"("FILE":17:16 to :17))
# CHECK-NEXT: dovetail.zeros loc("accumulator"("FILE":18:27 to :47))
# CHECK-NEXT: scf.for loc("accumulator"("FILE":18:27 to :47))
# CHECK-NEXT:   index loc("k"("FILE":19:17 to :18))
# CHECK-NEXT:   !dovetail.tile{{.*}} loc("accumulator"("FILE":18:27 to :47))
# CHECK-NEXT: dovetail.load loc("left"("FILE":20:24 to :38))
# CHECK-NEXT: dovetail.load loc("FILE":21:39 to :47)
# CHECK-NEXT: dovetail.multiply loc("accumulator"("FILE":21:17 to :47))
# CHECK-NEXT: scf.yield loc("FILE":19:31 to :38)
# CHECK-NEXT: dovetail.store loc("FILE":22:13 to :39)
# CHECK-NOT:  unknown
