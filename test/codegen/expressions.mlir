// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines
// Values: a named one becomes a variable, an unnamed one an expression where it is used, with no more parentheses than
// C++ needs.

// CHECK: {{.*}} void Precedence(int64_t a, int64_t b, int64_t c) {
func.func @precedence(%a: index loc("a"), %b: index loc("b"), %c: index loc("c")) {
  %sum = arith.addi %a, %b : index
  %product = arith.muli %sum, %c : index
  %r1 = arith.addi %product, %a : index loc("sumInProduct")
  // CHECK-NEXT: const int64_t sumInProduct = (a + b) * c + a;
  %d1 = arith.subi %b, %c : index
  %r2 = arith.subi %a, %d1 : index loc("differenceOnTheRight")
  // CHECK-NEXT: const int64_t differenceOnTheRight = a - (b - c);
  %d2 = arith.subi %a, %b : index
  %r3 = arith.subi %d2, %c : index loc("differenceOnTheLeft")
  // CHECK-NEXT: const int64_t differenceOnTheLeft = a - b - c;
  %q1 = arith.divsi %b, %c : index
  %r4 = arith.muli %a, %q1 : index loc("quotientOnTheRight")
  // CHECK-NEXT: const int64_t quotientOnTheRight = a * (b / c);
  %q2 = arith.divsi %a, %b : index
  %r5 = arith.remsi %q2, %c : index loc("quotientOnTheLeft")
  // CHECK-NEXT: const int64_t quotientOnTheLeft = a / b % c;
  %minus = arith.constant -3 : index
  %r6 = arith.muli %minus, %a : index loc("negative")
  // CHECK-NEXT: const int64_t negative = -3 * a;
  call @take6(%r1, %r2, %r3, %r4, %r5, %r6) : (index, index, index, index, index, index) -> ()
  return
}

// CHECK: {{.*}} void Choices(int64_t a, int64_t b, int64_t c) {
func.func @choices(%a: index loc("a"), %b: index loc("b"), %c: index loc("c")) {
  %min = arith.minsi %a, %b : index loc("smaller")
  // CHECK-NEXT: const int64_t smaller = a < b ? a : b;
  %max = arith.maxsi %a, %b : index loc("larger")
  // CHECK-NEXT: const int64_t larger = a > b ? a : b;
  %sum = arith.addi %a, %b : index
  %m1 = arith.minsi %sum, %c : index
  %m2 = arith.muli %m1, %c : index loc("ofChoice")
  // CHECK-NEXT: const int64_t ofChoice = (a + b < c ? a + b : c) * c;
  %less = arith.cmpi slt, %a, %b : index
  %difference = arith.subi %a, %b : index
  %select = arith.select %less, %difference, %c : index loc("selected")
  // CHECK-NEXT: const int64_t selected = a < b ? a - b : c;
  %greater = arith.cmpi sgt, %a, %b : index
  %inner = arith.select %greater, %a, %b : index
  %equal = arith.cmpi eq, %b, %c : index
  %outer = arith.select %equal, %inner, %c : index loc("nested")
  // CHECK-NEXT: const int64_t nested = b == c ? (a > b ? a : b) : c;
  call @take6(%min, %max, %m2, %select, %outer, %a) : (index, index, index, index, index, index) -> ()
  return
}

// CHECK: {{.*}} void Comparisons(int64_t a, int64_t b, bool c) {
func.func @comparisons(%a: index loc("a"), %b: index loc("b"), %c: i1 loc("c")) {
  %0 = arith.cmpi ne, %a, %b : index loc("differ")
  // CHECK-NEXT: const bool differ = a != b;
  %1 = arith.cmpi sle, %a, %b : index
  %sum = arith.addi %a, %b : index
  %2 = arith.cmpi sge, %sum, %b : index
  %3 = arith.cmpi sgt, %a, %b : index
  %both = arith.andi %1, %2 : i1
  %any = arith.ori %both, %3 : i1 loc("any")
  // CHECK-NEXT: const bool any = a <= b && a + b >= b || a > b;
  %either = arith.ori %0, %c : i1
  %all = arith.andi %either, %any : i1 loc("all")
  // CHECK-NEXT: const bool all = (differ || c) && any;
  %equals = arith.cmpi eq, %all, %c : i1 loc("alike")
  // CHECK-NEXT: const bool alike = all == c;
  %true = arith.constant true
  call @take_bools(%equals, %true) : (i1, i1) -> ()
  // CHECK-NEXT: TakeBools(alike, true);
  return
}

// Counts of 32 bits wrap: they are unsigned, and compared as signed.
// CHECK: {{.*}} void Counters(uint32_t shown, uint32_t target, int64_t chunks) {
func.func @counters(%shown: i32 loc("shown"), %target: i32 loc("target"), %chunks: index loc("chunks")) {
  %zero = arith.constant 0 : i32
  %distance = arith.subi %shown, %target : i32
  %late = arith.cmpi slt, %distance, %zero : i32 loc("late")
  // CHECK-NEXT: const bool late = static_cast<int32_t>(shown - target) < 0;
  %later = arith.cmpi sge, %shown, %target : i32 loc("later")
  // CHECK-NEXT: const bool later = static_cast<int32_t>(shown) >= static_cast<int32_t>(target);
  %same = arith.cmpi eq, %shown, %target : i32 loc("same")
  // CHECK-NEXT: const bool same = shown == target;
  %counted = arith.index_cast %chunks : index to i32
  %next = arith.addi %shown, %counted : i32 loc("next")
  // CHECK-NEXT: const uint32_t next = shown + static_cast<uint32_t>(chunks);
  call @take_counters(%late, %later, %same, %next) : (i1, i1, i1, i32) -> ()
  return
}

// CHECK: {{.*}} void Variables(int64_t a, int64_t b) {
func.func @variables(%a: index loc("a"), %b: index loc("b")) {
  // An unnamed value that is used twice is computed once, a constant is written wherever it is used, and what nobody
  // uses is not there.
  %c7 = arith.constant 7 : index loc("seven")
  %twice = arith.muli %a, %c7 : index
  // CHECK-NEXT: const int64_t value = a * 7;
  %unused = arith.addi %a, %b : index loc("unused")
  %sum = arith.addi %twice, %twice : index loc("sum")
  // CHECK-NEXT: const int64_t sum = value + value;
  %again = arith.addi %sum, %c7 : index loc("sum")
  // CHECK-NEXT: const int64_t sum2 = sum + 7;
  %keyword = arith.addi %again, %b : index loc("default")
  // CHECK-NEXT: const int64_t default2 = sum2 + b;
  call @take(%keyword) : (index) -> ()
  // CHECK-NEXT: Take(default2);
  // CHECK-NEXT: }
  return
}

func.func private @take(%a: index) { return }
func.func private @take6(%a: index, %b: index, %c: index, %d: index, %e: index, %f: index) { return }
func.func private @take_bools(%a: i1, %b: i1) { return }
func.func private @take_counters(%a: i1, %b: i1, %c: i1, %d: i32) { return }
