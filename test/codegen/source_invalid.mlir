// RUN: dovetail-opt %s --emit-source --split-input-file --verify-diagnostics
// What has no form in the generated source.

func.func @too_high_a_level() {
  // expected-error @below {{'dovetail.barrier' has no form in the generated source}}
  dovetail.barrier
  return
}

// -----

func.func @bits_of_numbers(%a: index, %b: index) -> index {
  // expected-error @below {{'arith.andi' of index has no form in the generated source, only of i1}}
  %0 = arith.andi %a, %b : index
  return %0 : index
}

// -----

func.func @unsigned(%a: index, %b: index) -> i1 {
  // expected-error @below {{an unsigned comparison has no form in the generated source}}
  %0 = arith.cmpi ult, %a, %b : index
  return %0 : i1
}

// -----

func.func @condition_with_statements(%a: index, %ring: !ascendc.local_tensor<i32, "UB">) {
  %c0 = arith.constant 0 : i32
  // expected-error @below {{a while loop's condition is an expression of what the loop carries}}
  scf.while (%i = %a) : (index) -> index {
    %value = ascendc.get_value %ring[%i] : !ascendc.local_tensor<i32, "UB"> -> i32
    %goes_on = arith.cmpi ne, %value, %c0 : i32
    scf.condition(%goes_on) %i : index
  } do {
  ^body(%i: index):
    scf.yield %i : index
  }
  return
}
