// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// What integers and their scales need, in the format of each operation, there and back.

func.func @kernel(%x2: !ascendc.global_tensor<i8>, %scale: !ascendc.global_tensor<i64>, %sums: !ascendc.global_tensor<si32>, %output: !ascendc.global_tensor<f16>, %workspace: !ascendc.address, %n: index) {
  // CHECK: %0 = ascendc.get_user_workspace %arg4
  %own = ascendc.get_user_workspace %workspace
  // CHECK: %1 = ascendc.counter
  %taken = ascendc.counter
  // CHECK: %2 = ascendc.count %1
  %count = ascendc.count %taken
  // CHECK: ascendc.count_up %1
  ascendc.count_up %taken
  // CHECK: %3 = ascendc.buffer "B1" 1 x 32768 : !ascendc.local_tensor<i8, "L1">
  %l1 = ascendc.buffer "B1" 1 x 32768 : !ascendc.local_tensor<i8, "L1">
  // CHECK: %4 = ascendc.buffer "C1" 1 x 256 : !ascendc.local_tensor<i64, "L1">
  %l1Scales = ascendc.buffer "C1" 1 x 256 : !ascendc.local_tensor<i64, "L1">
  // CHECK: %5 = ascendc.buffer "B2" 1 x 16384 : !ascendc.local_tensor<i8, "L0B">
  %l0b = ascendc.buffer "B2" 1 x 16384 : !ascendc.local_tensor<i8, "L0B">
  // CHECK: %6 = ascendc.buffer "CO1" 1 x 16384 : !ascendc.local_tensor<si32, "L0C">
  %l0c = ascendc.buffer "CO1" 1 x 16384 : !ascendc.local_tensor<si32, "L0C">
  // CHECK: %7 = ascendc.buffer "VECIN" 1 x 1024 : !ascendc.local_tensor<si32, "UB">
  %integers = ascendc.buffer "VECIN" 1 x 1024 : !ascendc.local_tensor<si32, "UB">
  // CHECK: %8 = ascendc.buffer "VECCALC" 1 x 1024 : !ascendc.local_tensor<f32, "UB">
  %numbers = ascendc.buffer "VECCALC" 1 x 1024 : !ascendc.local_tensor<f32, "UB">
  // CHECK: %9 = ascendc.buffer "VECOUT" 1 x 1024 : !ascendc.local_tensor<f16, "UB">
  %rounded = ascendc.buffer "VECOUT" 1 x 1024 : !ascendc.local_tensor<f16, "UB">
  // CHECK: %10 = ascendc.buffer "VECCALC" 1 x 512 : !ascendc.local_tensor<i32, "UB">
  %words = ascendc.buffer "VECCALC" 1 x 512 : !ascendc.local_tensor<i32, "UB">
  // CHECK: %11 = ascendc.buffer "VECIN" 1 x 256 : !ascendc.local_tensor<i64, "UB">
  %packed = ascendc.buffer "VECIN" 1 x 256 : !ascendc.local_tensor<i64, "UB">
  // CHECK: ascendc.load_data_with_transpose %5, %3 repeat %arg5 stride %arg5 of 2 : !ascendc.local_tensor<i8, "L0B">, !ascendc.local_tensor<i8, "L1">
  ascendc.load_data_with_transpose %l0b, %l1 repeat %n stride %n of 2 : !ascendc.local_tensor<i8, "L0B">, !ascendc.local_tensor<i8, "L1">
  // CHECK: ascendc.copy_words %4, %arg1, %arg5 : !ascendc.local_tensor<i64, "L1">, !ascendc.global_tensor<i64>
  ascendc.copy_words %l1Scales, %scale, %n : !ascendc.local_tensor<i64, "L1">, !ascendc.global_tensor<i64>
  // CHECK: ascendc.fixpipe %arg3, %6, %arg5 x %arg5 aligned %arg5 stride %arg5 scaled %4 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<i64, "L1">
  ascendc.fixpipe %output, %l0c, %n x %n aligned %n stride %n scaled %l1Scales : !ascendc.global_tensor<f16>, !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<i64, "L1">
  // CHECK: ascendc.copy_rows_in %7, %arg2, %arg5 x %arg5 gaps %arg5, %arg5 : !ascendc.local_tensor<si32, "UB">, !ascendc.global_tensor<si32>
  ascendc.copy_rows_in %integers, %sums, %n x %n gaps %n, %n : !ascendc.local_tensor<si32, "UB">, !ascendc.global_tensor<si32>
  // CHECK: ascendc.copy_rows_out %arg3, %9, %arg5 x %arg5 gaps %arg5, %arg5 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  ascendc.copy_rows_out %output, %rounded, %n x %n gaps %n, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  // CHECK: ascendc.cast %8, %7 lanes %arg5 repeats %arg5 pitches [8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<si32, "UB">
  ascendc.cast %numbers, %integers lanes %n repeats %n pitches [8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<si32, "UB">
  // CHECK: ascendc.mul %8, %8, %8 lanes %arg5 repeats %arg5 blocks [1, 0, 1] rows [8, 1, 0] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  ascendc.mul %numbers, %numbers, %numbers lanes %n repeats %n blocks [1, 0, 1] rows [8, 1, 0] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  // CHECK: ascendc.brcb %8, %8 repeats %arg5 : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  ascendc.brcb %numbers, %numbers repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  // CHECK: %12 = ascendc.reinterpret_cast %11 : !ascendc.local_tensor<i64, "UB"> -> !ascendc.local_tensor<i32, "UB">
  %halves = ascendc.reinterpret_cast %packed : !ascendc.local_tensor<i64, "UB"> -> !ascendc.local_tensor<i32, "UB">
  // CHECK: ascendc.gather_mask %10, %12, %arg5 : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  ascendc.gather_mask %words, %halves, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  // CHECK: ascendc.shift %10, %10, %arg5 right 13 : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  ascendc.shift %words, %words, %n right 13 : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  return
}
