// RUN: dovetail-opt %s --assign-cores --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// A kernel becomes three functions: what the cube core runs, and what each of the two vector cores runs. Blocks share
// the tiles, and the sending of chunks.

module attributes {dovetail.machine = "Ascend910B3"} {
  // The cube core takes every so-manieth tile. Whose turn it is goes on from group to group, so that all blocks have work
  // where a group has few tiles.
  // CHECK-LABEL: func.func private @matmul(%x1: {{.*}}, %x2: {{.*}}, %output: {{.*}}) attributes
  // CHECK-SAME:  dovetail.comment = "What the cube core runs: stage \22matmul\22 (assign-cores.mlir:[[# @LINE + 111]])."
  // CHECK-SAME:  dovetail.core = "cube"
  // CHECK-NOT:     dovetail.push
  // CHECK:         scf.for %{{.*}} = {{.*}} iter_args(%turn = %c0_{{[0-9]+}}) -> (index) {
  // CHECK:           dovetail.await_arrivals %gathered, %[[GROUP:.*]]#4
  // CHECK:           %rowTiles = arith.divsi %{{.*}}, %c16
  // CHECK:           %columnTiles = arith.divsi %{{.*}}, %c32
  // CHECK-NEXT:      %tiles = arith.muli %rowTiles, %columnTiles
  // CHECK-NEXT:      %[[A:.*]] = arith.subi %block, %turn
  // CHECK-NEXT:      %[[B:.*]] = arith.addi %[[A]], %blocks
  // CHECK-NEXT:      %firstTile = arith.remsi %[[B]], %blocks
  // CHECK-NEXT:      scf.for %tile = %firstTile to %tiles step %blocks {
  // CHECK-NEXT:        %[[ROW:.*]] = arith.divsi %tile, %columnTiles
  // CHECK-NEXT:        %i = arith.muli %[[ROW]], %c16
  // CHECK-NEXT:        %[[COLUMN:.*]] = arith.remsi %tile, %columnTiles
  // CHECK-NEXT:        %j = arith.muli %[[COLUMN]], %c32
  // CHECK:             dovetail.load %[[GROUP]]#0[%i, %[[D:.*]]]
  // CHECK-NEXT:        dovetail.load %x2[%[[D]], %j]
  // CHECK:             dovetail.store %sum, %output[%i, %j]
  // CHECK-NEXT:      }
  // CHECK-NEXT:      %[[TAKEN:.*]] = arith.addi %turn, %tiles
  // CHECK-NEXT:      %[[NEXT:.*]] = arith.remsi %[[TAKEN]], %blocks
  // CHECK-NEXT:      dovetail.consume %gathered, %[[GROUP]]#4
  // CHECK-NEXT:      scf.yield %[[NEXT]]

  // Vector core 0 of the first `lanes` blocks sends; that of every block tells the cube core, and goes no more than
  // `ahead` transfers ahead of it.
  // CHECK-LABEL: func.func private @gather_send(%x1: {{.*}}) attributes
  // CHECK-SAME:  dovetail.core = "vector 0"
  // CHECK:         dovetail.enter_launch %gathered
  // CHECK:         %peers = arith.subi %ranks, %c1
  // CHECK:         %total = arith.muli %chunks, %peers
  // CHECK-NEXT:    %ahead = dovetail.ahead %gathered
  // CHECK-NEXT:    %lanes = dovetail.lanes %gathered
  // CHECK-NEXT:    %[[BLOCK:.*]] = dovetail.block
  // CHECK-NEXT:    %sends = arith.cmpi slt, %[[BLOCK]], %lanes
  // CHECK:         scf.for %chunk =
  // CHECK-NEXT:      scf.if %sends {
  // CHECK-NEXT:        scf.for %[[POSITION:.*]] =
  // CHECK-NEXT:          %[[PEER:.*]] = dovetail.peer %gathered to %[[POSITION]]
  // CHECK-NEXT:          dovetail.await_release %gathered[%chunk] of %[[PEER]]
  // CHECK-NEXT:          dovetail.push %x1, %gathered[%chunk] to %[[PEER]]
  // CHECK-NEXT:          dovetail.arrive %gathered[%chunk] at %[[PEER]]
  // CHECK:           scf.for %place = {{.*}} to %peers
  // CHECK-NEXT:        %[[BEFORE:.*]] = arith.muli %chunk, %peers
  // CHECK-NEXT:        %token = arith.addi %[[BEFORE]], %place
  // CHECK-NEXT:        %[[FAR:.*]] = arith.cmpi sge, %token, %ahead
  // CHECK-NEXT:        scf.if %[[FAR]] {
  // CHECK-NEXT:          dovetail.await_consumed
  // CHECK-NEXT:        }
  // CHECK-NEXT:        dovetail.forward
  // What is ahead at the end is awaited, so that no flag is left set.
  // CHECK:         %[[LEFT:.*]] = arith.minsi %total, %ahead
  // CHECK:         scf.for %token = {{.*}} to %[[LEFT]]
  // CHECK-NEXT:      dovetail.await_consumed
  // CHECK-NEXT:    }
  // CHECK-NEXT:    dovetail.leave_launch %gathered

