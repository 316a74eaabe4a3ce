// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Scales of blocks, in the format of each operation, there and back.

func.func @kernel(%x1: memref<?x?xf8E4M3FN>, %x1_blocks: memref<?x?xf32>, %x2_blocks: memref<?x?xf32>, %i: index, %m: index) {
  // CHECK: %0 = dovetail.gathered %arg0 : memref<?x?xf8E4M3FN> -> memref<?x?xf8E4M3FN, "gathered">
  %gathered = dovetail.gathered %x1 : memref<?x?xf8E4M3FN> -> memref<?x?xf8E4M3FN, "gathered">
  // CHECK: %1 = dovetail.block_row %arg3 of %arg4 by 128
  %row = dovetail.block_row %i of %m by 128
  // CHECK: %2 = dovetail.load %arg1[%1, %arg3] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
  %scale = dovetail.load %x1_blocks[%row, %i] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
  // CHECK: %3 = dovetail.load %arg2[%arg3, %arg3] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
  %scales = dovetail.load %x2_blocks[%i, %i] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
  // CHECK: %4 = dovetail.zeros : !dovetail.tile<128x256xf32>
  %sum = dovetail.zeros : !dovetail.tile<128x256xf32>
  // CHECK: %5 = dovetail.take : !dovetail.tile<128x256xf32>
  %taken = dovetail.take : !dovetail.tile<128x256xf32>
  // CHECK: %6 = dovetail.add_scaled %5, %4 scaled %2 by %3 : !dovetail.tile<128x256xf32> -> !dovetail.tile<128x256xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
  %next = dovetail.add_scaled %taken, %sum scaled %scale by %scales : !dovetail.tile<128x256xf32> -> !dovetail.tile<128x256xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
  return
}
