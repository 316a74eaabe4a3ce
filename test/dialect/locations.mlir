// RUN: dovetail-opt %s --mlir-print-debuginfo | filecheck %s
// RUN: dovetail-opt %s --mlir-print-debuginfo | dovetail-opt --mlir-print-debuginfo | filecheck %s
// RUN: dovetail-opt %s --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix=NAMES
// Locations are those of the source, or what the text says.

// CHECK: #[[X1:.*]] = loc("{{.*}}locations.mlir":[[# @LINE + 3]]:14)
// CHECK: #[[I:.*]] = loc("{{.*}}locations.mlir":[[# @LINE + 2]]:36)
// CHECK: func.func @f(%arg0: memref<?x?xf16> loc({{.*}}), %arg1: index loc({{.*}})) {
func.func @f(%x1: memref<?x?xf16>, %i: index) {
  // CHECK: dovetail.load {{.*}} loc(#[[LOAD:.*]])
  // NAMES: %tile = dovetail.load
  %0 = dovetail.load %x1[%i, %i] : memref<?x?xf16> -> !dovetail.tile<16x16xf16> loc("tile"("kernel.py":3:14))
  // CHECK: dovetail.barrier loc(#[[BARRIER:.*]])
  dovetail.barrier
  // CHECK: dovetail.rank loc(#[[RANK:.*]])
      %1 = dovetail.rank
  return
}
// CHECK-DAG: #[[BARRIER]] = loc("{{.*}}locations.mlir":[[# @LINE - 5]]:3)
// CHECK-DAG: #[[RANK]] = loc("{{.*}}locations.mlir":[[# @LINE - 4]]:12)
// CHECK-DAG: #[[AT:.*]] = loc("kernel.py":3:14)
// CHECK-DAG: #[[LOAD]] = loc("tile"(#[[AT]]))
