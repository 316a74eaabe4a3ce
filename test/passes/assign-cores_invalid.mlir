// RUN: dovetail-opt %s --assign-cores --split-input-file --verify-diagnostics

func.func @two_gathered(%x1: memref<?x?xf16>, %x2: memref<?x?xf16>) attributes {dovetail.kernel} {
  // expected-note @below {{the first}}
  %0 = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // expected-error @below {{a kernel has one gathered matrix}}
  %1 = dovetail.gathered %x2 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @copy_of_an_input(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  // expected-error @below {{only a gathered matrix is copied whole; others are loaded and stored tile by tile}}
  dovetail.copy %x1, %output : memref<?x?xf16>, memref<?x?xf16>
  return
}

// -----

func.func @unbounded(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
  // expected-error @below {{the window of a gathered matrix is unbounded; run bound-window first}}
  %0 = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @nothing_pushes(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
  // expected-error @below {{no stage pushes this gathered matrix; run fuse-stages or materialize-barriers first}}
  %0 = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @stage_that_copies(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  // expected-error @below {{a stage multiplies tiles or fills a gathered matrix; `output[:] = gathered` copies one}}
  scf.execute_region {
    %tile = dovetail.load %x1[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
    dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
    scf.yield
  } {dovetail.stage = "copy"}
  return
}
