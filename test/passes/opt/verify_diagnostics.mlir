// RUN: dovetail-opt %s --split-input-file --verify-diagnostics --verify-each
// Expectations by distance, line, neighbour and pattern; notes count as well.

func.func @above() {
  %0 = dovetail.size m
  // expected-error @above {{expected a string}}
  // The line above is the nearest that has no expectation itself.
  return
}

// -----

func.func @distance() {
  // expected-error@+3 {{expected a string}}


  %0 = dovetail.size m
  return
}

// -----

func.func @same_line() {
  %0 = dovetail.size m // expected-error {{expected a string}}
  return
}

// -----

func.func @pattern() {
  // expected-error-re @below {{{{[a-z]+}} a string as 'symbol', not '{{.}}'}}
  %0 = dovetail.size m
  return
}

// -----

// expected-note @below {{previously defined here}}
func.func @notes(%0: index) {
  // expected-error @below {{redefinition of SSA value '%0'}}
  %0 = dovetail.rank
  return
}

// -----

func.func @no_errors() { return }
