// RUN: dovetail-opt %s --split-input-file --verify-diagnostics
// What the verifiers of the dialect ascendc refuse.

func.func @ring_without_slots() {
  // expected-error @below {{'ascendc.buffer' op needs slots and elements}}
  %0 = ascendc.buffer "A1" 0 x 64 : !ascendc.local_tensor<f16, "L1">
  return
}

// -----

func.func @slots_without_elements() {
  // expected-error @below {{'ascendc.buffer' op needs slots and elements}}
  %0 = ascendc.buffer "A1" 2 x -16 : !ascendc.local_tensor<f16, "L1">
  return
}

// -----

// expected-error @below {{'"L3"' does not satisfy the constraint}}
func.func private @memory(!ascendc.local_tensor<f16, "L3">)

// -----

func.func @element_changes_the_type(%tensor: !ascendc.global_tensor<f16>, %i: index) {
  // expected-error @below {{expected '!ascendc.global_tensor<f16>' but got '!ascendc.global_tensor<f32>'}}
  %0 = "ascendc.element"(%tensor, %i) : (!ascendc.global_tensor<f16>, index) -> !ascendc.global_tensor<f32>
  return
}

// -----

func.func @no_tensor(%tensor: memref<4xf16>, %i: index) {
  // expected-error @below {{'memref<4xf16>' does not satisfy the constraint}}
  %0 = ascendc.element %tensor[%i] : memref<4xf16>
  return
}

// -----

func.func @core() {
  // expected-error @below {{expected one of AIC, AIV as 'core', not 'AIX'}}
  %0 = ascendc.is_core AIX
  return
}
