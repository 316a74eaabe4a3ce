// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Which cores run what, in the format of each operation, there and back.

func.func @kernel(%x1: memref<?x?xf16>) {
  // CHECK: %0 = dovetail.gathered %arg0 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // CHECK: %1 = dovetail.block
  %block = dovetail.block
  // CHECK: %2 = dovetail.blocks
  %blocks = dovetail.blocks
  // CHECK: %3 = dovetail.lanes %0 : memref<?x?xf16, "gathered">
  %lanes = dovetail.lanes %gathered : memref<?x?xf16, "gathered">
  // CHECK: %4 = dovetail.ahead %0 : memref<?x?xf16, "gathered">
  %ahead = dovetail.ahead %gathered : memref<?x?xf16, "gathered">
  return
}
