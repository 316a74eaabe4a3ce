// RUN: dovetail-opt %s --materialize-barriers --split-input-file --verify-diagnostics
// What cannot be run as stages one after the other; more of it in fuse-stages_invalid.mlir.

func.func @nothing_fills(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
  // expected-error @below {{a gathered matrix is filled by one stage, not by 0}}
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  return
}

// -----

func.func @reads_before_it_is_filled(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.execute_region {
    // expected-error @below {{reads a gathered matrix before the stage that fills it}}
    %tile = dovetail.load %gathered[%c0, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
    dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
    scf.yield
  } {dovetail.stage = "early"}
  // expected-note @below {{filled here}}
  scf.execute_region {
    %ranks = dovetail.ranks
    %m = dovetail.size "m"
    scf.for %rank = %c0 to %ranks step %c1 {
      scf.for %i = %c0 to %m step %c16 {
        %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
      }
    }
    scf.yield
  } {dovetail.stage = "gather"}
  return
}