  // Vector core 1 receives: the transfer that has come is told to the cube core and kept for the output, the one that the
  // cube core has consumed is released.
  // CHECK-LABEL: func.func private @gather_receive(%x1: {{.*}}, %gather_out: {{.*}}) attributes
  // CHECK-SAME:  dovetail.core = "vector 1"
  // CHECK:         dovetail.enter_launch
  // CHECK:         dovetail.keep_own %x1, %gather_out
  // CHECK:         %[[END:.*]] = arith.addi %total, %ahead
  // CHECK:         scf.for %token = {{.*}} to %[[END]]
  // CHECK-NEXT:      %[[BEHIND:.*]] = arith.cmpi sge, %token, %ahead
  // CHECK-NEXT:      scf.if %[[BEHIND]] {
  // CHECK-NEXT:        dovetail.await_consumed
  // CHECK-NEXT:        %consumed = arith.subi %token, %ahead
  // CHECK-NEXT:        %chunk = arith.divsi %consumed, %peers
  // CHECK-NEXT:        %[[PLACE:.*]] = arith.remsi %consumed, %peers
  // CHECK:             %position = arith.addi %[[PLACE]], %c1
  // CHECK-NEXT:        %source = dovetail.peer %gathered from %position
  // CHECK-NEXT:        dovetail.release %gathered[%chunk] to %source
  // CHECK-NEXT:      }
  // CHECK-NEXT:      %[[COMES:.*]] = arith.cmpi slt, %token, %total
  // CHECK-NEXT:      scf.if %[[COMES]] {
  // CHECK:             %source = dovetail.peer %gathered from %position
  // CHECK-NEXT:        dovetail.await_arrival %gathered[%chunk] from %source
  // CHECK-NEXT:        dovetail.forward
  // CHECK-NEXT:        dovetail.keep %gathered[%chunk] of %source, %gather_out
  // CHECK:         dovetail.leave_launch

  // CHECK-LABEL: func.func @all_gather_matmul(
  // CHECK-NEXT:    call @matmul(%x1, %x2, %output) {dovetail.core = "cube"}
  // CHECK-NEXT:    call @gather_send(%x1) {dovetail.core = "vector 0"}
  // CHECK-NEXT:    call @gather_receive(%x1, %gather_out) {dovetail.core = "vector 1"}
  // CHECK-NEXT:    return
  func.func @all_gather_matmul(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "n"]} loc("output"),
      %gather_out: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("gather_out")) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    scf.execute_region {
      %chunks = dovetail.chunks %gathered : memref<?x?xf16, "gathered">
      %ranks = dovetail.ranks
      scf.for %chunk = %c0 to %chunks step %c1 {
        scf.for %position = %c1 to %ranks step %c1 {
          %peer = dovetail.peer %gathered to %position : memref<?x?xf16, "gathered">
          dovetail.await_release %gathered[%chunk] of %peer : memref<?x?xf16, "gathered">
          dovetail.push %x1, %gathered[%chunk] to %peer : memref<?x?xf16>, memref<?x?xf16, "gathered">
          dovetail.arrive %gathered[%chunk] at %peer : memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %groups = dovetail.groups %gathered : memref<?x?xf16, "gathered">
      %n = dovetail.size "n"
      %k = dovetail.size "k"
      scf.for %group = %c0 to %groups step %c1 {
        %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%group] : memref<?x?xf16, "gathered"> -> memref<?x?xf16> loc("group")
        dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
        scf.for %i = %c0 to %count step %c16 {
          scf.for %j = %c0 to %n step %c32 {
            %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
            %sum = scf.for %d = %c0 to %k step %c32 iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
              %a = dovetail.load %rows[%i, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
              %b = dovetail.load %x2[%d, %j] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
              %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
              scf.yield %next : !dovetail.tile<16x32xf32>
            } loc("sum")
            dovetail.store %sum, %output[%i, %j] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
          }
        }
        dovetail.consume %gathered, %arrivals : memref<?x?xf16, "gathered">
      }
      scf.yield
    } {dovetail.stage = "matmul"}
    dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
    return
  }
}

