// RUN: dovetail-opt %s --build-tiling --split-input-file --verify-diagnostics

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @product_of_sizes(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "2 * k"]}) attributes {dovetail.kernel} {
    // expected-error @below {{gathers a matrix whose sizes are single symbols, not '2 * k'}}
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @unbounded(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    // expected-error @below {{the window of a gathered matrix is unbounded; run bound-window first}}
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{a size is not called 'slots', which is a field of the tiling struct}}
  func.func @takes_a_name(%x1: memref<?x?xf16> {dovetail.sizes = ["slots", "k"]}) attributes {dovetail.kernel} {
    return
  }
}

// -----

// expected-error @below {{the module does not say for which machine it is, as in dovetail.machine = "Ascend910B3"}}
module {
  func.func @no_machine(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    return
  }
}

// -----

// expected-error @below {{there is no target or machine 'Ascend1'}}
module attributes {dovetail.machine = "Ascend1"} {
  func.func @unknown_machine(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    return
  }
}
