// RUN: dovetail-opt %s --fuse-stages --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "n"]} loc("output"),
      %gather_out: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("gather_out")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    scf.execute_region {
      %ranks = dovetail.ranks loc("ranks")
      %m = dovetail.size "m" loc("m")
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    dovetail.barrier
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered"> loc("rows")
      %n = dovetail.size "n" loc("n")
      %k = dovetail.size "k" loc("k")
      scf.for %i = %c0 to %rows step %c16 {
        scf.for %j = %c0 to %n step %c32 {
          %zeros = dovetail.zeros : !dovetail.tile<16x32xf32> loc("zeros")
          %sum = scf.for %d = %c0 to %k step %c32 iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
            %a = dovetail.load %gathered[%i, %d] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x32xf16> loc("a")
            %b = dovetail.load %x2[%d, %j] : memref<?x?xf16> -> !dovetail.tile<32x32xf16> loc("b")
            %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32> loc("next")
            scf.yield %next : !dovetail.tile<16x32xf32>
          } loc("sum")
          dovetail.store %sum, %output[%i, %j] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
        } loc("j")
      } loc("i")
      scf.yield
    } {dovetail.stage = "matmul"}
    dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
    return
  }
}
