// RUN: dovetail-opt %s --materialize-barriers --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// Stages that are not fused: the first pushes all rows to all ranks, the second waits for all arrivals.

// CHECK-LABEL: func.func @all_gather_matmul
func.func @all_gather_matmul(
    %x1: memref<?x?xf16> loc("x1"), %x2: memref<?x?xf16> loc("x2"), %output: memref<?x?xf16> loc("output"),
    %gather_out: memref<?x?xf16> loc("gather_out")) attributes {dovetail.kernel} {
  // Without chunks: the matrix travels whole.
  // CHECK: %gathered = dovetail.gathered %x1 :
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index

  // The peers are those at positions from 0 on: the own rows go through the window too.
  // CHECK:      scf.execute_region {
  // CHECK:        scf.for %[[CHUNK:.*]] = %c0_{{[0-9]+}} to %chunks step %c1_{{[0-9]+}} {
  // CHECK:          scf.for %[[POSITION:.*]] = %c0_{{[0-9]+}} to %ranks step %c1_{{[0-9]+}} {
  // CHECK-NEXT:       %peer = dovetail.peer %gathered to %[[POSITION]]
  // CHECK-NEXT:       dovetail.push %x1, %gathered[%[[CHUNK]]] to %peer
  // CHECK-NEXT:       dovetail.arrive %gathered[%[[CHUNK]]] at %peer
  // CHECK:      } {dovetail.stage = "gather"}
  scf.execute_region {
    %ranks = dovetail.ranks
    %m = dovetail.size "m"
    scf.for %rank = %c0 to %ranks step %c1 {
      scf.for %i = %c0 to %m step %c16 {
        %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
      }
    }
    scf.yield
  } {dovetail.stage = "gather"}

  // The one group of rows is all of them.
  // CHECK-NOT:  dovetail.barrier
  // CHECK:      %[[C0:.*]] = arith.constant 0 : index
  // CHECK-NEXT: %everything:5 = dovetail.group %gathered[%[[C0]]]
  // CHECK-NEXT: dovetail.await_arrivals %gathered, %everything#4
  // CHECK-NEXT: scf.execute_region {
  dovetail.barrier

  // CHECK-NOT:    dovetail.rows
  // CHECK:        scf.for %[[I:.*]] = %c0 to %everything#3 step %c16 {
  // CHECK:          scf.for {{.*}} iter_args
  // CHECK-NEXT:       %[[REST:.*]] = arith.subi %everything#3, %[[I]]
  // CHECK:            %tileRows = arith.minsi %{{.*}}, %[[REST]]
  // CHECK-NEXT:       %[[READ:.*]] = arith.addi %everything#1, %[[I]]
  // CHECK-NEXT:       dovetail.load %everything#0[%[[READ]], %{{.*}}] rows %tileRows : memref<?x?xf16>
  // CHECK-NEXT:       dovetail.load %x2
  // CHECK:          dovetail.store %sum, %output[%[[I]], %{{.*}}] :
  // CHECK:      } {dovetail.stage = "matmul"}
  scf.execute_region {
    %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
    %n = dovetail.size "n"
    %k = dovetail.size "k"
    scf.for %i = %c0 to %rows step %c16 {
      scf.for %j = %c0 to %n step %c32 {
        %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
        %sum = scf.for %d = %c0 to %k step %c32 iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
          %a = dovetail.load %gathered[%i, %d] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x32xf16>
          %b = dovetail.load %x2[%d, %j] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
          %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
          scf.yield %next : !dovetail.tile<16x32xf32>
        } loc("sum")
        dovetail.store %sum, %output[%i, %j] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
      }
    }
    scf.yield
  } {dovetail.stage = "matmul"}

  // CHECK: dovetail.copy %gathered, %gather_out
  dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
  return
}

// -----

// Two stages read: both wait for the one arrival of everything.
// CHECK-LABEL: func.func @two_readers
func.func @two_readers(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.execute_region {
    %ranks = dovetail.ranks
    %m = dovetail.size "m"
    scf.for %rank = %c0 to %ranks step %c1 {
      scf.for %i = %c0 to %m step %c16 {
        %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
      }
    }
    scf.yield
  } {dovetail.stage = "gather"}
  dovetail.barrier
  // CHECK:     dovetail.await_arrivals
  // CHECK-NOT: dovetail.await_arrivals
  // CHECK:     dovetail.load %everything#0
  // CHECK:     {dovetail.stage = "one"}
  // CHECK-NOT: dovetail.barrier
  // CHECK-NOT: dovetail.await_arrivals
  // CHECK:     dovetail.load %everything#0
  // CHECK:     {dovetail.stage = "two"}
  scf.execute_region {
    %tile = dovetail.load %gathered[%c16, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
    dovetail.store %tile, %output[%c16, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
    scf.yield
  } {dovetail.stage = "one"}
  dovetail.barrier
  scf.execute_region {
    %tile = dovetail.load %gathered[%c0, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
    dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
    scf.yield
  } {dovetail.stage = "two"}
  return
}

// -----

// What is cut in chunks has been fused.
// CHECK-LABEL: func.func @fused
// CHECK-NEXT:    dovetail.gathered %{{.*}} {chunk = 64 : i64}
// CHECK-NEXT:    return
func.func @fused(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
  %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}
