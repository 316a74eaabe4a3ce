// RUN: dovetail-opt %s --insert-synchronization --split-input-file --verify-diagnostics

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @written_only(%x: !ascendc.global_tensor<f16>, %i: index) {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{a slot is written by one pipe and read by one other; this one is written by MTE2 and read by none}}
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<f16, "UB">
    ascendc.copy_in %slot, %x, %i : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @two_read(%x: !ascendc.global_tensor<i32>, %i: index) {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<i32, "UB">
    // expected-error @below {{this one is written by MTE2 and read by MTE3, S}}
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %slot, %x, %i : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %slot, %i : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    %0 = ascendc.get_value %slot[%i] : !ascendc.local_tensor<i32, "UB"> -> i32
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @read_before_written(%x: !ascendc.global_tensor<f16>, %i: index) {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{a slot is written before it is read; here one operation of the block does both, or they alternate}}
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<f16, "UB">
    ascendc.copy_out %x, %slot, %i : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    ascendc.copy_in %slot, %x, %i : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @written_and_read_in_one_loop(%x: !ascendc.global_tensor<f16>, %i: index) {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{a slot is written before it is read; here one operation of the block does both, or they alternate}}
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<f16, "UB">
    scf.for %j = %i to %i step %i {
      ascendc.copy_in %slot, %x, %j : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.copy_out %x, %slot, %j : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @too_many_slots(%x: !ascendc.global_tensor<f16>, %i: index) {
    %ring = ascendc.buffer "VECIN" 7 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{event MTE2_MTE3 has 6 flag numbers, and 7 are asked for}}
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<f16, "UB">
    ascendc.copy_in %slot, %x, %i : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    ascendc.copy_out %x, %slot, %i : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @no_slot(%x: !ascendc.global_tensor<f16>, %i: index) {
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{an instruction works on a slot of a buffer; this one takes the buffer itself}}
    ascendc.copy_in %ring, %x, %i : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @chosen_slot(%x: !ascendc.global_tensor<f16>, %i: index, %condition: i1) {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %slot = ascendc.slot %ring[%i] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{buffers are used by instructions and by calls, not by 'arith.select'}}
    %chosen = arith.select %condition, %slot, %slot : !ascendc.local_tensor<f16, "UB">
    ascendc.copy_in %chosen, %x, %i : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    ascendc.copy_out %x, %chosen, %i : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @used_otherwise_elsewhere(%x: !ascendc.global_tensor<i32>, %value: i32, %i: index) {
    %ring = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %j = arith.addi %i, %i : index
    // expected-note @below {{elsewhere}}
    %first = ascendc.slot %ring[%i] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %first, %x, %i : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %first, %i : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    // expected-error @below {{rings are used alike wherever a function uses them: here 1 from S to MTE3, elsewhere 1 from MTE2 to MTE3}}
    %second = ascendc.slot %ring[%j] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.set_value %value, %second[%i] : i32, !ascendc.local_tensor<i32, "UB">
    ascendc.copy_out %x, %second, %i : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}
