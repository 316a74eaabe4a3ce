// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Global tensors, buffers and their slots, in the format of each operation, there and back.

func.func @kernel(%address: !ascendc.address, %offset: index) {
  // CHECK: %0 = ascendc.set_global_buffer %arg0 : !ascendc.global_tensor<f16>
  %x1 = ascendc.set_global_buffer %address : !ascendc.global_tensor<f16>
  // CHECK: %1 = ascendc.set_global_buffer %arg0 + %arg1 : !ascendc.global_tensor<i32>
  %counters = ascendc.set_global_buffer %address + %offset : !ascendc.global_tensor<i32>
  // CHECK: %2 = ascendc.element %0[%arg1] : !ascendc.global_tensor<f16>
  %rest = ascendc.element %x1[%offset] : !ascendc.global_tensor<f16>
  // CHECK: %3 = ascendc.buffer "A1" 2 x 32768 : !ascendc.local_tensor<f16, "L1">
  %ring = ascendc.buffer "A1" 2 x 32768 : !ascendc.local_tensor<f16, "L1">
  // CHECK: %4 = ascendc.buffer "VECIN" 1 x 64 {offset = 1024 : i64} : !ascendc.local_tensor<i32, "UB">
  %placed = ascendc.buffer "VECIN" 1 x 64 {offset = 1024 : i64} : !ascendc.local_tensor<i32, "UB">
  // CHECK: %5 = ascendc.counter
  %counter = ascendc.counter
  // CHECK: %6 = ascendc.next_slot %5 of 2
  %next = ascendc.next_slot %counter of 2
  // CHECK: %7 = ascendc.slot %3[%6] x 32768 : !ascendc.local_tensor<f16, "L1">
  %slot = ascendc.slot %ring[%next] x 32768 : !ascendc.local_tensor<f16, "L1">
  // CHECK: %8 = ascendc.element %7[%arg1] : !ascendc.local_tensor<f16, "L1">
  %tail = ascendc.element %slot[%offset] : !ascendc.local_tensor<f16, "L1">
  // CHECK: %9 = ascendc.get_value %4[%arg1] : !ascendc.local_tensor<i32, "UB"> -> i32
  %seen = ascendc.get_value %placed[%offset] : !ascendc.local_tensor<i32, "UB"> -> i32
  // CHECK: ascendc.set_value %9, %4[%arg1] : i32, !ascendc.local_tensor<i32, "UB">
  ascendc.set_value %seen, %placed[%offset] : i32, !ascendc.local_tensor<i32, "UB">
  return
}
