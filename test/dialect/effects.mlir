// RUN: dovetail-opt %s --cse --canonicalize | filecheck %s
// What upstream's passes know of our operations: which compute only, which read, which write.

// CHECK-LABEL: func.func @unused
func.func @unused(%x1: memref<?x?xf16>, %i: index) {
  // CHECK-NEXT: return
  %rank = dovetail.rank
  %tile = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// CHECK-LABEL: func.func @twice
func.func @twice() -> (index, index) {
  // CHECK-NEXT: %[[M:.*]] = dovetail.size "m"
  // CHECK-NEXT: return %[[M]], %[[M]]
  %0 = dovetail.size "m"
  %1 = dovetail.size "m"
  return %0, %1 : index, index
}

// CHECK-LABEL: func.func @load_after_load
func.func @load_after_load(%x1: memref<?x?xf16>, %output: memref<?x?xf16>, %i: index) {
  // CHECK: %[[TILE:.*]] = dovetail.load
  // CHECK-NEXT: dovetail.store %[[TILE]]
  // CHECK-NEXT: return
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  %1 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  dovetail.store %1, %output[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
  return
}

// CHECK-LABEL: func.func @load_after_store
func.func @load_after_store(%x1: memref<?x?xf16>, %i: index) {
  // CHECK: dovetail.load
  // CHECK: dovetail.store
  // CHECK: %[[AGAIN:.*]] = dovetail.load
  // CHECK: dovetail.store %[[AGAIN]]
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  dovetail.store %0, %x1[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
  %1 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  dovetail.store %1, %x1[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
  return
}

// CHECK-LABEL: func.func @barriers_stay
func.func @barriers_stay(%x1: memref<?x?xf16>, %output: memref<?x?xf16>, %i: index) {
  // CHECK: %[[BEFORE:.*]] = dovetail.load
  // CHECK: dovetail.barrier
  // CHECK: %[[AFTER:.*]] = dovetail.load
  // CHECK: dovetail.store %[[BEFORE]]
  // CHECK: dovetail.store %[[AFTER]]
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  dovetail.barrier
  %1 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  dovetail.store %0, %output[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
  dovetail.store %1, %output[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
  return
}
