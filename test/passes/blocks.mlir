// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,build-tiling' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix FUSED
// RUN: dovetail-opt %s --pass-pipeline='materialize-barriers' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix STAGES
// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,place-epilogues' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix PLACED
// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,place-epilogues,assign-cores' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix CORES
// RUN: dovetail-opt %s --pass-pipeline='fuse-stages,bound-window,place-epilogues,assign-cores,order-tiles,canonicalize,cse,lower-to-ascendc' --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix CALLS
// A kernel whose factors have scales of blocks of 128 x 128, gathered with the rows: pass by pass.

// A chunk is of whole blocks, though the schedule asks for 48 rows: 128. Smaller ones than a block would be refused,
// unless a rank has no more rows.
// FUSED-LABEL: func.func @blocks_tiling
// FUSED:         %[[LEAST:.*]] = arith.minsi %m, %c128{{.*}}
// FUSED:         arith.cmpi slt, %fittingRows, %[[LEAST]]
// FUSED:         ascendc.refuse "the window is too small
// FUSED:         %[[CHUNK:.*]] = arith.constant 128
// FUSED-NEXT:    %wantedRows = arith.minsi %[[CHUNK]], %m
// FUSED:         %sharedRows = arith.divsi
// FUSED:         arith.divsi %sharedRows, %c128

// The row of scales follows from the row of the group, wherever that begins.
// FUSED-LABEL: func.func @blocks(
// FUSED:         dovetail.push %x1, %gathered[%chunk] to %peer
// FUSED-NEXT:    dovetail.push %x1_blocks, %scales[%chunk] to %peer
// FUSED-NEXT:    dovetail.arrive %gathered[%chunk] at %peer
// FUSED:         %[[GROUP:.*]]:5 = dovetail.group %gathered[%group]
// FUSED-NEXT:    %scalesRows = dovetail.beside %scales[%group]
// FUSED:           %sum = scf.for
// FUSED:             %[[DEPTH:.*]] = arith.divsi %{{.*}}, %c128
// FUSED-NEXT:        %[[FIRST:.*]] = arith.addi %[[GROUP]]#1, %i
// FUSED-NEXT:        %[[ROW:.*]] = dovetail.block_row %[[FIRST]] of %m by 128
// FUSED-NEXT:        dovetail.load %scalesRows[%[[ROW]], %[[DEPTH]]] rows %tileRows : memref<?x?xf32> -> !dovetail.tile<1x2xf32>

// STAGES-LABEL: func.func @blocks(
// STAGES:         %[[ROW:.*]] = dovetail.block_row %{{.*}} of %m by 128
// STAGES-NEXT:    dovetail.load %{{[0-9]+}}[%[[ROW]], %{{[0-9]+}}] rows %tileRows

// The loop goes by blocks of 128, whatever the depth of the tiles, and hands over what it multiplies in each step.
// PLACED-LABEL: func.func @blocks(
// PLACED:         %zeros = dovetail.zeros
// PLACED-NEXT:    %[[DEPTH:.*]] = arith.constant 128
// PLACED-NEXT:    %sum = scf.for %{{.*}} = %c0 to %k step %[[DEPTH]] iter_args(%[[SUM:.*]] = %zeros)
// PLACED:           %[[LEFT:.*]] = dovetail.load %{{.*}} rows %tileRows : memref<?x?xf8E4M3FN> -> !dovetail.tile<32x128xf8E4M3FN>
// PLACED-NEXT:      %[[RIGHT:.*]] = dovetail.load %x2{{.*}} -> !dovetail.tile<128x256xf8E4M3FN>
// PLACED-NEXT:      %product = dovetail.multiply %[[LEFT]], %[[RIGHT]], %zeros
// PLACED-NEXT:      dovetail.hand_over %product
// PLACED-NEXT:      %taken = dovetail.take
// PLACED-NEXT:      %[[ROWS:.*]] = dovetail.load %scalesRows{{.*}} -> !dovetail.tile<1x1xf32>
// PLACED-NEXT:      %[[COLUMNS:.*]] = dovetail.load %x2_blocks{{.*}} -> !dovetail.tile<1x2xf32>
// PLACED-NEXT:      %[[NEXT:.*]] = dovetail.add_scaled %taken, %[[SUM]] scaled %[[ROWS]] by %[[COLUMNS]]
// PLACED-NEXT:      scf.yield %[[NEXT]]
// PLACED:         dovetail.store %sum, %output

