// RUN: dovetail-opt %s --place-buffers | filecheck %s
// Buffers of a function lie one behind the other, each memory by itself, at addresses that are aligned as it demands.

module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func @one_behind_the_other
  func.func @one_behind_the_other() {
    // CHECK-NEXT: ascendc.buffer "A1" 2 x 1024 {offset = 0 : i64} : !ascendc.local_tensor<f16, "L1">
    %0 = ascendc.buffer "A1" 2 x 1024 : !ascendc.local_tensor<f16, "L1">
    // CHECK-NEXT: ascendc.buffer "A2" 2 x 256 {offset = 0 : i64} : !ascendc.local_tensor<f16, "L0A">
    %1 = ascendc.buffer "A2" 2 x 256 : !ascendc.local_tensor<f16, "L0A">
    // CHECK-NEXT: ascendc.buffer "B1" 2 x 64 {offset = 4096 : i64} : !ascendc.local_tensor<f32, "L1">
    %2 = ascendc.buffer "B1" 2 x 64 : !ascendc.local_tensor<f32, "L1">
    // CHECK-NEXT: ascendc.buffer "A2" 1 x 256 {offset = 1024 : i64} : !ascendc.local_tensor<bf16, "L0A">
    %3 = ascendc.buffer "A2" 1 x 256 : !ascendc.local_tensor<bf16, "L0A">
    // CHECK-NEXT: ascendc.buffer "A1" 1 x 1 {offset = 4608 : i64} : !ascendc.local_tensor<f16, "L1">
    %4 = ascendc.buffer "A1" 1 x 1 : !ascendc.local_tensor<f16, "L1">
    return
  }

  // CHECK-LABEL: func.func @aligned
  func.func @aligned(%condition: i1) {
    // CHECK-NEXT: ascendc.buffer "VECIN" 1 x 3 {offset = 0 : i64}
    %0 = ascendc.buffer "VECIN" 1 x 3 : !ascendc.local_tensor<i32, "UB">
    // CHECK-NEXT: ascendc.buffer "VECOUT" 1 x 8 {offset = 32 : i64}
    %1 = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    // CHECK-NEXT: ascendc.buffer "A2" 1 x 16 {offset = 0 : i64}
    %2 = ascendc.buffer "A2" 1 x 16 : !ascendc.local_tensor<f16, "L0A">
    // CHECK-NEXT: ascendc.buffer "A2" 1 x 16 {offset = 512 : i64}
    %3 = ascendc.buffer "A2" 1 x 16 : !ascendc.local_tensor<f16, "L0A">
    // CHECK-NEXT: ascendc.buffer "CO1" 1 x 16 {offset = 0 : i64}
    %4 = ascendc.buffer "CO1" 1 x 16 : !ascendc.local_tensor<f32, "L0C">
    scf.if %condition {
      // CHECK: ascendc.buffer "CO1" 1 x 16 {offset = 1024 : i64}
      %5 = ascendc.buffer "CO1" 1 x 16 : !ascendc.local_tensor<f32, "L0C">
    }
    return
  }

  // Each core runs one of the functions that have buffers: memories are empty at the start of each. This one fills L1 to
  // the last byte of what is free.
  // CHECK-LABEL: func.func @another_core
  func.func @another_core() {
    // CHECK-NEXT: ascendc.buffer "A1" 1 x 262016 {offset = 0 : i64}
    %0 = ascendc.buffer "A1" 1 x 262016 : !ascendc.local_tensor<f16, "L1">
    return
  }
}
