// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines --strict-whitespace
// Loops, with what they carry. Names of carried values stand in `dovetail.names`; without them they are `carried`.

//      CHECK:__aicore__ inline void Nested(int64_t rows, int64_t columns, int64_t step) {
// CHECK-NEXT:    for (int64_t row = 0; row < rows; ++row) {
// CHECK-NEXT:        for (int64_t column = row; column < columns - 1; column += step) {
// CHECK-NEXT:            Take(row, column);
// CHECK-NEXT:        }
// CHECK-NEXT:        for (int64_t column = 4; column < columns; column += 16) {
// CHECK-NEXT:            Take(row, column);
// CHECK-NEXT:        }
// CHECK-NEXT:    }
// CHECK-NEXT:}
func.func @nested(%rows: index loc("rows"), %columns: index loc("columns"), %step: index loc("step")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %last = arith.subi %columns, %c1 : index
  scf.for %i = %c0 to %rows step %c1 {
    scf.for %j = %i to %last step %step {
      func.call @take(%i, %j) : (index, index) -> ()
    } loc("column")
    scf.for %j = %c4 to %columns step %c16 {
      func.call @take(%i, %j) : (index, index) -> ()
    } loc("column")
  } loc("row")
  return
}

// All carried values change at once: the one that is read after it is assigned is copied.
//      CHECK:__aicore__ inline int64_t Fibonacci(int64_t count) {
// CHECK-NEXT:    int64_t low = 0;
// CHECK-NEXT:    int64_t high = 1;
// CHECK-NEXT:    for (int64_t i = 0; i < count; ++i) {
// CHECK-NEXT:        const int64_t sum = low + high;
// CHECK-NEXT:        low = high;
// CHECK-NEXT:        high = sum;
// CHECK-NEXT:    }
// CHECK-NEXT:    return low;
// CHECK-NEXT:}
func.func @fibonacci(%count: index loc("count")) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %low, %high = scf.for %i = %c0 to %count step %c1 iter_args(%a = %c0, %b = %c1) -> (index, index) {
    %sum = arith.addi %a, %b : index loc("sum")
    scf.yield %b, %sum : index, index
  } {dovetail.names = ["low", "high"]}
  return %low : index
}

//      CHECK:__aicore__ inline int64_t Swapped(int64_t count, int64_t first, int64_t second) {
// CHECK-NEXT:    int64_t carried = first;
// CHECK-NEXT:    int64_t carried2 = second;
// CHECK-NEXT:    for (int64_t i = 0; i < count; ++i) {
// CHECK-NEXT:        const auto carriedNext = carried2;
// CHECK-NEXT:        carried2 = carried;
// CHECK-NEXT:        carried = carriedNext;
// CHECK-NEXT:    }
// CHECK-NEXT:    return carried - carried2;
// CHECK-NEXT:}
func.func @swapped(%count: index loc("count"), %first: index loc("first"), %second: index loc("second")) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a, %b = scf.for %i = %c0 to %count step %c1 iter_args(%x = %first, %y = %second) -> (index, index) {
    scf.yield %y, %x : index, index
  }
  %difference = arith.subi %a, %b : index
  return %difference : index
}

// What a step does not change is not assigned.
//      CHECK:__aicore__ inline int64_t Unchanged(int64_t count, int64_t first) {
// CHECK-NEXT:    int64_t kept = first;
// CHECK-NEXT:    int64_t sum = 0;
// CHECK-NEXT:    for (int64_t i = 0; i < count; ++i) {
// CHECK-NEXT:        sum = sum + kept;
// CHECK-NEXT:    }
// CHECK-NEXT:    return sum;
// CHECK-NEXT:}
func.func @unchanged(%count: index loc("count"), %first: index loc("first")) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0, %1 = scf.for %i = %c0 to %count step %c1 iter_args(%kept = %first, %sum = %c0) -> (index, index) {
    %next = arith.addi %sum, %kept : index
    scf.yield %kept, %next : index, index
  } {dovetail.names = ["kept", "sum"]}
  return %1 : index
}

//      CHECK:__aicore__ inline void Until(int64_t count, int64_t most) {
// CHECK-NEXT:    int64_t left = count;
// CHECK-NEXT:    while (left > 0) {
// CHECK-NEXT:        Take(left, most);
// CHECK-NEXT:        left = left - most;
// CHECK-NEXT:    }
// CHECK-NEXT:    Take(left, most);
// CHECK-NEXT:}
func.func @until(%count: index loc("count"), %most: index loc("most")) {
  %c0 = arith.constant 0 : index
  %end = scf.while (%left = %count) : (index) -> index {
    %goes_on = arith.cmpi sgt, %left, %c0 : index
    scf.condition(%goes_on) %left : index
  } do {
  ^body(%left: index):
    func.call @take(%left, %most) : (index, index) -> ()
    %next = arith.subi %left, %most : index
    scf.yield %next : index
  } attributes {dovetail.names = ["left"]}
  call @take(%end, %most) : (index, index) -> ()
  return
}

func.func private @take(%a: index, %b: index) { return }
