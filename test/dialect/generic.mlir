// RUN: dovetail-opt %s | filecheck %s
// RUN: dovetail-opt %s --mlir-print-op-generic | dovetail-opt | filecheck %s
// RUN: dovetail-opt %s --mlir-print-op-generic | filecheck %s --check-prefix=GENERIC
// The generic form, the format, upstream's operations and long types stand side by side; operations may share a line.

// CHECK: module attributes {dovetail.kernel = "dovetail.load %m", dovetail.rank}
module attributes {dovetail.kernel = "dovetail.load %m", dovetail.rank} {
  // CHECK: func.func @mixed(%arg0: memref<?x?xf16>, %arg1: index, %arg2: i1) attributes {dovetail.barrier}
  func.func @mixed(%m: memref<?x?xf16>, %i: index, %c: i1) attributes {dovetail.barrier} {
    // CHECK-NEXT: %0 = dovetail.load %arg0[%arg1, %arg1] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
    // GENERIC: "dovetail.load"(%arg0, %arg1, %arg1) {operandSegmentSizes = array<i32: 1, 2, 0, 0>} : (memref<?x?xf16>, index, index) -> !dovetail.tile<tensor<16x?xf16>>
    %0 = "dovetail.load"(%m, %i, %i) {operandSegmentSizes = array<i32: 1, 2, 0, 0>}
       : (memref<?x?xf16>, index, index) -> !dovetail.tile<tensor<16x?xf16>>
    // CHECK-NEXT: %1 = dovetail.load %arg0[%arg1, %arg1] of %arg1 : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
    // GENERIC: "dovetail.load"(%arg0, %arg1, %arg1, %arg1) {operandSegmentSizes = array<i32: 1, 2, 1, 0>}
    %1 = dovetail.load %m // a comment, dovetail.rank
         [%i, %i] of %i
       : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
    // CHECK-NEXT: scf.if %arg2 {
    // CHECK-NEXT:   dovetail.barrier
    // CHECK-NEXT: } else {
    // CHECK-NEXT:   dovetail.barrier {dovetail.rank, dovetail.size = "m"}
    // CHECK-NEXT: }
    scf.if %c { dovetail.barrier } else { dovetail.barrier {dovetail.rank, dovetail.size = "m"} }
    // CHECK-NEXT: %c1 = arith.constant {dovetail.rank} 1 : index
    // CHECK-NEXT: %2 = dovetail.rank
    %2 = arith.constant {dovetail.rank} 1 : index %3 = dovetail.rank
    return
  }
}
