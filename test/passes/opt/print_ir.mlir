// RUN: dovetail-opt %s --cse --canonicalize --mlir-print-ir-after-all -o %t 2>&1 | filecheck %s --check-prefixes=CSE,BOTH
// RUN: dovetail-opt %s --cse --canonicalize=max-iterations=3 --mlir-print-ir-after=canonicalize -o %t 2>&1 | filecheck %s --check-prefixes=ONE,BOTH
// RUN: dovetail-opt %s --cse --mlir-print-ir-after-all --mlir-print-op-generic -o %t 2>&1 | filecheck %s --check-prefix=GENERIC
// RUN: dovetail-opt %s --mlir-timing --cse --canonicalize -o %t 2>&1 | filecheck %s --check-prefix=TIMING
// The module after each pass, in our assembly, goes to the standard error.

// CSE: // -----// IR Dump After cse //----- //
// CSE: %[[RANK:.*]] = dovetail.rank
// CSE-NEXT: %[[SUM:.*]] = arith.addi %[[RANK]], %[[RANK]]
// CSE-NEXT: return %[[SUM]]
// ONE-NOT: IR Dump After cse
// BOTH: // -----// IR Dump After canonicalize{{.*}} //----- //
// BOTH: %[[RANK:.*]] = dovetail.rank
// GENERIC: "dovetail.rank"() : () -> index
// TIMING: ms {{.*}} % cse
// TIMING: ms {{.*}} % verify
// TIMING: ms {{.*}} % canonicalize
// TIMING: ms 100.0 % total
func.func @f() -> index {
  %0 = dovetail.rank
  %1 = dovetail.rank
  %2 = arith.addi %0, %1 : index
  return %2 : index
}
