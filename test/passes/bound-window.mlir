// RUN: dovetail-opt %s --bound-window --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// RUN: dovetail-opt %s --bound-window=slots=5 --split-input-file | filecheck %s --check-prefix=OPTION
// Slots bound what a window holds: who pushes waits for the release of what was in the slot before, and who reads says
// when it has read a group's rows for the last time.

// CHECK-LABEL: func.func @fused
// OPTION: dovetail.gathered %{{.*}} {chunk = 64 : i64, lanes = 3 : i64, slots = 5 : i64}
module attributes {dovetail.schedule = {slots = 2 : i64, lanes = 3 : i64}} {
  func.func @fused(%x1: memref<?x?xf16> loc("x1"), %output: memref<?x?xf16> loc("output")) attributes {dovetail.kernel} {
    // CHECK: %gathered = dovetail.gathered %x1 {chunk = 64 : i64, lanes = 3 : i64, slots = 2 : i64}
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.execute_region {
      // CHECK:      %peer = dovetail.peer
      // CHECK-NEXT: dovetail.await_release %gathered[%c0] of %peer
      // CHECK-NEXT: dovetail.push %x1, %gathered[%c0] to %peer
      %peer = dovetail.peer %gathered to %c1 : memref<?x?xf16, "gathered"> loc("peer")
      dovetail.push %x1, %gathered[%c0] to %peer : memref<?x?xf16>, memref<?x?xf16, "gathered">
      dovetail.arrive %gathered[%c0] at %peer : memref<?x?xf16, "gathered">
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %groups = dovetail.groups %gathered : memref<?x?xf16, "gathered">
      scf.for %group = %c0 to %groups step %c1 {
        %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%group] : memref<?x?xf16, "gathered"> -> memref<?x?xf16> loc("group")
        // CHECK: dovetail.await_arrivals %gathered, %group#4
        dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
        // Behind the last of the loops that read rows of the group, and before what comes after.
        // CHECK:      dovetail.load %group#0[%[[I:.*]], %c0]
        // CHECK-NOT:  dovetail.consume
        // CHECK:      dovetail.load %group#0[%c0, %[[J:.*]]]
        // CHECK-NEXT: dovetail.store
        // CHECK-NEXT: }
        // CHECK-NEXT: dovetail.consume %gathered, %group#4
        // CHECK-NEXT: dovetail.load %x1
        scf.for %i = %c0 to %count step %c1 {
          %tile = dovetail.load %rows[%i, %c0] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %output[%i, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
        }
        scf.for %j = %c0 to %count step %c1 {
          %tile = dovetail.load %rows[%c0, %j] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %output[%c0, %j] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
        }
        %tile = dovetail.load %x1[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "matmul"}
    return
  }
}

// -----

// A matrix that travels whole has one slot, whatever the schedule says; a group that nobody reads is consumed at once.
// CHECK-LABEL: func.func @whole
// OPTION: dovetail.gathered %{{.*}} {lanes = 3 : i64, slots = 1 : i64}
module attributes {dovetail.schedule = {slots = 2 : i64, lanes = 3 : i64}} {
  func.func @whole(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    // CHECK: dovetail.gathered %{{.*}} {lanes = 3 : i64, slots = 1 : i64}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%c0] : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
    // CHECK:      dovetail.await_arrivals
    // CHECK-NEXT: dovetail.consume
    // CHECK-NEXT: return
    dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
    return
  }
}
