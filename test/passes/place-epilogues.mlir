// RUN: dovetail-opt %s --place-epilogues --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// What is stored as it was accumulated stays with the cube core. What is multiplied, or rounded from integers, is handed
// over to the vector cores; but a Fixpipe multiplies by packed scales itself.

// CHECK-LABEL: func.func @rounded
func.func @rounded(%a: memref<?x?xf16> loc("a"), %output: memref<?x?xbf16> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xf32> loc("zeros")
  // CHECK-NOT: dovetail.hand_over
  // CHECK:     dovetail.store %sum, %output[%c0, %c0]
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
    scf.yield %next : !dovetail.tile<16x16xf32>
  } loc("sum")
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xbf16>
  return
}

// -----

// Also where nothing multiplies it: a Fixpipe does not round integers.
// CHECK-LABEL: func.func @rounded_from_integers
func.func @rounded_from_integers(%a: memref<?x?xi8> loc("a"), %output: memref<?x?xf16> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xsi32> loc("zeros")
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xsi32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xi8> -> !dovetail.tile<16x16xi8>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xi8>, !dovetail.tile<16x16xi8> -> !dovetail.tile<16x16xsi32>
    scf.yield %next : !dovetail.tile<16x16xsi32>
  } loc("sum")
  // CHECK:      dovetail.hand_over %sum : !dovetail.tile<16x16xsi32>
  // CHECK-NEXT: %taken = dovetail.take : !dovetail.tile<16x16xsi32>
  // CHECK-NEXT: dovetail.store %taken, %output[%c0, %c0]
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x16xsi32>, memref<?x?xf16>
  return
}

// -----

// CHECK-LABEL: func.func @integers
func.func @integers(%a: memref<?x?xi8> loc("a"), %output: memref<?x?xsi32> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xsi32> loc("zeros")
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xsi32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xi8> -> !dovetail.tile<16x16xi8>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xi8>, !dovetail.tile<16x16xi8> -> !dovetail.tile<16x16xsi32>
    scf.yield %next : !dovetail.tile<16x16xsi32>
  } loc("sum")
  // CHECK-NOT: dovetail.hand_over
  // CHECK:     dovetail.store %sum, %output[%c0, %c0]
  dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x16xsi32>, memref<?x?xsi32>
  return
}

// -----

// The whole expression works on the tile that was taken, also where two stores use it.
// CHECK-LABEL: func.func @scaled
func.func @scaled(%a: memref<?x?xi8> loc("a"), %scales: memref<?x?xf32> loc("scales"), %one: memref<?x?xf16> loc("one"), %other: memref<?x?xf16> loc("other")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xsi32> loc("zeros")
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xsi32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xi8> -> !dovetail.tile<16x16xi8>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xi8>, !dovetail.tile<16x16xi8> -> !dovetail.tile<16x16xsi32>
    scf.yield %next : !dovetail.tile<16x16xsi32>
  } loc("sum")
  // CHECK:      dovetail.hand_over %sum
  // CHECK-NEXT: %taken = dovetail.take
  // CHECK-NOT:  dovetail.hand_over
  // CHECK:      %row = dovetail.load %scales[%c0, %c0]
  // CHECK-NEXT: %scaled = dovetail.times %taken, %row
  // CHECK-NEXT: dovetail.store %scaled, %one[%c0, %c0]
  // CHECK-NEXT: %again = dovetail.times %row, %taken
  // CHECK-NEXT: dovetail.store %again, %other[%c0, %c0]
  %row = dovetail.load %scales[%c0, %c0] : memref<?x?xf32> -> !dovetail.tile<1x16xf32> loc("row")
  %scaled = dovetail.times %sum, %row : !dovetail.tile<16x16xsi32>, !dovetail.tile<1x16xf32> -> !dovetail.tile<16x16xf32> loc("scaled")
  dovetail.store %scaled, %one[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  %again = dovetail.times %row, %sum : !dovetail.tile<1x16xf32>, !dovetail.tile<16x16xsi32> -> !dovetail.tile<16x16xf32> loc("again")
  dovetail.store %again, %other[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  return
}

// -----

// Packed scales of columns, for float16: the Fixpipe does it.
// CHECK-LABEL: func.func @packed
func.func @packed(%a: memref<?x?xi8> loc("a"), %scales: memref<?x?xi64> loc("scales"), %output: memref<?x?xf16> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xsi32> loc("zeros")
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xsi32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xi8> -> !dovetail.tile<16x16xi8>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xi8>, !dovetail.tile<16x16xi8> -> !dovetail.tile<16x16xsi32>
    scf.yield %next : !dovetail.tile<16x16xsi32>
  } loc("sum")
  // CHECK-NOT:  dovetail.hand_over
  // CHECK:      %row = dovetail.load %scales[%c0, %c0]
  // CHECK-NEXT: dovetail.store %sum, %output[%c0, %c0] rows %c16 scaled %row : !dovetail.tile<16x16xsi32>, memref<?x?xf16>, !dovetail.tile<1x16xi64>
  // CHECK-NOT:  dovetail.times
  %row = dovetail.load %scales[%c0, %c0] : memref<?x?xi64> -> !dovetail.tile<1x16xi64> loc("row")
  %scaled = dovetail.times %row, %sum : !dovetail.tile<1x16xi64>, !dovetail.tile<16x16xsi32> -> !dovetail.tile<16x16xf32> loc("scaled")
  dovetail.store %scaled, %output[%c0, %c0] rows %c16 : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  return
}

