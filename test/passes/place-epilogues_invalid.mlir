// RUN: dovetail-opt %s --place-epilogues --split-input-file --verify-diagnostics
// What vector cores finish is one tile of the cube core's.

func.func @two_sums(%a: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xf32>
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
    scf.yield %next : !dovetail.tile<16x16xf32>
  }
  %other = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
    %left = dovetail.load %a[%k, %c0] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
    scf.yield %next : !dovetail.tile<16x16xf32>
  }
  %product = dovetail.times %sum, %other : !dovetail.tile<16x16xf32>, !dovetail.tile<16x16xf32> -> !dovetail.tile<16x16xf32>
  // expected-error @below {{what is stored comes from one tile that is accumulated or handed over, not from 2}}
  dovetail.store %product, %output[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  return
}

// -----

func.func @product_added_to_zeros_each_time(%x1: memref<?x?xf8E4M3FN> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf8E4M3FN>, %x1_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(m / 128)", "ceil(k / 128)"]}, %x2_blocks: memref<?x?xf32>, %row: memref<?x?xf32>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %k = dovetail.size "k"
  %m = dovetail.size "m"
  %zeros = dovetail.zeros : !dovetail.tile<128x256xf32>
  %sum = scf.for %d = %c0 to %k step %c128 iter_args(%partial = %zeros) -> (!dovetail.tile<128x256xf32>) {
    %left = dovetail.load %x1[%c0, %d] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x128xf8E4M3FN>
    %right = dovetail.load %x2[%d, %c0] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x256xf8E4M3FN>
    %first = dovetail.block_row %c0 of %m by 128
    %depth = arith.divsi %d, %c128 : index
    %column = arith.divsi %c0, %c128 : index
    %of_left = dovetail.load %x1_blocks[%first, %depth] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
    %of_right = dovetail.load %x2_blocks[%depth, %column] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
    // expected-error @below {{a product of tiles that are scaled by blocks is added to zeros, by the loop over its depth alone}}
    %next = dovetail.multiply %left, %right, %zeros scaled %of_left by %of_right : !dovetail.tile<128x128xf8E4M3FN>, !dovetail.tile<128x256xf8E4M3FN> -> !dovetail.tile<128x256xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
    scf.yield %next : !dovetail.tile<128x256xf32>
  }
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<128x256xf32>, memref<?x?xf16>
  return
}

// -----

func.func @blocks_of_rows_that_are_not_gathered(%x1: memref<?x?xf8E4M3FN> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf8E4M3FN>, %x1_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(m / 128)", "ceil(k / 128)"]}, %x2_blocks: memref<?x?xf32>, %row: memref<?x?xf32>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %k = dovetail.size "k"
  %m = dovetail.size "m"
  %zeros = dovetail.zeros : !dovetail.tile<128x256xf32>
  %sum = scf.for %d = %c0 to %k step %c128 iter_args(%partial = %zeros) -> (!dovetail.tile<128x256xf32>) {
    %left = dovetail.load %x1[%c0, %d] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x128xf8E4M3FN>
    %right = dovetail.load %x2[%d, %c0] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x256xf8E4M3FN>
    %first = arith.divsi %c0, %c128 : index
    %depth = arith.divsi %d, %c128 : index
    %column = arith.divsi %c0, %c128 : index
    %of_left = dovetail.load %x1_blocks[%first, %depth] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
    %of_right = dovetail.load %x2_blocks[%depth, %column] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
    // expected-error @below {{rows that are scaled by blocks are gathered, and their scales with them}}
    %next = dovetail.multiply %left, %right, %partial scaled %of_left by %of_right : !dovetail.tile<128x128xf8E4M3FN>, !dovetail.tile<128x256xf8E4M3FN> -> !dovetail.tile<128x256xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
    scf.yield %next : !dovetail.tile<128x256xf32>
  }
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<128x256xf32>, memref<?x?xf16>
  return
}

// -----

func.func @tiles_across_blocks(%x1: memref<?x?xf8E4M3FN> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf8E4M3FN>, %x1_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(m / 128)", "ceil(k / 128)"]}, %x2_blocks: memref<?x?xf32>, %row: memref<?x?xf32>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %k = dovetail.size "k"
  %m = dovetail.size "m"
  %zeros = dovetail.zeros : !dovetail.tile<128x192xf32>
  %sum = scf.for %d = %c0 to %k step %c128 iter_args(%partial = %zeros) -> (!dovetail.tile<128x192xf32>) {
    %left = dovetail.load %x1[%c0, %d] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x128xf8E4M3FN>
    %right = dovetail.load %x2[%d, %c0] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x192xf8E4M3FN>
    %first = dovetail.block_row %c0 of %m by 128
    %depth = arith.divsi %d, %c128 : index
    %column = arith.divsi %c0, %c128 : index
    %of_left = dovetail.load %x1_blocks[%first, %depth] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
    %of_right = dovetail.load %x2_blocks[%depth, %column] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
    // expected-error @below {{tiles of 192 columns do not fit blocks of 128: one is a multiple of the other}}
    %next = dovetail.multiply %left, %right, %partial scaled %of_left by %of_right : !dovetail.tile<128x128xf8E4M3FN>, !dovetail.tile<128x192xf8E4M3FN> -> !dovetail.tile<128x192xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
    scf.yield %next : !dovetail.tile<128x192xf32>
  }
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<128x192xf32>, memref<?x?xf16>
  return
}

// -----

func.func @sum_that_is_scaled_again(%x1: memref<?x?xf8E4M3FN> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf8E4M3FN>, %x1_blocks: memref<?x?xf32> {dovetail.sizes = ["ceil(m / 128)", "ceil(k / 128)"]}, %x2_blocks: memref<?x?xf32>, %row: memref<?x?xf32>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %k = dovetail.size "k"
  %m = dovetail.size "m"
  %zeros = dovetail.zeros : !dovetail.tile<128x256xf32>
  %sum = scf.for %d = %c0 to %k step %c128 iter_args(%partial = %zeros) -> (!dovetail.tile<128x256xf32>) {
    %left = dovetail.load %x1[%c0, %d] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x128xf8E4M3FN>
    %right = dovetail.load %x2[%d, %c0] : memref<?x?xf8E4M3FN> -> !dovetail.tile<128x256xf8E4M3FN>
    %first = dovetail.block_row %c0 of %m by 128
    %depth = arith.divsi %d, %c128 : index
    %column = arith.divsi %c0, %c128 : index
    %of_left = dovetail.load %x1_blocks[%first, %depth] : memref<?x?xf32> -> !dovetail.tile<1x1xf32>
    %of_right = dovetail.load %x2_blocks[%depth, %column] : memref<?x?xf32> -> !dovetail.tile<1x2xf32>
    %next = dovetail.multiply %left, %right, %partial scaled %of_left by %of_right : !dovetail.tile<128x128xf8E4M3FN>, !dovetail.tile<128x256xf8E4M3FN> -> !dovetail.tile<128x256xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x2xf32>
    scf.yield %next : !dovetail.tile<128x256xf32>
  }
  %scales = dovetail.load %row[%c0, %c0] : memref<?x?xf32> -> !dovetail.tile<1x256xf32>
  %scaled = dovetail.times %sum, %scales : !dovetail.tile<128x256xf32>, !dovetail.tile<1x256xf32> -> !dovetail.tile<128x256xf32>
  // expected-error @below {{a sum of products that are scaled by blocks is stored as it is, but for rounding}}
  dovetail.store %scaled, %output[%c0, %c0] : !dovetail.tile<128x256xf32>, memref<?x?xf16>
  return
}
