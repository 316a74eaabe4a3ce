// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Instructions, in the format of each operation, there and back.

func.func @kernel(%x1: !ascendc.global_tensor<f16>, %output: !ascendc.global_tensor<f16>, %rows: index, %columns: index, %initial: i1) {
  // CHECK: %0 = ascendc.buffer "A1" 1 x 32768 : !ascendc.local_tensor<f16, "L1">
  %l1 = ascendc.buffer "A1" 1 x 32768 : !ascendc.local_tensor<f16, "L1">
  // CHECK: %1 = ascendc.buffer "VECIN" 1 x 32768 : !ascendc.local_tensor<f16, "UB">
  %ub = ascendc.buffer "VECIN" 1 x 32768 : !ascendc.local_tensor<f16, "UB">
  // CHECK: %2 = ascendc.buffer "A2" 1 x 16384 : !ascendc.local_tensor<f16, "L0A">
  %l0a = ascendc.buffer "A2" 1 x 16384 : !ascendc.local_tensor<f16, "L0A">
  // CHECK: %3 = ascendc.buffer "B2" 1 x 16384 : !ascendc.local_tensor<f16, "L0B">
  %l0b = ascendc.buffer "B2" 1 x 16384 : !ascendc.local_tensor<f16, "L0B">
  // CHECK: %4 = ascendc.buffer "CO1" 1 x 16384 : !ascendc.local_tensor<f32, "L0C">
  %l0c = ascendc.buffer "CO1" 1 x 16384 : !ascendc.local_tensor<f32, "L0C">
  // CHECK: ascendc.copy_nd_to_nz %0, %arg0, %arg2 x %arg3 stride %arg3 aligned %arg2 : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
  ascendc.copy_nd_to_nz %l1, %x1, %rows x %columns stride %columns aligned %rows : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
  // CHECK: ascendc.copy_in %1, %arg0, %arg3 : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
  ascendc.copy_in %ub, %x1, %columns : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
  // CHECK: ascendc.copy_out %arg1, %1, %arg3 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  ascendc.copy_out %output, %ub, %columns : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  // CHECK: ascendc.copy_out %arg1, %1, %arg3 {publishes} : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  ascendc.copy_out %output, %ub, %columns {publishes} : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  // CHECK: ascendc.load_data %2, %0 repeat %arg2 stride %arg3 transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">
  ascendc.load_data %l0a, %l1 repeat %rows stride %columns transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">
  // CHECK: ascendc.load_data %3, %0 repeat %arg2 stride %arg3 transpose true : !ascendc.local_tensor<f16, "L0B">, !ascendc.local_tensor<f16, "L1">
  ascendc.load_data %l0b, %l1 repeat %rows stride %columns transpose true : !ascendc.local_tensor<f16, "L0B">, !ascendc.local_tensor<f16, "L1">
  // CHECK: ascendc.mmad %4, %2, %3 sizes %arg2, %arg3, %arg2 initial %arg4 : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
  ascendc.mmad %l0c, %l0a, %l0b sizes %rows, %columns, %rows initial %initial : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
  // CHECK: ascendc.fixpipe %arg1, %4, %arg2 x %arg3 aligned %arg2 stride %arg3 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f32, "L0C">
  ascendc.fixpipe %output, %l0c, %rows x %columns aligned %rows stride %columns : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f32, "L0C">
  return
}
