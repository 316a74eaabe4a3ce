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
