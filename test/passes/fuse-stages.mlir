// RUN: dovetail-opt %s --fuse-stages --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// RUN: dovetail-opt %s --fuse-stages=chunk=48 --split-input-file | filecheck %s --check-prefix=OPTION
// A stage that gathers and a stage that reads what it gathers: the first pushes chunks, the second goes over groups of
// rows and waits for the arrivals of each. The barrier between them is gone.

// CHECK-LABEL: func.func @all_gather_matmul
// OPTION: dovetail.gathered %{{.*}} {chunk = 48 : i64}
module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @all_gather_matmul(
      %x1: memref<?x?xf16> loc("x1"), %x2: memref<?x?xf16> loc("x2"), %output: memref<?x?xf16> loc("output"),
      %gather_out: memref<?x?xf16> loc("gather_out")) attributes {dovetail.kernel} {
    // CHECK: %gathered = dovetail.gathered %x1 {chunk = 64 : i64}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index

    // The peers are those at positions from 1 on: own rows stay where they are.
    // CHECK:      scf.execute_region {
    // CHECK-NEXT:   %chunks = dovetail.chunks %gathered
    // CHECK-NEXT:   %ranks = dovetail.ranks
    // CHECK:        scf.for %[[CHUNK:.*]] = %c0_{{[0-9]+}} to %chunks step %c1_{{[0-9]+}} {
    // CHECK:          scf.for %[[POSITION:.*]] = %c1_{{[0-9]+}} to %ranks step %c1_{{[0-9]+}} {
    // CHECK-NEXT:       %peer = dovetail.peer %gathered to %[[POSITION]]
    // CHECK-NEXT:       dovetail.push %x1, %gathered[%[[CHUNK]]] to %peer
    // CHECK-NEXT:       dovetail.arrive %gathered[%[[CHUNK]]] at %peer
    // CHECK-NEXT:     }
    // CHECK-NEXT:   }
    // CHECK-NEXT:   scf.yield
    // CHECK-NEXT: } {dovetail.stage = "gather"}
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

    // CHECK-NOT: dovetail.barrier
    dovetail.barrier

    // CHECK:      scf.execute_region {
    // CHECK:        %n = dovetail.size "n"
    // CHECK-NOT:    dovetail.rows
    // CHECK:        %groups = dovetail.groups %gathered
    // CHECK:        scf.for %[[GROUP:.*]] = %c0_{{[0-9]+}} to %groups step %c1_{{[0-9]+}} {
    // The results of a group are: the matrix in which its rows lie, the first of them there, the row of the gathered
    // matrix that this is, how many they are, and how many arrivals they need.
    // CHECK-NEXT:     %[[G:.*]]:5 = dovetail.group %gathered[%[[GROUP]]]
    // CHECK-NEXT:     dovetail.await_arrivals %gathered, %[[G]]#4
    // CHECK:          scf.for %[[I:.*]] = %c0_{{[0-9]+}} to %[[G]]#3 step %c16 {
    // CHECK-NEXT:       %[[REST:.*]] = arith.subi %[[G]]#3, %[[I]]
    // CHECK-NEXT:       %tileRows = arith.minsi %c16, %[[REST]]
    // CHECK-NEXT:       scf.for %[[J:.*]] = %c0 to %n step %c32 {
    // CHECK:              %[[READ:.*]] = arith.addi %[[G]]#1, %[[I]]
    // CHECK-NEXT:         dovetail.load %[[G]]#0[%[[READ]], %{{.*}}] rows %tileRows : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
    // CHECK-NEXT:         dovetail.load %x2[%{{.*}}, %[[J]]] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
    // CHECK:              %[[WRITTEN:.*]] = arith.addi %[[G]]#2, %[[I]]
    // CHECK-NEXT:         dovetail.store %sum, %output[%[[WRITTEN]], %[[J]]] rows %tileRows
    // CHECK:      } {dovetail.stage = "matmul"}
    // CHECK-NEXT: dovetail.copy %gathered, %gather_out
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      %n = dovetail.size "n" loc("n")
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
    dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
    return
  }
}

// -----

// All stages that read the gathered matrix share one loop over its groups, each with its own loop over rows: a chunk is
// waited for once. What else the stage reads at its rows, it reads at the rows of the group.
// CHECK-LABEL: func.func @two_readers
module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @two_readers(
      %x1: memref<?x?xf16> loc("x1"), %other: memref<?x?xf16> loc("other"), %left: memref<?x?xf16> loc("left"),
      %right: memref<?x?xf16> loc("right")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
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

    // CHECK:      {dovetail.stage = "gather"}
    // CHECK:      dovetail.await_arrivals
    // CHECK:      scf.for %[[I:.*]] = {{.*}} step %c16 {
    // CHECK:        dovetail.store {{.*}}, %left
    // CHECK:      }
    // CHECK:      scf.for %[[I:.*]] = {{.*}} to %[[G:.*]]#3 step %c32 {
    // CHECK:        %tileRows{{.*}} = arith.minsi %c32
    // CHECK:        dovetail.store {{.*}}, %right[%{{.*}}, %c0] rows %tileRows
    // CHECK-NEXT:   %[[ROW:.*]] = arith.addi %[[G]]#2, %[[I]]
    // CHECK-NEXT:   dovetail.load %other[%[[ROW]], %c0] rows %tileRows
    // CHECK:        dovetail.store {{.*}}, %right[%{{.*}}, %c16] rows %tileRows
    // CHECK-NOT:  scf.execute_region
    // CHECK:      {dovetail.stage = "one_and_two"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c16 {
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %left[%i, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "one"}
    dovetail.barrier
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c32 {
        %a = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<32x?xf16>
        dovetail.store %a, %right[%i, %c0] : !dovetail.tile<32x?xf16>, memref<?x?xf16>
        %b = dovetail.load %other[%i, %c0] : memref<?x?xf16> -> !dovetail.tile<32x?xf16>
        dovetail.store %b, %right[%i, %c16] : !dovetail.tile<32x?xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "two"}
    return
  }
}

// -----

// A kernel that gathers nothing stays as it is.
// CHECK-LABEL: func.func @scale
// CHECK:         dovetail.load %x1
// CHECK-NEXT:    dovetail.store
// CHECK-NOT:     dovetail.group
module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @scale(%x1: memref<?x?xf16> loc("x1"), %output: memref<?x?xf16> loc("output")) attributes {dovetail.kernel} {
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %tile = dovetail.load %x1[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
      dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      scf.yield
    } {dovetail.stage = "copy"}
    return
  }
}
