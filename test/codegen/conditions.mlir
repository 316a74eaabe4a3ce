// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines --strict-whitespace
// Conditions: with and without else, chains, results as variables that each branch sets.

//      CHECK:__aicore__ inline void Plain(int64_t a, int64_t b) {
// CHECK-NEXT:    if (a < b) {
// CHECK-NEXT:        Take(a);
// CHECK-NEXT:    }
// CHECK-NEXT:    if (a < b) {
// CHECK-NEXT:        Take(a);
// CHECK-NEXT:    } else {
// CHECK-NEXT:        Take(b);
// CHECK-NEXT:    }
// CHECK-NEXT:}
func.func @plain(%a: index loc("a"), %b: index loc("b")) {
  %0 = arith.cmpi slt, %a, %b : index
  scf.if %0 {
    func.call @take(%a) : (index) -> ()
  }
  %1 = arith.cmpi slt, %a, %b : index
  scf.if %1 {
    func.call @take(%a) : (index) -> ()
  } else {
    func.call @take(%b) : (index) -> ()
  }
  return
}

// What the inner condition computes is an expression, so that the chain is written as one. A branch that keeps a value
// as it is needs no assignment for it.
//      CHECK:__aicore__ inline int64_t Chain(int64_t a, int64_t b) {
// CHECK-NEXT:    int64_t first;
// CHECK-NEXT:    int64_t count;
// CHECK-NEXT:    if (a == 0) {
// CHECK-NEXT:        first = 0;
// CHECK-NEXT:        count = b;
// CHECK-NEXT:    } else if (a == 1) {
// CHECK-NEXT:        const int64_t next = a + b;
// CHECK-NEXT:        first = next;
// CHECK-NEXT:        count = next * b;
// CHECK-NEXT:    } else {
// CHECK-NEXT:        first = a;
// CHECK-NEXT:        count = 1;
// CHECK-NEXT:    }
// CHECK-NEXT:    return first + count;
// CHECK-NEXT:}
func.func @chain(%a: index loc("a"), %b: index loc("b")) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %is_first = arith.cmpi eq, %a, %c0 : index
  %0, %1 = scf.if %is_first -> (index, index) {
    scf.yield %c0, %b : index, index
  } else {
    %is_second = arith.cmpi eq, %a, %c1 : index
    %2, %3 = scf.if %is_second -> (index, index) {
      %next = arith.addi %a, %b : index loc("next")
      %product = arith.muli %next, %b : index
      scf.yield %next, %product : index, index
    } else {
      scf.yield %a, %c1 : index, index
    }
    scf.yield %2, %3 : index, index
  } {dovetail.names = ["first", "count"]}
  %sum = arith.addi %0, %1 : index
  return %sum : index
}

// An else that computes a variable before its condition stays an else.
//      CHECK:__aicore__ inline int64_t NoChain(int64_t a, int64_t b) {
// CHECK-NEXT:    int64_t chosen;
// CHECK-NEXT:    if (a == 0) {
// CHECK-NEXT:        chosen = b;
// CHECK-NEXT:    } else {
// CHECK-NEXT:        const int64_t sum = a + b;
// CHECK-NEXT:        int64_t chosen2;
// CHECK-NEXT:        if (sum == 0) {
// CHECK-NEXT:            chosen2 = a;
// CHECK-NEXT:        } else {
// CHECK-NEXT:            chosen2 = sum;
// CHECK-NEXT:        }
// CHECK-NEXT:        chosen = chosen2;
// CHECK-NEXT:    }
// CHECK-NEXT:    return chosen;
// CHECK-NEXT:}
func.func @no_chain(%a: index loc("a"), %b: index loc("b")) -> index {
  %c0 = arith.constant 0 : index
  %is_first = arith.cmpi eq, %a, %c0 : index
  %0 = scf.if %is_first -> (index) {
    scf.yield %b : index
  } else {
    %sum = arith.addi %a, %b : index loc("sum")
    %is_second = arith.cmpi eq, %sum, %c0 : index
    %1 = scf.if %is_second -> (index) {
      scf.yield %a : index
    } else {
      scf.yield %sum : index
    }
    scf.yield %1 : index
  }
  return %0 : index
}

// Names are free again behind the block that took them.
//      CHECK:__aicore__ inline void Scopes(int64_t a, bool c) {
// CHECK-NEXT:    if (c) {
// CHECK-NEXT:        const int64_t next = a + 1;
// CHECK-NEXT:        Take(next);
// CHECK-NEXT:    } else {
// CHECK-NEXT:        const int64_t next = a + 2;
// CHECK-NEXT:        Take(next);
// CHECK-NEXT:    }
// CHECK-NEXT:    const int64_t next = a + 3;
// CHECK-NEXT:    Take(next);
// CHECK-NEXT:}
func.func @scopes(%a: index loc("a"), %c: i1 loc("c")) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  scf.if %c {
    %next = arith.addi %a, %c1 : index loc("next")
    func.call @take(%next) : (index) -> ()
  } else {
    %next = arith.addi %a, %c2 : index loc("next")
    func.call @take(%next) : (index) -> ()
  }
  %next = arith.addi %a, %c3 : index loc("next")
  call @take(%next) : (index) -> ()
  return
}

// Which core this is, is a macro of the vendor that brings its own parentheses.
//      CHECK:__aicore__ inline void Cores(int64_t a) {
// CHECK-NEXT:    if ASCEND_IS_AIC {
// CHECK-NEXT:        Take(a);
// CHECK-NEXT:    }
// CHECK-NEXT:    if ASCEND_IS_AIV {
// CHECK-NEXT:        Take(a);
// CHECK-NEXT:    }
// CHECK-NEXT:}
func.func @cores(%a: index loc("a")) {
  %cube = ascendc.is_core AIC
  scf.if %cube {
    func.call @take(%a) : (index) -> ()
  }
  %vector = ascendc.is_core AIV
  scf.if %vector {
    func.call @take(%a) : (index) -> ()
  }
  return
}

func.func private @take(%a: index) { return }
