// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Scales and epilogues, in the format of each operation, there and back.

func.func @kernel(%x1: memref<?x?xi8>, %scale: memref<?x?xf32>, %packed: memref<?x?xi64>, %output: memref<?x?xf16>, %i: index) {
  // CHECK: %0 = dovetail.gathered %arg0 {chunk = 32 : i64} : memref<?x?xi8> -> memref<?x?xi8, "gathered">
  %gathered = dovetail.gathered %x1 {chunk = 32 : i64} : memref<?x?xi8> -> memref<?x?xi8, "gathered">
  // CHECK: %1 = dovetail.gathered %arg1 with %0 : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xi8, "gathered">
  %scales = dovetail.gathered %scale with %gathered : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xi8, "gathered">
  // CHECK: %2 = dovetail.zeros : !dovetail.tile<32x64xsi32>
  %sums = dovetail.zeros : !dovetail.tile<32x64xsi32>
  // CHECK: %3 = dovetail.load %arg1[%arg4, %arg4] : memref<?x?xf32> -> !dovetail.tile<32x1xf32>
  %column = dovetail.load %scale[%i, %i] : memref<?x?xf32> -> !dovetail.tile<32x1xf32>
  // CHECK: %4 = dovetail.load %arg2[%arg4, %arg4] : memref<?x?xi64> -> !dovetail.tile<1x64xi64>
  %row = dovetail.load %packed[%i, %i] : memref<?x?xi64> -> !dovetail.tile<1x64xi64>
  // CHECK: %5 = dovetail.times %3, %4 : !dovetail.tile<32x1xf32>, !dovetail.tile<1x64xi64> -> !dovetail.tile<32x64xf32>
  %factor = dovetail.times %column, %row : !dovetail.tile<32x1xf32>, !dovetail.tile<1x64xi64> -> !dovetail.tile<32x64xf32>
  // CHECK: %6 = dovetail.times %5, %2 : !dovetail.tile<32x64xf32>, !dovetail.tile<32x64xsi32> -> !dovetail.tile<32x64xf32>
  %scaled = dovetail.times %factor, %sums : !dovetail.tile<32x64xf32>, !dovetail.tile<32x64xsi32> -> !dovetail.tile<32x64xf32>
  // CHECK: dovetail.store %6, %arg3[%arg4, %arg4] : !dovetail.tile<32x64xf32>, memref<?x?xf16>
  dovetail.store %scaled, %output[%i, %i] : !dovetail.tile<32x64xf32>, memref<?x?xf16>
  // CHECK: dovetail.store %2, %arg3[%arg4, %arg4] scaled %4 : !dovetail.tile<32x64xsi32>, memref<?x?xf16>, !dovetail.tile<1x64xi64>
  dovetail.store %sums, %output[%i, %i] scaled %row : !dovetail.tile<32x64xsi32>, memref<?x?xf16>, !dovetail.tile<1x64xi64>
  // CHECK: dovetail.store %2, %arg3[%arg4, %arg4] rows %arg4 scaled %4 : !dovetail.tile<32x64xsi32>, memref<?x?xf16>, !dovetail.tile<1x64xi64>
  dovetail.store %sums, %output[%i, %i] rows %i scaled %row : !dovetail.tile<32x64xsi32>, memref<?x?xf16>, !dovetail.tile<1x64xi64>
  // CHECK: dovetail.hand_over %2 : !dovetail.tile<32x64xsi32>
  dovetail.hand_over %sums : !dovetail.tile<32x64xsi32>
  // CHECK: %7 = dovetail.take : !dovetail.tile<32x64xsi32>
  %taken = dovetail.take : !dovetail.tile<32x64xsi32>
  // CHECK: dovetail.give_back
  dovetail.give_back
  // CHECK: dovetail.meet
  dovetail.meet
  // CHECK: %8 = dovetail.beside %1[%arg4] : memref<?x?xf32, "gathered"> -> memref<?x?xf32>
  %rows = dovetail.beside %scales[%i] : memref<?x?xf32, "gathered"> -> memref<?x?xf32>
  // CHECK: %9 = dovetail.vector_core
  %core = dovetail.vector_core
  // CHECK: %10 = dovetail.counter
  %sent = dovetail.counter
  // CHECK: %11 = dovetail.count %10
  %count = dovetail.count %sent
  // CHECK: dovetail.count_up %10
  dovetail.count_up %sent
  // CHECK: %12 = dovetail.has_arrived %0[%arg4] from %arg4 : memref<?x?xi8, "gathered">
  %here = dovetail.has_arrived %gathered[%i] from %i : memref<?x?xi8, "gathered">
  // CHECK: %13 = dovetail.is_released %0[%arg4] of %arg4 : memref<?x?xi8, "gathered">
  %free = dovetail.is_released %gathered[%i] of %i : memref<?x?xi8, "gathered">
  return
}