// The cube core hands over products, and knows no sum and no scales.
// CORES-LABEL: func.func private @matmul(
// CORES-SAME:    dovetail.core = "cube"
// CORES-NOT:     dovetail.block_row
// CORES-NOT:     dovetail.beside
// CORES:         scf.for %{{.*}} = %c0 to %k step %{{.*}} {
// CORES:           dovetail.hand_over %product
// CORES-NEXT:    }
// CORES-NOT:     dovetail.store
// CORES-NOT:     dovetail.take
// The vector cores take a turn before each tile, and give back each product.
// CORES-LABEL: func.func private @matmul_finish(
// CORES-NOT:     dovetail.multiply
// CORES:         scf.for %tile
// CORES:           func.call @gather_turn
// CORES-NEXT:      %sum = scf.for
// CORES-NOT:         func.call
// CORES:             %taken = dovetail.take
// CORES:             dovetail.add_scaled
// CORES-NEXT:        dovetail.give_back
// CORES-NEXT:        scf.yield
// CORES:           dovetail.store
// CORES:           dovetail.meet
// CORES:           dovetail.release

// Each product starts anew, and goes through the workspace while the next one is made.
// CALLS-LABEL: func.func private @matmul(
// CALLS:         ascendc.buffer "CO1" 2 x 8192
// CALLS:         scf.for %k
// CALLS:           %accumulatorSlot = ascendc.next_slot %l0CTaken of 2
// CALLS:           scf.for %slice
// CALLS:             %[[FIRST:.*]] = arith.cmpi eq, %slice, %c0{{.*}}
// CALLS:             ascendc.mmad %accumulator, %left, %right sizes %{{.*}} initial %[[FIRST]]
// CALLS:           ascendc.cross_core_wait_flag "GIVEN_BACK"
// CALLS:           ascendc.fixpipe %handedOverTile, %accumulator
// CALLS-NEXT:      ascendc.cross_core_set_flag "HANDED_OVER" mode 2 pipe "FIX"

// Each vector core takes half of the rows, by those that share a scale: block b of rank b / ceil(m / 128).
// CALLS-LABEL: func.func private @gather_turn(
// CALLS:         %blocksOfChunk = arith.divsi
// CALLS-LABEL: func.func private @matmul_finish(
// CALLS:         %sums = ascendc.buffer "VECCALC" 1 x 4096
// CALLS:         scf.for %k
// CALLS:           ascendc.cross_core_wait_flag "HANDED_OVER"
// CALLS:           ascendc.copy_rows_in %scalesOfColumns
// CALLS:           scf.for %rowBlock =
// CALLS:             ascendc.copy_in %scaleOfRows
// CALLS:             scf.for %columnBlock =
// CALLS:               ascendc.mul %productOfScales, %scaleOfRows
// CALLS:               ascendc.brcb %{{.*}}, %productOfScales
// CALLS:             %rowOfRank = arith.muli
// CALLS:             scf.for %row = %blockBegin to %blockEnd step %c16
// CALLS:               ascendc.copy_rows_in %productOfPiece
// CALLS:               scf.for %lane =
// The first product makes the sum, those after it are added.
// CALLS:                 scf.if
// CALLS-NEXT:              ascendc.mul %sumsOfLanes, %productOfLanes, %factor
// CALLS:                 } else {
// CALLS:                   ascendc.mul %scaledLanes, %productOfLanes, %factor
// CALLS-NEXT:              ascendc.add %sumsOfLanes, %sumsOfLanes, %scaledLanes
// CALLS:           ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "MTE2"
// CALLS:         ascendc.cast
// CALLS:         ascendc.copy_rows_out %{{.*}}, %roundedSums

