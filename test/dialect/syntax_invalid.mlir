// RUN: dovetail-opt %s --split-input-file --verify-diagnostics
// Text that is no operation of ours: what was expected, and where.

func.func @unknown_operation(%x1: memref<?x?xf16>) {
  // expected-error @below {{there is no operation 'dovetail.gather'; did you mean 'dovetail.gathered'?}}
  %0 = dovetail.gather %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @nothing_alike() {
  // expected-error-re @below {{there is no operation 'ascendc.wxyz'{{$}}}}
  ascendc.wxyz
  return
}

// -----

func.func @missing_literal(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected '[', not '%i'}}
  %0 = dovetail.load %x1 %i, %i : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @missing_comma(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected ']', not '%i'}}
  %0 = dovetail.load %x1[%i %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @missing_operand(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected operand 'offsets', not ']'}}
  %0 = dovetail.load %x1[%i, ] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @wrong_word(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected ':', not 'off'}}
  %0 = dovetail.load %x1[%i, %i] off %i : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @group_without_its_operand(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected operand 'rank', not ':'}}
  %0 = dovetail.load %x1[%i, %i] of : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @missing_type(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected the type of 'tile'}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> ->
  return
}

// -----

func.func @no_types(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' expected ':'}}
  %0 = dovetail.load %x1[%i, %i]
  return
}

// -----

func.func @open_bracket(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.rows' expected the type of 'gathered', not 'memref'}}
  %0 = dovetail.rows %x1 : memref<?x?xf16
  return
}

// -----

func.func @open_dictionary() {
  // expected-error @below {{'dovetail.rank' expected a dictionary that ends with '}', not '{'}}
  %0 = dovetail.rank {a = [1, 2}
  return
}

// -----

func.func @unknown_word(%gathered: memref<?x?xf16, "gathered">, %i: index) {
  // expected-error @below {{'dovetail.peer' expected one of to, from as 'role', not 'by'}}
  %0 = dovetail.peer %gathered by %i : memref<?x?xf16, "gathered">
  return
}

// -----

func.func @string_expected() {
  // expected-error @below {{'dovetail.size' expected a string as 'symbol', not 'm'}}
  %0 = dovetail.size m
  return
}

// -----

func.func @integer_expected(%counter: !ascendc.slot_counter) {
  // expected-error @below {{'ascendc.next_slot' expected an integer as 'slots', not '"two"'}}
  %0 = ascendc.next_slot %counter of "two"
  return
}

// -----

// What our operations have right up to there is for MLIR to judge; its errors have the places of the source.

func.func @undeclared_value(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{use of undeclared SSA value name}}
  %0 = dovetail.load %x1[%i, %j] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

// expected-note @below {{prior use here}}
func.func @type_of_operand(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{use of value '%x1' expects different type than prior uses: 'memref<?x?xf32>' vs 'memref<?x?xf16>'}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf32> -> !dovetail.tile<16x16xf32>
  return
}

// -----

// expected-note @below {{prior use here}}
func.func @type_that_is_not_spelled(%x1: memref<?x?xf16>, %i: i32) {
  // expected-error @below {{use of value '%i' expects different type than prior uses: 'index' vs 'i32'}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @unknown_type(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{expected dynamic type}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tiles<16x16xf16>
  return
}

// -----

func.func @results() {
  // expected-error @below {{operation defines 1 results but was provided 2 to bind}}
  %0:2 = dovetail.rank
  return
}

// -----

func.func @more_than_the_format() {
  // expected-error @below {{expected operation name in quotes}}
  %0 = dovetail.rank : index
  return
}

// -----

func.func @attribute_twice() {
  // expected-error @below {{duplicate key 'symbol' in dictionary attribute}}
  %0 = dovetail.size "m" {symbol = "n"}
  return
}

// -----

func.func @generic_form_has_no_defaults(%x1: memref<?x?xf16>) {
  // expected-error @below {{symbol}}
  %0 = "dovetail.size"() : () -> index
  return
}
