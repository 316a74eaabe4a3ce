// RUN: dovetail-opt %s --pass-pipeline='cse,func.func(canonicalize{top-down=true max-iterations=3})' | filecheck %s
// RUN: dovetail-opt %s --pass-pipeline='builtin.module(func.func(cse,canonicalize))' | filecheck %s
// RUN: dovetail-opt %s --cse --canonicalize | filecheck %s
// RUN: dovetail-opt %s -cse -canonicalize=max-iterations=3 | filecheck %s
// RUN: dovetail-opt --cse < %s | dovetail-opt --canonicalize - | filecheck %s
// RUN: dovetail-opt %s | filecheck %s --check-prefix=NONE

// CHECK-LABEL: func.func @f
// CHECK-NEXT: %[[RANK:.*]] = dovetail.rank
// CHECK-NEXT: return %[[RANK]], %[[RANK]]
// NONE-COUNT-3: dovetail.rank
func.func @f() -> (index, index) {
  %0 = dovetail.rank
  %1 = dovetail.rank
  %2 = dovetail.rank
  return %0, %1 : index, index
}