// -----

// A Fixpipe has no bfloat16 from integers.
// CHECK-LABEL: func.func @packed_to_bfloat16
func.func @packed_to_bfloat16(%a: memref<?x?xi8> loc("a"), %scales: memref<?x?xi64> loc("scales"), %output: memref<?x?xbf16> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xsi32> loc("zeros")
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xsi32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xi8> -> !dovetail.tile<16x16xi8>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xi8>, !dovetail.tile<16x16xi8> -> !dovetail.tile<16x16xsi32>
    scf.yield %next : !dovetail.tile<16x16xsi32>
  } loc("sum")
  // CHECK: dovetail.hand_over %sum
  %row = dovetail.load %scales[%c0, %c0] : memref<?x?xi64> -> !dovetail.tile<1x16xi64> loc("row")
  %scaled = dovetail.times %sum, %row : !dovetail.tile<16x16xsi32>, !dovetail.tile<1x16xi64> -> !dovetail.tile<16x16xf32> loc("scaled")
  dovetail.store %scaled, %output[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xbf16>
  return
}

// -----

// On Ascend 950 a sum starts from the row that is added to it, where there is nothing else to do.
// CHECK-LABEL: func.func @biased
module attributes {dovetail.machine = "Ascend950"} {
func.func @biased(%a: memref<?x?xf16> loc("a"), %bias: memref<?x?xf16> loc("bias"), %output: memref<?x?xf16> loc("output")) attributes {dovetail.kernel} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zeros = dovetail.zeros : !dovetail.tile<16x16xf32> loc("zeros")
  // CHECK:      %[[ROW:.*]] = dovetail.load %bias[%c0, %c0]
  // CHECK-NEXT: %[[START:.*]] = dovetail.broadcast %[[ROW]]
  // CHECK-NEXT: %sum = scf.for {{.*}} iter_args({{.*}} = %[[START]])
  %sum = scf.for %k = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
    %left = dovetail.load %a[%c0, %k] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
    %next = dovetail.multiply %left, %left, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
    scf.yield %next : !dovetail.tile<16x16xf32>
  } loc("sum")
  // CHECK-NOT: dovetail.plus
  // CHECK:     dovetail.store %sum, %output[%c0, %c0]
  %row = dovetail.load %bias[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<1x16xf16>
  %biased = dovetail.plus %sum, %row : !dovetail.tile<16x16xf32>, !dovetail.tile<1x16xf16> -> !dovetail.tile<16x16xf32>
  dovetail.store %biased, %output[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
  return
}
}
