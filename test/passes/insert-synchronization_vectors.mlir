// RUN: dovetail-opt %s --insert-synchronization --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// What only vector instructions touch has barriers of V; what a pipe hands on to another through a third has two flags.

// A barrier before what reads or writes over what was written since the last one; none between what does not touch.
// CHECK-LABEL: func.func @chain(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @chain(%x: !ascendc.global_tensor<f32> loc("x"), %lanes: index loc("lanes")) {
    %c0 = arith.constant 0 : index
    %first = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("first")
    %second = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("second")
    %third = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("third")
    %a = ascendc.slot %first[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("a")
    %b = ascendc.slot %second[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("b")
    %c = ascendc.slot %third[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("c")
    // CHECK:      ascendc.copy_in %c
    // CHECK-NEXT: ascendc.set_flag "MTE2_V" 0
    // CHECK-NEXT: ascendc.wait_flag "MTE2_V" 0
    // CHECK-NEXT: ascendc.brcb %a, %c
    // CHECK-NEXT: ascendc.brcb %b, %c
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %a, %a, %b
    // CHECK-NEXT: %view = ascendc.element %b[%c0]
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.brcb %view, %c
    // CHECK-NEXT: return
    ascendc.copy_in %c, %x, %lanes : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    ascendc.brcb %a, %c repeats %lanes : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    ascendc.brcb %b, %c repeats %lanes : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    ascendc.mul %a, %a, %b lanes %lanes repeats %lanes blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    %view = ascendc.element %b[%c0] : !ascendc.local_tensor<f32, "UB"> loc("view")
    ascendc.brcb %view, %c repeats %lanes : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    return
  }
}

// -----

// A loop may come round again: what it writes at its end is written when it starts.
// CHECK-LABEL: func.func @round(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @round(%count: index loc("count")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %first = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("first")
    %a = ascendc.slot %first[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("a")
    // CHECK:      scf.for
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %a, %a, %a
    // CHECK-NEXT: }
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %a, %a, %a
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mul %a, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    }
    ascendc.mul %a, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    return
  }
}

// -----

// What a loop has read and written when it comes round is what no barrier stands behind: there is one in it before %c is
// written, so none is needed where it starts again. Where the inner loop may be empty, that barrier may not be met.
// CHECK-LABEL: func.func @met(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @met(%count: index loc("count")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %first = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("first")
    %second = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("second")
    %third = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("third")
    %a = ascendc.slot %first[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("a")
    %b = ascendc.slot %second[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("b")
    %c = ascendc.slot %third[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("c")
    // CHECK:      scf.for
    // CHECK-NEXT: ascendc.mul %a, %c, %c
    // CHECK-NEXT: scf.for
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %b, %a, %a
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %c, %b, %b
    // CHECK-NEXT: } {dovetail.never_empty}
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mul %a, %c, %c lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      scf.for %j = %c0 to %count step %c1 {
        ascendc.mul %b, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
        ascendc.mul %c, %b, %b lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      } {dovetail.never_empty}
      ascendc.mul %b, %c, %c lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      // CHECK-NEXT: ascendc.mul %b, %c, %c
      // CHECK-NEXT: }
    }
    // CHECK:      scf.for
    // CHECK-NEXT: ascendc.pipe_barrier "V"
    // CHECK-NEXT: ascendc.mul %a, %a, %a
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mul %a, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      scf.for %j = %c0 to %count step %c1 {
        ascendc.mul %b, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
        ascendc.mul %c, %b, %b lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      }
    }
    return
  }
}

// -----

// There are no events between MTE2 and FIX: MTE1 passes the flags on, both ways.
// CHECK-LABEL: func.func @relayed(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @relayed(%first: i1, %x: !ascendc.global_tensor<i32> loc("x"), %output: !ascendc.global_tensor<f16> loc("output"), %count: index loc("count")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %ring = ascendc.buffer "C1" 2 x 64 : !ascendc.local_tensor<i32, "L1"> loc("ring")
    %total = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<si32, "L0C"> loc("total")
    %taken = ascendc.counter
    // CHECK: ascendc.set_flag "FIX_MTE1" 0
    // CHECK: ascendc.set_flag "FIX_MTE1" 1
    scf.for %i = %c0 to %count step %c1 {
      // CHECK:      %scales = ascendc.slot
      // CHECK-NEXT: ascendc.wait_flag "FIX_MTE1" 0 + %slot
      // CHECK-NEXT: ascendc.set_flag "MTE1_MTE2" 0 + %slot
      // CHECK-NEXT: ascendc.wait_flag "MTE1_MTE2" 0 + %slot
      // CHECK-NEXT: ascendc.copy_words %scales
      // CHECK-NEXT: ascendc.set_flag "MTE2_MTE1" 0 + %slot
      %slot = ascendc.next_slot %taken of 2 loc("slot")
      %scales = ascendc.slot %ring[%slot] x 64 : !ascendc.local_tensor<i32, "L1"> loc("scales")
      ascendc.copy_words %scales, %x, %c1 : !ascendc.local_tensor<i32, "L1">, !ascendc.global_tensor<i32>
      %sums = ascendc.slot %total[%c0] x 512 : !ascendc.local_tensor<si32, "L0C"> loc("sums")
      ascendc.mmad %sums, %sums, %sums sizes %c1, %c1, %c1 initial %first : !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<si32, "L0C">
      // CHECK:      ascendc.wait_flag "MTE2_MTE1" 0 + %slot
      // CHECK-NEXT: ascendc.set_flag "MTE1_FIX" 0 + %slot
      // CHECK-NEXT: ascendc.wait_flag "MTE1_FIX" 0 + %slot
      // CHECK:      ascendc.fixpipe
      // CHECK:      ascendc.set_flag "FIX_MTE1" 0 + %slot
      %packed = ascendc.reinterpret_cast %scales : !ascendc.local_tensor<i32, "L1"> -> !ascendc.local_tensor<i64, "L1">
      ascendc.fixpipe %output, %sums, %c1 x %c1 aligned %c1 stride %c1 scaled %packed : !ascendc.global_tensor<f16>, !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<i64, "L1">
    }
    return
  }
}
