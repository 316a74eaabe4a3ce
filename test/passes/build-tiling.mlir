// RUN: dovetail-opt %s --build-tiling --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// The tiling function gets a value for each symbol of the kernel's sizes. It refuses what cannot be launched, and
// decides how the window is shared.

module attributes {dovetail.machine = "Ascend910B3"} {
  // Numbers and `ranks` are no symbols.
  // CHECK-LABEL: func.func @kernel_tiling(%m: index, %k: index, %depth: index, %ranks: index, %blocks: index, %windowBytes: index)
  // CHECK-SAME:  attributes {dovetail.host = ["m", "k", "depth"]}
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["depth", "7"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "7"]})
      attributes {dovetail.kernel, dovetail.limits = {depth = "k"}} {
    // CHECK-NEXT: %c1 = arith.constant 1 : index
    // CHECK-NEXT: %[[EMPTY:.*]] = arith.cmpi slt, %m, %c1
    // CHECK-NEXT: scf.if %[[EMPTY]] {
    // CHECK-NEXT:   ascendc.refuse "m is at least 1, not %lld", %m
    // CHECK-NEXT: }
    // CHECK-NEXT: ascendc.parameter "m" = %m
    // CHECK:      ascendc.parameter "k" = %k
    // CHECK:      ascendc.parameter "depth" = %depth
    // CHECK:      ascendc.refuse "ranks are 1 to 64, not %lld", %ranks
    // CHECK:      ascendc.refuse "blocks are 1 to 64, not %lld", %blocks
    // CHECK:      %[[DEEPER:.*]] = arith.cmpi sgt, %depth, %k
    // CHECK-NEXT: scf.if %[[DEEPER]] {
    // CHECK-NEXT:   ascendc.refuse "depth is at most k, %lld, and not %lld", %k, %depth

    // How many rows of all ranks fit behind the counters; one must.
    // CHECK:      %[[ELEMENTS:.*]] = arith.muli %ranks, %k
    // CHECK:      %rowBytes = arith.muli %[[ELEMENTS]], %c2
    // CHECK:      %available = arith.maxsi
    // CHECK-NEXT: %fittingRows = arith.divsi %available, %rowBytes
    // CHECK:      %[[NONE:.*]] = arith.cmpi slt, %fittingRows, %c1_{{[0-9]+}}
    // CHECK:      scf.if %[[NONE]] {
    // CHECK-NEXT:   ascendc.refuse "the window is too small: %lld MB are needed, and it has %lld MB;

    // A chunk has the rows that the schedule asks for if as many fit in each of two slots, or in one if that chunk is
    // all. Otherwise it has fewer: whole fractals, or if those do not fit, at most one row of fractals in one slot.
    // CHECK:      %wantedRows = arith.minsi %c64_{{[0-9]+}}, %m
    // CHECK:      %[[SINGLE:.*]] = arith.cmpi eq, %wantedRows, %m
    // CHECK:      %leastSlots = arith.select %[[SINGLE]], %c1_{{[0-9]+}}, %c2
    // CHECK-NEXT: %sharedRows = arith.divsi %fittingRows, %leastSlots
    // CHECK:      %[[FRACTALS:.*]] = arith.divsi %sharedRows, %c16
    // CHECK:      %[[ROUNDED:.*]] = arith.muli %[[FRACTALS]], %c16
    // CHECK:      %[[ANY:.*]] = arith.cmpi sge, %sharedRows, %c16
    // CHECK:      %[[FEW:.*]] = arith.minsi %fittingRows, %c16
    // CHECK-NEXT: %shrunkRows = arith.select %[[ANY]], %[[ROUNDED]], %[[FEW]]
    // CHECK-NEXT: %enough = arith.cmpi sge, %sharedRows, %wantedRows
    // CHECK-NEXT: %[[SHRUNK:.*]] = arith.minsi %wantedRows, %shrunkRows
    // CHECK-NEXT: %chunkRows = arith.select %enough, %wantedRows, %[[SHRUNK]]
    // CHECK:      %chunks = arith.divsi %{{.*}}, %chunkRows
    // CHECK-NEXT: %fittingChunks = arith.divsi %fittingRows, %chunkRows
    // CHECK:      %heldChunks = arith.minsi %c3{{.*}}, %fittingChunks
    // CHECK:      %lanes = arith.minsi %c4, %blocks
    // CHECK-NEXT: %slots = arith.minsi %heldChunks, %chunks
    // CHECK-NEXT: ascendc.parameter "chunkRows" = %chunkRows
    // CHECK-NEXT: ascendc.parameter "chunks" = %chunks
    // CHECK-NEXT: ascendc.parameter "slots" = %slots
    // CHECK-NEXT: ascendc.parameter "lanes" = %lanes
    // CHECK-NEXT: return
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 3 : i64, lanes = 4 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

// A matrix that travels whole is one chunk of all rows, which must fit. The cube core is told of all ranks at once, for
// which cross-core flags set a limit.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func @whole_tiling
  func.func @whole(%x1: memref<?x?xf32> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    // CHECK:      %rowBytes = arith.muli %{{.*}}, %c4
    // CHECK:      %[[LESS:.*]] = arith.cmpi slt, %fittingRows, %m
    // CHECK:      scf.if %[[LESS]] {
    // CHECK-NEXT:   ascendc.refuse "the window is too small
    // CHECK:      ascendc.refuse "ranks of a kernel in two stages are 1 to 14, not %lld", %ranks
    // CHECK:      ascendc.parameter "chunkRows" = %m
    %gathered = dovetail.gathered %x1 {slots = 1 : i64, lanes = 4 : i64} : memref<?x?xf32> -> memref<?x?xf32, "gathered">
    return
  }
}

// -----

// A kernel that gathers nothing has sizes only.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func @alone_tiling(%m: index, %k: index, %ranks: index, %blocks: index, %windowBytes: index)
  // CHECK:         ascendc.refuse "blocks are 1 to 64, not %lld", %blocks
  // CHECK-NOT:     ascendc.parameter
  // CHECK:         return
  // CHECK:       func.func @alone(
  func.func @alone(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    return
  }
}
