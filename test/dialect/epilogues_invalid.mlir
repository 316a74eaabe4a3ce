// RUN: dovetail-opt %s --split-input-file --verify-diagnostics
// What the verifiers of the operations refuse that scale tiles and gather scales.

func.func @extents(%a: !dovetail.tile<16x32xf32>, %b: !dovetail.tile<16x16xf32>) {
  // expected-error @below {{'dovetail.times' op multiplies extents that are alike or 1, not 32 and 16}}
  %0 = dovetail.times %a, %b : !dovetail.tile<16x32xf32>, !dovetail.tile<16x16xf32> -> !dovetail.tile<16x32xf32>
  return
}

// -----

func.func @extent_of_result(%a: !dovetail.tile<16x1xf32>, %b: !dovetail.tile<1x32xf32>) {
  // expected-error @below {{'dovetail.times' op gives an extent of 32, not 1}}
  %0 = dovetail.times %a, %b : !dovetail.tile<16x1xf32>, !dovetail.tile<1x32xf32> -> !dovetail.tile<16x1xf32>
  return
}

// -----

func.func @element_of_result(%a: !dovetail.tile<16x16xsi32>, %b: !dovetail.tile<16x16xf32>) {
  // expected-error @below {{'dovetail.times' op gives f32, not si32}}
  %0 = dovetail.times %a, %b : !dovetail.tile<16x16xsi32>, !dovetail.tile<16x16xf32> -> !dovetail.tile<16x16xsi32>
  return
}

// -----

func.func @with_a_matrix_that_is_not_gathered(%x1: memref<?x?xf16>, %scale: memref<?x?xf32>) {
  // expected-error @below {{'dovetail.gathered' op travels with a gathered matrix, not with memref<?x?xf16>}}
  %0 = dovetail.gathered %scale with %x1 : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xf16>
  return
}

// -----

func.func @with_slots_of_its_own(%x1: memref<?x?xf16>, %scale: memref<?x?xf32>) {
  %0 = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // expected-error @below {{'dovetail.gathered' op has the slots of the matrix that it travels with, and none of its own}}
  %1 = dovetail.gathered %scale with %0 {slots = 2 : i64} : memref<?x?xf32> -> memref<?x?xf32, "gathered">, memref<?x?xf16, "gathered">
  return
}

// -----

func.func @sum_of_another_type(%a: !dovetail.tile<16x16xf32>, %sum: !dovetail.tile<16x32xf32>, %l: !dovetail.tile<1x1xf32>, %c: !dovetail.tile<1x1xf32>) {
  // expected-error @below {{'dovetail.add_scaled' op adds a tile to a sum of the same type}}
  %0 = dovetail.add_scaled %a, %sum scaled %l by %c : !dovetail.tile<16x16xf32> -> !dovetail.tile<16x32xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x1xf32>
  return
}

// -----

func.func @sum_of_integers(%a: !dovetail.tile<16x16xsi32>, %sum: !dovetail.tile<16x16xsi32>, %l: !dovetail.tile<1x1xf32>, %c: !dovetail.tile<1x1xf32>) {
  // expected-error @below {{'dovetail.add_scaled' op adds f32, not si32}}
  %0 = dovetail.add_scaled %a, %sum scaled %l by %c : !dovetail.tile<16x16xsi32> -> !dovetail.tile<16x16xsi32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<1x1xf32>
  return
}

// -----

func.func @scale_of_halves(%a: !dovetail.tile<16x16xf32>, %sum: !dovetail.tile<16x16xf32>, %l: !dovetail.tile<1x1xf16>, %c: !dovetail.tile<1x1xf32>) {
  // expected-error @below {{'dovetail.add_scaled' op scales by f32, not by f16}}
  %0 = dovetail.add_scaled %a, %sum scaled %l by %c : !dovetail.tile<16x16xf32> -> !dovetail.tile<16x16xf32> scaled !dovetail.tile<1x1xf16> by !dovetail.tile<1x1xf32>
  return
}

// -----

func.func @scales_of_more_depth(%a: !dovetail.tile<16x16xf32>, %sum: !dovetail.tile<16x16xf32>, %l: !dovetail.tile<1x1xf32>, %c: !dovetail.tile<2x1xf32>) {
  // expected-error @below {{'dovetail.add_scaled' op takes one scale for each block of columns, not 2}}
  %0 = dovetail.add_scaled %a, %sum scaled %l by %c : !dovetail.tile<16x16xf32> -> !dovetail.tile<16x16xf32> scaled !dovetail.tile<1x1xf32> by !dovetail.tile<2x1xf32>
  return
}

// -----

func.func @no_block(%i: index) {
  // expected-error @below {{'dovetail.block_row' op needs blocks of some rows, not of 0}}
  %0 = dovetail.block_row %i of %i by 0
  return
}
