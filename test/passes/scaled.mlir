// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,build-tiling' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix FUSED
// RUN: dovetail-opt %s --pass-pipeline='materialize-barriers,bound-window' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix STAGES
// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,place-epilogues,assign-cores' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix CORES
// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,place-epilogues,assign-cores,order-tiles,canonicalize,cse,lower-to-ascendc' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix CALLS
// A kernel that scales what it accumulates, by scales of rows that are gathered with the rows: pass by pass.

// A window holds rows and their scales, which begin at a multiple of 512 bytes: 264192 bytes of counters, and 512 more.
// FUSED-LABEL: func.func @scaled_tiling
// FUSED:         %[[ROW:.*]] = arith.addi %k, %c4
// FUSED-NEXT:    %rowBytes = arith.muli %ranks, %[[ROW]]
// FUSED-NEXT:    %[[COUNTERS:.*]] = arith.constant 264704
// FUSED-NEXT:    arith.subi %windowBytes, %[[COUNTERS]]

// Rows and scales are pushed for one arrival, and awaited by one; what is read beside a group follows it.
// FUSED-LABEL: func.func @scaled(
// FUSED:         dovetail.await_release %gathered[%chunk] of %peer
// FUSED-NEXT:    dovetail.push %x1, %gathered[%chunk] to %peer
// FUSED-NEXT:    dovetail.push %x1_scale, %scales[%chunk] to %peer
// FUSED-NEXT:    dovetail.arrive %gathered[%chunk] at %peer
// FUSED-NOT:     dovetail.arrive
// FUSED:         %[[GROUP:.*]]:5 = dovetail.group %gathered[%group]
// FUSED-NEXT:    %scalesRows = dovetail.beside %scales[%group]
// FUSED-NEXT:    dovetail.await_arrivals %gathered, %[[GROUP]]#4
// FUSED:         scf.for %i =
// FUSED:           dovetail.load %x2_scale
// FUSED-NEXT:      %[[FIRST:.*]] = arith.addi %[[GROUP]]#1, %i
// FUSED-NEXT:      dovetail.load %scalesRows[%[[FIRST]], %c0] rows %tileRows
// FUSED:         dovetail.consume %gathered, %[[GROUP]]#4

// Without the fusion all ranks push everything, to themselves too.
// STAGES-LABEL: func.func @scaled(
// STAGES:         dovetail.gathered %x1 {lanes = 2 : i64, slots = 1 : i64}
// STAGES:         dovetail.push %x1, %gathered
// STAGES-NEXT:    dovetail.push %x1_scale, %scales
// STAGES-NEXT:    dovetail.arrive %gathered
// STAGES:         dovetail.beside %scales

// The cube core hands over, and knows nothing of scales.
// CORES-LABEL: func.func private @matmul(
// CORES-SAME:    dovetail.core = "cube"
// CORES-NOT:     dovetail.beside
// CORES-NOT:     dovetail.times
// CORES:         dovetail.await_arrivals %gathered
// CORES:         dovetail.hand_over %sum
// CORES:         dovetail.consume %gathered
// CORES-NOT:     dovetail.take

// A turn waits for nobody. Core 0 sends while slots are free, no more than one chunk to each peer ...
// CORES-LABEL: func.func private @gather_turn(
// CORES-SAME:    dovetail.core = "vectors"
// CORES-NOT:     dovetail.await
// CORES:         %sends = arith.select %receives, %c0
// CORES-NEXT:    %[[SENT:.*]] = dovetail.count %sent
// CORES-NEXT:    %[[ROUND:.*]] = arith.addi %[[SENT]], %peers
// CORES-NEXT:    %maySend = arith.minsi %sends, %[[ROUND]]
// CORES:         scf.while
// CORES:           arith.cmpi slt, %{{.*}}, %maySend
// CORES:           %[[FREE:.*]] = dovetail.is_released %gathered[%chunk] of %peer
// CORES-NEXT:      scf.if %[[FREE]] {
// CORES-NEXT:        dovetail.push %x1,
// CORES-NEXT:        dovetail.push %x1_scale,
// CORES-NEXT:        dovetail.arrive
// CORES-NEXT:        dovetail.count_up %sent
// CORES-NEXT:      }
// CORES-NEXT:      scf.yield %[[FREE]]
// ... and both tell of arrivals that have come, as many as a flag takes.
// CORES:         %[[CONSUMED:.*]] = dovetail.count %consumed
// CORES-NEXT:    %ahead = dovetail.ahead %gathered
// CORES-NEXT:    %[[MOST:.*]] = arith.addi %[[CONSUMED]], %ahead
// CORES-NEXT:    %mayTell = arith.minsi %total, %[[MOST]]
// CORES:           %[[HERE:.*]] = dovetail.has_arrived %gathered[%chunk] from %source
// CORES-NEXT:      scf.if %[[HERE]] {
// CORES-NEXT:        dovetail.forward
// CORES-NEXT:        dovetail.count_up %told
// CORES-NEXT:      }
// CORES-NEXT:      scf.yield %[[HERE]]

