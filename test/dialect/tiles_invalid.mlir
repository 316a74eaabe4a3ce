// RUN: dovetail-opt %s --split-input-file --verify-diagnostics
// What the verifiers of the operations refuse that say what a kernel computes.

func.func @space_of_gathered(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.gathered' op gives a matrix in memory space 'gathered', not memref<?x?xf16>}}
  %0 = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16>
  return
}

// -----

func.func @element_of_gathered(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.gathered' op gathers elements of type f16, not f32}}
  %0 = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf32, "gathered">
  return
}

// -----

func.func @no_rows_in_a_chunk(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.gathered' op needs a positive 'chunk'}}
  %0 = dovetail.gathered %x1 {chunk = 0 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @no_slots(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.gathered' op needs a positive 'slots'}}
  %0 = dovetail.gathered %x1 {slots = -1 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @no_lanes(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.gathered' op needs a positive 'lanes'}}
  %0 = dovetail.gathered %x1 {lanes = 0 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @rows_of_a_matrix(%x1: memref<?x?xf16>) {
  // expected-error @below {{'dovetail.rows' op works on a gathered matrix, not on memref<?x?xf16>}}
  %0 = dovetail.rows %x1 : memref<?x?xf16>
  return
}

// -----

func.func @offsets_of_load(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' op takes two offsets, row and column, not 1}}
  %0 = dovetail.load %x1[%i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @dimensions_of_load(%x1: memref<?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' op works on matrices of two dimensions, not on memref<?xf16>}}
  %0 = dovetail.load %x1[%i, %i] : memref<?xf16> -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @load_does_not_convert(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' op loads elements of type f16 as f32}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf32>
  return
}

// -----

func.func @load_gives_a_tile(%x1: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.load' op expects a tile, not f16}}
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> f16
  return
}

// -----

func.func @contraction(%a: !dovetail.tile<128x64xf16>, %b: !dovetail.tile<128x64xf16>, %c: !dovetail.tile<128x64xf32>) {
  // expected-error @below {{'dovetail.multiply' op contraction mismatch: 128x64 times 128x64}}
  %0 = dovetail.multiply %a, %b, %c : !dovetail.tile<128x64xf16>, !dovetail.tile<128x64xf16> -> !dovetail.tile<128x64xf32>
  return
}

// -----

func.func @types_of_factors(%a: !dovetail.tile<16x16xf16>, %b: !dovetail.tile<16x16xbf16>, %c: !dovetail.tile<16x16xf32>) {
  // expected-error @below {{'dovetail.multiply' op multiplies tiles of one type, not f16 by bf16}}
  %0 = dovetail.multiply %a, %b, %c : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xbf16> -> !dovetail.tile<16x16xf32>
  return
}

// -----

func.func @accumulator(%a: !dovetail.tile<16x32xf16>, %b: !dovetail.tile<32x16xf16>, %c: !dovetail.tile<16x32xf32>) {
  // expected-error @below {{'dovetail.multiply' op accumulates 16x16, not 16x32}}
  %0 = dovetail.multiply %a, %b, %c : !dovetail.tile<16x32xf16>, !dovetail.tile<32x16xf16> -> !dovetail.tile<16x32xf32>
  return
}

// -----

// The format gives the accumulator the type of the result; the generic form can say something else.

func.func @result(%a: !dovetail.tile<16x16xf16>, %c: !dovetail.tile<16x16xf32>) {
  // expected-error-re @below {{'dovetail.multiply' op gives {{.*}}f32{{.*}}, not {{.*}}f16}}
  %0 = "dovetail.multiply"(%a, %a, %c) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (!dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf32>) -> !dovetail.tile<16x16xf16>
  return
}

// -----

func.func @offsets_of_store(%output: memref<?x?xf16>, %tile: !dovetail.tile<16x16xf32>, %i: index) {
  // expected-error @below {{'dovetail.store' op takes two offsets, row and column, not 3}}
  dovetail.store %tile, %output[%i, %i, %i] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  return
}

// -----

func.func @store_takes_a_tile(%output: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.store' op expects a tile, not index}}
  dovetail.store %i, %output[%i, %i] : index, memref<?x?xf16>
  return
}

// -----

func.func @copy_does_not_convert(%gathered: memref<?x?xf16, "gathered">, %gather_out: memref<?x?xf32>) {
  // expected-error @below {{'dovetail.copy' op copies elements of one type, not f16 to f32}}
  dovetail.copy %gathered, %gather_out : memref<?x?xf16, "gathered">, memref<?x?xf32>
  return
}
