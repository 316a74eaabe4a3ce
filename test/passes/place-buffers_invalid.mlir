// RUN: dovetail-opt %s --place-buffers --split-input-file --verify-diagnostics

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @too_large() {
    %0 = ascendc.buffer "A1" 2 x 65536 : !ascendc.local_tensor<f16, "L1"> loc("l1A")
    // expected-error @below {{L1 of Ascend910B3 holds 524032 bytes and 524320 are asked for: l1A for 262144 (slots: 2), buffer for 262176 (slots: 1); a smaller tile asks for less}}
    %1 = ascendc.buffer "B1" 1 x 131088 : !ascendc.local_tensor<f16, "L1">
    return
  }
}

// -----

// Another machine, another capacity.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @too_large_for_the_accumulator() {
    // expected-error @below {{L0C of Ascend910B3 holds 131072 bytes and 262144 are asked for: buffer for 262144 (slots: 2)}}
    %0 = ascendc.buffer "CO1" 2 x 32768 : !ascendc.local_tensor<f32, "L0C">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend950"} {
  func.func @large_enough_for_the_accumulator() {
    %0 = ascendc.buffer "CO1" 2 x 32768 : !ascendc.local_tensor<f32, "L0C">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @second_slot_not_aligned() {
    // expected-error @below {{slots in L0A start at multiples of 512 bytes; one of these has 32}}
    %0 = ascendc.buffer "A2" 2 x 16 : !ascendc.local_tensor<f16, "L0A">
    return
  }
}