// Both vector cores go through the groups and tiles of their cube core.
// CORES-LABEL: func.func private @matmul_finish(
// CORES-SAME:    dovetail.core = "vectors"
// CORES-NOT:     dovetail.multiply
// CORES:         dovetail.enter_launch %gathered
// CORES:         scf.while
// CORES:           %[[NEEDED:.*]] = arith.addi %{{.*}}, %{{.*}}#4
// CORES-NEXT:      %[[TOLD:.*]] = dovetail.count %told
// CORES-NEXT:      arith.cmpi slt, %[[TOLD]], %[[NEEDED]]
// CORES:           func.call @gather_turn
// CORES:         scf.for %tile = %firstTile to %tiles step %blocks
// CORES:           func.call @gather_turn
// CORES-NEXT:      %taken = dovetail.take
// CORES:           %factor = dovetail.times
// CORES-NEXT:      %scaled = dovetail.times %taken, %factor
// CORES:           dovetail.store %scaled
// CORES-NEXT:      dovetail.give_back
// Both have read the scales of the slot before one of them releases it.
// CORES:         scf.for %arrival =
// CORES-NEXT:      dovetail.await_consumed
// CORES-NEXT:      dovetail.meet
// CORES:           scf.if %receives {
// CORES-NEXT:        dovetail.release %gathered[%chunk] to %source
// CORES-NEXT:      }
// CORES-NEXT:      dovetail.count_up %consumed
// CORES:         scf.while
// CORES:           arith.cmpi slt, %{{.*}}, %sends
// CORES:           func.call @gather_turn
// CORES:         dovetail.leave_launch %gathered

// A tile goes through the workspace: two of 32 x 64 integers for each block.
// CALLS-LABEL: func.func private @matmul(
// CALLS-SAME:    %workspace: !ascendc.address
// CALLS:         ascendc.mmad
// CALLS:         ascendc.cross_core_wait_flag "GIVEN_BACK"
// CALLS:         ascendc.fixpipe %handedOverTile
// CALLS-NEXT:    ascendc.cross_core_set_flag "HANDED_OVER" mode 2 pipe "FIX"
// CALLS:         ascendc.cross_core_set_flag "CONSUMED"
// CALLS:         ascendc.cross_core_wait_flag "GIVEN_BACK"
// CALLS-LABEL: func.func private @matmul_finish(
// CALLS:         %handover = ascendc.set_global_buffer %workspace
// CALLS:         %scalesWindow = ascendc.set_global_buffer
// CALLS:         ascendc.cross_core_wait_flag "HANDED_OVER"
// CALLS-NEXT:    %tileSlot = ascendc.next_slot %tilesTaken of 2
// CALLS:         ascendc.copy_in %scalesOfColumns
// Each core has half of the rows, and takes 16 at a time.
// CALLS:         %[[CORE:.*]] = ascendc.get_sub_block_idx
// CALLS:         %begin = arith.muli %[[CORE]], %half
// CALLS:         scf.for %row = %begin to %end step %c16
// CALLS:           ascendc.copy_rows_in %sumsOfPiece
// CALLS:           ascendc.copy_in %scalesOfRows
// CALLS:           ascendc.brcb %{{.*}}, %scalesOfRows
// CALLS:           scf.for %lane =
// CALLS:             ascendc.cast %scaledLanes
// CALLS:             ascendc.mul %factorLanes
// CALLS:             ascendc.mul %{{.*}}, %scaledLanes, %factorLanes
// CALLS:             ascendc.cast
// CALLS:           ascendc.copy_rows_out
// CALLS:         ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "MTE2"
// CALLS:         ascendc.cross_core_wait_flag "CONSUMED"
// CALLS-NEXT:    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
// CALLS-NEXT:    ascendc.cross_core_wait_flag "MET"
// CALLS-LABEL: func.func @scaled(
// CALLS-SAME:    ascendc.workspace = 16384