module attributes {dovetail.machine = "Ascend950", dovetail.schedule = {chunk = 48 : i64, lanes = 2 : i64, order = "arrival", slots = 2 : i64, tile = [32, 256, 256]}} {
  func.func @blocks(
      %x1: memref<?x?xf8E4M3FN> {dovetail.sizes = ["m", "k"]} loc("x1"), %x2: memref<?x?xf8E4M3FN> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.output, dovetail.sizes = ["ranks * m", "n"]} loc("output"),
      %x1_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(m / 128)", "ceil(k / 128)"]} loc("x1_blocks"),
      %x2_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(k / 128)", "ceil(n / 128)"]} loc("x2_blocks")) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 : memref<?x?xf8E4M3FN> -> memref<?x?xf8E4M3FN, "gathered"> loc("gathered")
    %scales = dovetail.gathered %x1_blocks with %gathered : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xf8E4M3FN, "gathered"> loc("scales")
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %ranks = dovetail.ranks
      %c1 = arith.constant 1 : index
      %m = dovetail.size "m"
      %c32 = arith.constant 32 : index
      %c128 = arith.constant 128 : index
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c32 {
          %0 = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf8E4M3FN> -> !dovetail.tile<32x?xf8E4M3FN>
          dovetail.store %0, %gathered[%i, %c0] of %rank : !dovetail.tile<32x?xf8E4M3FN>, memref<?x?xf8E4M3FN, "gathered">
          %1 = arith.divsi %i, %c128 : index
          %2 = dovetail.load %x1_blocks[%1, %c0] of %rank : memref<?x?xf32> -> !dovetail.tile<1x?xf32>
          dovetail.store %2, %scales[%1, %c0] of %rank : !dovetail.tile<1x?xf32>, memref<?x?xf32, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    dovetail.barrier
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %rows = dovetail.rows %gathered : memref<?x?xf8E4M3FN, "gathered">
      %c32 = arith.constant 32 : index
      %n = dovetail.size "n" loc("n")
      %c256 = arith.constant 256 : index
      %k = dovetail.size "k" loc("k")
      %m = dovetail.size "m" loc("m")
      %c128 = arith.constant 128 : index
      scf.for %i = %c0 to %rows step %c32 {
        scf.for %j = %c0 to %n step %c256 {
          %zeros = dovetail.zeros : !dovetail.tile<32x256xf32> loc("zeros")
          %sum = scf.for %d = %c0 to %k step %c256 iter_args(%partial = %zeros) -> (!dovetail.tile<32x256xf32>) {
            %left = dovetail.load %gathered[%i, %d] : memref<?x?xf8E4M3FN, "gathered"> -> !dovetail.tile<32x256xf8E4M3FN>
            %row = dovetail.block_row %i of %m by 128
            %depth = arith.divsi %d, %c128 : index
            %of_left = dovetail.load %scales[%row, %depth] : memref<?x?xf32, "gathered"> -> !dovetail.tile<1x2xf32>
            %right = dovetail.load %x2[%d, %j] : memref<?x?xf8E4M3FN> -> !dovetail.tile<256x256xf8E4M3FN>
            %column = arith.divsi %j, %c128 : index
            %of_right = dovetail.load %x2_blocks[%depth, %column] : memref<?x?xf32> -> !dovetail.tile<2x2xf32>
            %next = dovetail.multiply %left, %right, %partial scaled %of_left by %of_right : !dovetail.tile<32x256xf8E4M3FN>, !dovetail.tile<256x256xf8E4M3FN> -> !dovetail.tile<32x256xf32> scaled !dovetail.tile<1x2xf32> by !dovetail.tile<2x2xf32>
            scf.yield %next : !dovetail.tile<32x256xf32>
          } loc("sum")
          dovetail.store %sum, %output[%i, %j] : !dovetail.tile<32x256xf32>, memref<?x?xf16>
        }
      }
      scf.yield
    } {dovetail.stage = "matmul"}
    return
  }
}
