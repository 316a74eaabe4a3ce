// RUN: not dovetail-opt %s --split-input-file > %t 2> %t.errors
// RUN: filecheck %s < %t
// RUN: filecheck %s --check-prefix=ERROR < %t.errors
// Each module is a run of its own; an error in one does not keep the others from being printed.

// CHECK: func.func @first
func.func @first() { return }

// -----

// ERROR: split_input_file.mlir:[[# @LINE + 3]]:3: error: there is no operation 'dovetail.second'
// ERROR-NEXT: {{^  dovetail.second}}
// ERROR-NEXT: {{^  \^}}
  dovetail.second

// -----

// CHECK: // -----
// CHECK: func.func @third
// CHECK: // -----
func.func @third() { return }

// -----
// ERROR: split_input_file.mlir:[[# @LINE + 1]]:51: error: custom op 'fourth' is unknown
func.func @fourth() { %0 = arith.constant 0 : i32 fourth return }

// -----
// CHECK: func.func @fifth
func.func @fifth() { return }
