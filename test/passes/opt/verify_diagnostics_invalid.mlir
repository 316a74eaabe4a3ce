// RUN: not dovetail-opt %s --split-input-file --verify-diagnostics 2>&1 | filecheck %s
// Diagnostics that nobody expects, and expectations that nothing meets, are errors with places.

// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 1]]:25: error: unexpected error: 'dovetail.size' expected a string
  %0 = dovetail.size    m
// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 1]]:4: error: expected error "no such thing" was not produced
// expected-error @+1 {{no such thing}}

// -----

// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 2]]:3: error: unexpected note: previously defined here
// expected-error @+2 {{redefinition of SSA value '%0'}}
  %0 = dovetail.rank
  %0 = dovetail.rank

// -----

// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 1]]:4: error: expected warning "expected a string" was not produced
// expected-warning @below {{expected a string}}
  %0 = dovetail.size m

// -----

// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 1]]:22: error: unexpected error: 'dovetail.size' expected a string
  %0 = dovetail.size m
// CHECK: verify_diagnostics_invalid.mlir:[[# @LINE + 1]]:4: error: expected error "expected a string" was not produced
// expected-error @+1 {{expected a string}}