// -----

// A gather by itself: nothing to tell to a cube core; a chunk is released once it is kept.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-NOT:   func.func private @gather(
  // CHECK-LABEL: func.func private @gather_send
  // CHECK-NOT:     dovetail.forward
  // CHECK-NOT:     dovetail.await_consumed
  // CHECK-LABEL: func.func private @gather_receive
  // CHECK:         scf.for %token = {{.*}} to %total
  // CHECK:           dovetail.await_arrival %gathered[%chunk] from %source
  // CHECK-NEXT:      dovetail.keep %gathered[%chunk] of %source, %gather_out
  // CHECK-NEXT:      dovetail.release %gathered[%chunk] to %source
  // CHECK-NEXT:    }
  // CHECK-LABEL: func.func @all_gather(
  func.func @all_gather(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %gather_out: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("gather_out")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %chunks = dovetail.chunks %gathered : memref<?x?xf16, "gathered">
      scf.for %chunk = %c0 to %chunks step %c1 {
        %peer = dovetail.peer %gathered to %c1 : memref<?x?xf16, "gathered">
        dovetail.push %x1, %gathered[%chunk] to %peer : memref<?x?xf16>, memref<?x?xf16, "gathered">
      }
      scf.yield
    } {dovetail.stage = "gather"}
    dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
    return
  }
}

// -----

// A matrix that travels whole comes through the window for the own rank too: a transfer from each rank, position 0
// being the own one, and no own rows to keep beside them.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @gather_receive
  // CHECK-NOT:     dovetail.keep_own
  // CHECK:         %total = arith.muli %chunks, %ranks
  // CHECK-NOT:     dovetail.keep_own
  // CHECK:         %[[PLACE:.*]] = arith.remsi %token, %ranks
  // CHECK:         %position = arith.addi %[[PLACE]], %c0
  // CHECK:         dovetail.peer %gathered from %position
  // CHECK-LABEL: func.func @whole(
  func.func @whole(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %gather_out: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("gather_out")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 {slots = 1 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    scf.execute_region {
      %c0 = arith.constant 0 : index
      dovetail.push %x1, %gathered[%c0] to %c0 : memref<?x?xf16>, memref<?x?xf16, "gathered">
      scf.yield
    } {dovetail.stage = "gather"}
    dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
    return
  }
}

// -----

// A matmul by itself: the cube core alone, from the first tile on. A stage called as the kernel keeps its name apart.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @matmul_stage(
  // CHECK:         scf.for %tile = %block to %tiles step %blocks
  // CHECK-NOT:   func.func private
  // CHECK:       func.func @matmul(
  // CHECK-NEXT:    call @matmul_stage(%x1, %x2, %output) {dovetail.core = "cube"}
  // CHECK-NEXT:    return
  func.func @matmul(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.kernel} {
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : index
      %m = dovetail.size "m"
      scf.for %i = %c0 to %m step %c16 {
        %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
        %a = dovetail.load %x1[%i, %c0] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
        %b = dovetail.load %x2[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
        %next = dovetail.multiply %a, %b, %zeros : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
        dovetail.store %next, %output[%i, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "matmul"}
    return
  }
}

// -----

// A loop beside the one that pushes stays as it is.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @gather_send(
  // CHECK:         scf.for %chunk =
  // CHECK:         scf.for
  // CHECK-NEXT:      dovetail.arrive %gathered
  // CHECK-NEXT:    }
  // CHECK-NEXT:    dovetail.leave_launch %gathered
  func.func @kernel(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 2 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %chunks = dovetail.chunks %gathered : memref<?x?xf16, "gathered">
      scf.for %chunk = %c0 to %chunks step %c1 {
        %peer = dovetail.peer %gathered to %c1 : memref<?x?xf16, "gathered">
        dovetail.push %x1, %gathered[%chunk] to %peer : memref<?x?xf16>, memref<?x?xf16, "gathered">
      }
      scf.for %chunk = %c0 to %chunks step %c1 {
        dovetail.arrive %gathered[%chunk] at %c0 : memref<?x?xf16, "gathered">
      }
      scf.yield
    } {dovetail.stage = "gather"}
    return
  }
}
