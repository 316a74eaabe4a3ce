// RUN: dovetail-opt %s --bound-window --split-input-file --verify-diagnostics

module attributes {dovetail.schedule = {slots = 0 : i64, lanes = 8 : i64}} {
  func.func @no_slots(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    // expected-error @below {{a window has at least 1 slot, not 0}}
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.schedule = {slots = 2 : i64, lanes = 8 : i64}} {
  func.func @awaits_a_number(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    %c3 = arith.constant 3 : index
    // expected-error @below {{awaits the arrivals of a group of rows: the last result of dovetail.group}}
    dovetail.await_arrivals %gathered, %c3 : memref<?x?xf16, "gathered">
    return
  }
}
