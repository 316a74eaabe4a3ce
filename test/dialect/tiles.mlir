// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// What a kernel computes, in the format of each operation, there and back.

func.func @kernel(%x1: memref<?x?xf16>, %x2: memref<?x?xf16>, %output: memref<?x?xf16>, %gather_out: memref<?x?xf16>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  // CHECK: %0 = dovetail.size "m"
  %m = dovetail.size "m"
  // CHECK: %1 = dovetail.rank
  %rank = dovetail.rank
  // CHECK: %2 = dovetail.ranks
  %ranks = dovetail.ranks
  // CHECK: %3 = dovetail.gathered %arg0 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %whole = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // CHECK: %4 = dovetail.gathered %arg0 {chunk = 512 : i64, lanes = 2 : i64, slots = 4 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %gathered = dovetail.gathered %x1 {chunk = 512 : i64, lanes = 2 : i64, slots = 4 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // CHECK: %5 = dovetail.rows %4 : memref<?x?xf16, "gathered">
  %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
  // CHECK: %6 = dovetail.load %4[%c0, %c128] : memref<?x?xf16, "gathered"> -> !dovetail.tile<128x256xf16>
  %a = dovetail.load %gathered[%c0, %c128] : memref<?x?xf16, "gathered"> -> !dovetail.tile<128x256xf16>
  // CHECK: %7 = dovetail.load %arg1[%c128, %c0] : memref<?x?xf16> -> !dovetail.tile<256x128xf16>
  %b = dovetail.load %x2[%c128, %c0] : memref<?x?xf16> -> !dovetail.tile<256x128xf16>
  // CHECK: %8 = dovetail.load %arg0[%c0, %c0] of %1 : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  %own = dovetail.load %x1[%c0, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  // CHECK: %9 = dovetail.load %arg0[%c0, %c0] rows %c128 : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  %few = dovetail.load %x1[%c0, %c0] rows %c128 : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  // CHECK: %10 = dovetail.load %arg0[%c0, %c0] of %1 rows %c128 {note} : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  %both = dovetail.load %x1[%c0, %c0] of %rank rows %c128 {note} : memref<?x?xf16> -> !dovetail.tile<128x?xf16>
  // CHECK: %11 = dovetail.zeros : !dovetail.tile<128x128xf32>
  %zeros = dovetail.zeros : !dovetail.tile<128x128xf32>
  // CHECK: %12 = dovetail.multiply %6, %7, %11 : !dovetail.tile<128x256xf16>, !dovetail.tile<256x128xf16> -> !dovetail.tile<128x128xf32>
  %sum = dovetail.multiply %a, %b, %zeros : !dovetail.tile<128x256xf16>, !dovetail.tile<256x128xf16> -> !dovetail.tile<128x128xf32>
  // CHECK: dovetail.store %12, %arg2[%c0, %c0] : !dovetail.tile<128x128xf32>, memref<?x?xf16>
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<128x128xf32>, memref<?x?xf16>
  // CHECK: dovetail.store %8, %4[%c0, %c0] of %1 : !dovetail.tile<128x?xf16>, memref<?x?xf16, "gathered">
  dovetail.store %own, %gathered[%c0, %c0] of %rank : !dovetail.tile<128x?xf16>, memref<?x?xf16, "gathered">
  // CHECK: dovetail.store %12, %arg2[%c0, %c0] rows %5 : !dovetail.tile<128x128xf32>, memref<?x?xf16>
  dovetail.store %sum, %output[%c0, %c0] rows %rows : !dovetail.tile<128x128xf32>, memref<?x?xf16>
  // CHECK: dovetail.copy %4, %arg3 : memref<?x?xf16, "gathered">, memref<?x?xf16>
  dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf16>
  // CHECK: dovetail.barrier
  dovetail.barrier
  return
}