module attributes {dovetail.machine = "Ascend910B3", dovetail.schedule = {chunk = 32 : i64, lanes = 2 : i64, order = "arrival", slots = 2 : i64, tile = [32, 64, 64]}} {
  func.func @scaled(
      %x1: memref<?x?xi8> {dovetail.sizes = ["m", "k"]} loc("x1"), %x2: memref<?x?xi8> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.output, dovetail.sizes = ["ranks * m", "n"]} loc("output"),
      %x1_scale: memref<?x?xf32> {dovetail.sizes = ["m", "1"]} loc("x1_scale"),
      %x2_scale: memref<?x?xf32> {dovetail.sizes = ["1", "n"]} loc("x2_scale")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 : memref<?x?xi8> -> memref<?x?xi8, "gathered"> loc("gathered")
    %scales = dovetail.gathered %x1_scale with %gathered : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xi8, "gathered"> loc("scales")
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %ranks = dovetail.ranks
      %c1 = arith.constant 1 : index
      %m = dovetail.size "m"
      %c32 = arith.constant 32 : index
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c32 {
          %0 = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xi8> -> !dovetail.tile<32x?xi8>
          dovetail.store %0, %gathered[%i, %c0] of %rank : !dovetail.tile<32x?xi8>, memref<?x?xi8, "gathered">
          %1 = dovetail.load %x1_scale[%i, %c0] of %rank : memref<?x?xf32> -> !dovetail.tile<32x1xf32>
          dovetail.store %1, %scales[%i, %c0] of %rank : !dovetail.tile<32x1xf32>, memref<?x?xf32, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    dovetail.barrier
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %rows = dovetail.rows %gathered : memref<?x?xi8, "gathered">
      %c32 = arith.constant 32 : index
      %n = dovetail.size "n"
      %c64 = arith.constant 64 : index
      %k = dovetail.size "k"
      scf.for %i = %c0 to %rows step %c32 {
        scf.for %j = %c0 to %n step %c64 {
          %zeros = dovetail.zeros : !dovetail.tile<32x64xsi32>
          %sum = scf.for %d = %c0 to %k step %c64 iter_args(%partial = %zeros) -> (!dovetail.tile<32x64xsi32>) {
            %left = dovetail.load %gathered[%i, %d] : memref<?x?xi8, "gathered"> -> !dovetail.tile<32x64xi8>
            %right = dovetail.load %x2[%d, %j] : memref<?x?xi8> -> !dovetail.tile<64x64xi8>
            %next = dovetail.multiply %left, %right, %partial : !dovetail.tile<32x64xi8>, !dovetail.tile<64x64xi8> -> !dovetail.tile<32x64xsi32>
            scf.yield %next : !dovetail.tile<32x64xsi32>
          } loc("sum")
          %columns = dovetail.load %x2_scale[%c0, %j] : memref<?x?xf32> -> !dovetail.tile<1x64xf32> loc("columns")
          %of_rows = dovetail.load %scales[%i, %c0] : memref<?x?xf32, "gathered"> -> !dovetail.tile<32x1xf32> loc("ofRows")
          %factor = dovetail.times %of_rows, %columns : !dovetail.tile<32x1xf32>, !dovetail.tile<1x64xf32> -> !dovetail.tile<32x64xf32> loc("factor")
          %scaled = dovetail.times %sum, %factor : !dovetail.tile<32x64xsi32>, !dovetail.tile<32x64xf32> -> !dovetail.tile<32x64xf32> loc("scaled")
          dovetail.store %scaled, %output[%i, %j] : !dovetail.tile<32x64xf32>, memref<?x?xf16>
        }
      }
      scf.yield
    } {dovetail.stage = "matmul"}
    return
  }
}
