// RUN: dovetail-opt %s --lower-to-ascendc --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// What the cube core runs: tiles through L1 and L0 into the accumulator, and back to global memory.

module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @CopyToL1(%destination: !ascendc.local_tensor<f16, "L1">, %source: !ascendc.global_tensor<f16>, %rows: index, %columns: index, %stride: index, %alignedRows: index)
  // CHECK:         %[[NEAR:.*]] = arith.cmpi sle, %stride, %c65535
  // CHECK-NEXT:    scf.if %[[NEAR]] {
  // CHECK-NEXT:      ascendc.copy_nd_to_nz %destination, %source, %rows x %columns stride %stride aligned %alignedRows
  // CHECK-NEXT:    } else {
  // CHECK:           scf.for %row = %c0 to %rows step %c1 {
  // CHECK:             %[[BLOCK:.*]] = arith.muli %row, %c16
  // CHECK-NEXT:        %[[TO:.*]] = ascendc.element %destination[%[[BLOCK]]]
  // CHECK-NEXT:        %[[FAR:.*]] = arith.muli %row, %stride
  // CHECK-NEXT:        %[[FROM:.*]] = ascendc.element %source[%[[FAR]]]
  // CHECK:             ascendc.copy_nd_to_nz %[[TO]], %[[FROM]], %c1_{{[0-9]+}} x %columns stride %c1_{{[0-9]+}} aligned %alignedRows

  // The function gets the tiling struct; matrices are tensors in global memory.
  // CHECK-LABEL: func.func private @product(%tiling: !ascendc.tiling, %x1: !ascendc.global_tensor<f16>, %x2: !ascendc.global_tensor<f16>, %output: !ascendc.global_tensor<f16>)
  func.func private @product(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.core = "cube"} {
    // Rings of two slots. A slot of L0A or L0B is no deeper than half of it: 32 KiB for 256 columns are 64 rows.
    // CHECK-NEXT: %l1A = ascendc.buffer "A1" 2 x 4096 : !ascendc.local_tensor<f16, "L1">
    // CHECK-NEXT: %l1B = ascendc.buffer "B1" 2 x 32768 : !ascendc.local_tensor<f16, "L1">
    // CHECK-NEXT: %l0A = ascendc.buffer "A2" 2 x 2048 : !ascendc.local_tensor<f16, "L0A">
    // CHECK-NEXT: %l0B = ascendc.buffer "B2" 2 x 16384 : !ascendc.local_tensor<f16, "L0B">
    // CHECK-NEXT: %l0C = ascendc.buffer "CO1" 2 x 8192 : !ascendc.local_tensor<f32, "L0C">
    // CHECK-NEXT: %l1Taken = ascendc.counter
    // CHECK-NEXT: %l0Taken = ascendc.counter
    // CHECK-NEXT: %l0CTaken = ascendc.counter
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %c512 = arith.constant 512 : index
    %c128 = arith.constant 128 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<32x256xf32>

    // Tiles are clipped at the edges.
    // CHECK:      %[[M:.*]] = ascendc.tiling_field %tiling "m"
    // CHECK-NEXT: %[[ROWS_LEFT:.*]] = arith.subi %[[M]], %c16
    // CHECK:      %tileRows = arith.minsi %c32, %[[ROWS_LEFT]]
    // CHECK:      %tileColumns = arith.minsi %c256
    // CHECK:      %accumulatorSlot = ascendc.next_slot %l0CTaken of 2
    // CHECK-NEXT: %accumulator = ascendc.slot %l0C[%accumulatorSlot] x 8192

    // Both operands to L1, one depth after the other.
    // CHECK:      scf.for %k = %c0 to %{{.*}} step %c128 {
    // CHECK:        %depth = arith.minsi %c128
    // CHECK-NEXT:   %l1Slot = ascendc.next_slot %l1Taken of 2
    // CHECK-NEXT:   %leftTile = ascendc.slot %l1A[%l1Slot] x 4096
    // CHECK-NEXT:   %rightTile = ascendc.slot %l1B[%l1Slot] x 32768
    // CHECK-NEXT:   %[[K:.*]] = ascendc.tiling_field %tiling "k"
    // CHECK-NEXT:   %[[ABOVE:.*]] = arith.muli %c16, %[[K]]
    // CHECK-NEXT:   %[[OFFSET:.*]] = arith.addi %[[ABOVE]], %k
    // CHECK-NEXT:   %leftSource = ascendc.element %x1[%[[OFFSET]]]
    // CHECK-NEXT:   %[[STRIDE:.*]] = ascendc.tiling_field %tiling "k"
    // CHECK-NEXT:   func.call @CopyToL1(%leftTile, %leftSource, %tileRows, %depth, %[[STRIDE]], %alignedRows)
    // A product of one row would be taken for that of a vector: the row is there twice.
    // CHECK:        %[[VECTOR:.*]] = arith.cmpi eq, %tileRows, %c1
    // CHECK-NEXT:   scf.if %[[VECTOR]] {
    // CHECK:          %[[SECOND:.*]] = ascendc.element %leftTile[%c16_{{[0-9]+}}]
    // CHECK-NEXT:     func.call @CopyToL1(%[[SECOND]], %leftSource
    // CHECK:        %[[N:.*]] = ascendc.tiling_field %tiling "n"
    // CHECK-NEXT:   %[[ABOVE:.*]] = arith.muli %k, %[[N]]
    // CHECK-NEXT:   %[[OFFSET:.*]] = arith.addi %[[ABOVE]], %c512
    // CHECK-NEXT:   %[[RIGHT:.*]] = ascendc.element %x2[%[[OFFSET]]]
    // CHECK:        func.call @CopyToL1(%rightTile, %[[RIGHT]], %depth, %tileColumns, %{{.*}}, %alignedDepth)

    // To L0 a slice at a time: L0A as rows of fractals, L0B as the transposed fractals of x2.
    // CHECK:        scf.for %slice = %c0_{{[0-9]+}} to %depth step %c64 {
    // CHECK:          %sliceDepth = arith.minsi %c64
    // CHECK:          %l0Slot = ascendc.next_slot %l0Taken of 2
    // CHECK-NEXT:     %left = ascendc.slot %l0A[%l0Slot] x 2048
    // CHECK-NEXT:     %right = ascendc.slot %l0B[%l0Slot] x 16384
    // CHECK:          scf.for %fractal = %c0_{{[0-9]+}} to %[[HIGH:.*]] step
    // CHECK:            %[[TO:.*]] = ascendc.element %left
    // CHECK-NEXT:       %[[FROM:.*]] = ascendc.element %leftTile
    // CHECK-NEXT:       ascendc.load_data %[[TO]], %[[FROM]] repeat %deepFractals stride %[[HIGH]] transpose false
    // CHECK:          scf.for %fractal = %c0_{{[0-9]+}} to %deepFractals step
    // CHECK:            %[[TO:.*]] = ascendc.element %right
    // CHECK-NEXT:       %[[FROM:.*]] = ascendc.element %rightTile
    // CHECK-NEXT:       ascendc.load_data %[[TO]], %[[FROM]] repeat %wideFractals stride %{{.*}} transpose true
    // The first slice of all starts from zero.
    // CHECK:          %[[DONE:.*]] = arith.addi %k, %slice
    // CHECK:          %[[FIRST:.*]] = arith.cmpi eq, %[[DONE]], %c0
    // CHECK:          %multipliedRows = arith.maxsi %tileRows, %c2
    // CHECK-NEXT:     ascendc.mmad %accumulator, %left, %right sizes %multipliedRows, %tileColumns, %sliceDepth initial %[[FIRST]]
    %sum = scf.for %d = %c0 to %k step %c128 iter_args(%partial = %zeros) -> (!dovetail.tile<32x256xf32>) {
      %a = dovetail.load %x1[%c16, %d] : memref<?x?xf16> -> !dovetail.tile<32x128xf16>
      %b = dovetail.load %x2[%d, %c512] : memref<?x?xf16> -> !dovetail.tile<128x256xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<32x128xf16>, !dovetail.tile<128x256xf16> -> !dovetail.tile<32x256xf32>
      scf.yield %next : !dovetail.tile<32x256xf32>
    }

    // CHECK:      %[[WHERE:.*]] = ascendc.element %output
    // CHECK-NEXT: ascendc.fixpipe %[[WHERE]], %accumulator, %tileRows x %tileColumns aligned %alignedRows stride
    // CHECK-NEXT: return
    dovetail.store %sum, %output[%c16, %c512] : !dovetail.tile<32x256xf32>, memref<?x?xf16>
    return
  }

  // The entry: every core starts here.
  // CHECK-LABEL: func.func @kernel(%x1Address: !ascendc.address {{.*}}, %workspace: !ascendc.address, %tilingAddress: !ascendc.address) attributes {ascendc.entry
  // CHECK-NEXT:    ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
  // CHECK-NEXT:    ascendc.init_soc_state
  // CHECK-NEXT:    %tiling = ascendc.tiling_data %tilingAddress as "KernelTiling"
  // CHECK-NEXT:    %x1 = ascendc.set_global_buffer %x1Address
  // CHECK-NEXT:    %x2 = ascendc.set_global_buffer %x2Address
  // CHECK-NEXT:    %output = ascendc.set_global_buffer %outputAddress
  // CHECK-NEXT:    %[[CUBE:.*]] = ascendc.is_core AIC
  // CHECK-NEXT:    scf.if %[[CUBE]] {
  // CHECK-NEXT:      func.call @product(%tiling, %x1, %x2, %output)
  // CHECK-NEXT:    }
  // CHECK-NEXT:    ascendc.pipe_barrier "ALL"
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.kernel} {
    call @product(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // A transposed x2 lies as [n, k]: its rows are columns of the product, and its fractals are what L0B wants.
  // CHECK-LABEL: func.func private @transposed(
  func.func private @transposed(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c32 = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    // CHECK:      func.call @CopyToL1(%leftTile
    // CHECK:      %[[K:.*]] = ascendc.tiling_field %tiling "k"
    // CHECK-NEXT: %[[BEFORE:.*]] = arith.muli %c32, %[[K]]
    // CHECK-NEXT: %[[OFFSET:.*]] = arith.addi %[[BEFORE]], %k
    // CHECK-NEXT: %[[RIGHT:.*]] = ascendc.element %x2[%[[OFFSET]]]
    // CHECK-NEXT: %[[STRIDE:.*]] = ascendc.tiling_field %tiling "k"
    // CHECK:      func.call @CopyToL1(%rightTile, %[[RIGHT]], %tileColumns, %depth, %[[STRIDE]], %alignedColumns)
    // CHECK:      ascendc.load_data %{{.*}}, %{{.*}} repeat %deepFractals
    // CHECK:      %[[ALL:.*]] = arith.muli %deepFractals, %wideFractals
    // CHECK:      ascendc.load_data %right, %{{.*}} repeat %[[ALL]] stride %{{.*}} transpose false
    // CHECK-NOT:  ascendc.load_data
    // CHECK:      ascendc.mmad
    %sum = scf.for %d = %c0 to %k step %c32 iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c32] : memref<?x?xf16, strided<[1, ?]>> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c32] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.kernel} {
    call @transposed(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16, strided<[1, ?]>>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // Rows that a load and a store are bounded by take the place of the clipping at the edge, and what does not change in
  // the loop is computed before it. An accumulator that fills more than half of L0C has one slot.
  // CHECK-LABEL: func.func private @bounded(
  func.func private @bounded(
      %x1: memref<?x?xbf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xbf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf32> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.core = "cube"} {
    // CHECK:      %l0C = ascendc.buffer "CO1" 1 x 32768 : !ascendc.local_tensor<f32, "L0C">
    // CHECK-NOT:  %l0CTaken
    %c0 = arith.constant 0 : index
    %c5 = arith.constant 5 : index
    %c16 = arith.constant 16 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<128x256xf32>
    // CHECK:      %row = arith.addi %c5, %c16
    // CHECK-NOT:  arith.minsi %c128
    // CHECK:      %accumulator = ascendc.slot %l0C[%c0_{{[0-9]+}}]
    // CHECK:      scf.for %k =
    // CHECK-NOT:  arith.addi %c5
    // CHECK:      func.call @CopyToL1(%leftTile, %leftSource, %c5,
    // CHECK:      ascendc.fixpipe %{{.*}}, %accumulator, %c5 x %tileColumns
    %sum = scf.for %d = %c0 to %k step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<128x256xf32>) {
      %row = arith.addi %c5, %c16 : index loc("row")
      %a = dovetail.load %x1[%row, %d] rows %c5 : memref<?x?xbf16> -> !dovetail.tile<128x16xbf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xbf16> -> !dovetail.tile<16x256xbf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<128x16xbf16>, !dovetail.tile<16x256xbf16> -> !dovetail.tile<128x256xf32>
      scf.yield %next : !dovetail.tile<128x256xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] rows %c5 : !dovetail.tile<128x256xf32>, memref<?x?xf32>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xbf16> {dovetail.sizes = ["m", "k"]} loc("x1"),
      %x2: memref<?x?xbf16> {dovetail.sizes = ["k", "n"]} loc("x2"),
      %output: memref<?x?xf32> {dovetail.sizes = ["m", "n"]} loc("output")) attributes {dovetail.kernel} {
    call @bounded(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xbf16>, memref<?x?xbf16>, memref<?x?xf32>) -> ()
    return
  }
}

// -----

// Products of another type have rings of their own, and a function that copies their type.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @CopyToL1(%destination: !ascendc.local_tensor<f16, "L1">
  // CHECK-LABEL: func.func private @CopyToL1_bf16(%destination: !ascendc.local_tensor<bf16, "L1">
  // CHECK-LABEL: func.func private @two_types(
  func.func private @two_types(
      %a: memref<?x?xf16> {dovetail.sizes = ["m", "m"]} loc("a"), %b: memref<?x?xbf16> {dovetail.sizes = ["m", "m"]} loc("b"))
      attributes {dovetail.core = "cube"} {
    // CHECK: %l1A = ascendc.buffer "A1" 2 x 256 : !ascendc.local_tensor<f16, "L1">
    // CHECK: %l0C = ascendc.buffer "CO1" 2 x 256
    // CHECK: %l1A2 = ascendc.buffer "A1" 2 x 256 : !ascendc.local_tensor<bf16, "L1">
    // CHECK: %l1Taken2 = ascendc.counter
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %zeros = dovetail.zeros : !dovetail.tile<16x16xf32>
    // CHECK: ascendc.slot %l1A[
    // CHECK: func.call @CopyToL1(
    // CHECK: ascendc.mmad
    %first = scf.for %d = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
      %left = dovetail.load %a[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
      %right = dovetail.load %a[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
      %next = dovetail.multiply %left, %right, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
      scf.yield %next : !dovetail.tile<16x16xf32>
    }
    dovetail.store %first, %a[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
    // CHECK: ascendc.slot %l1A2[
    // CHECK: func.call @CopyToL1_bf16(
    // CHECK: ascendc.mmad
    %second = scf.for %d = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
      %left = dovetail.load %b[%c0, %d] : memref<?x?xbf16> -> !dovetail.tile<16x16xbf16>
      %right = dovetail.load %b[%d, %c0] : memref<?x?xbf16> -> !dovetail.tile<16x16xbf16>
      %next = dovetail.multiply %left, %right, %partial : !dovetail.tile<16x16xbf16>, !dovetail.tile<16x16xbf16> -> !dovetail.tile<16x16xf32>
      scf.yield %next : !dovetail.tile<16x16xf32>
    }
    dovetail.store %second, %b[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xbf16>
    return
  }
  func.func @kernel(
      %a: memref<?x?xf16> {dovetail.sizes = ["m", "m"]} loc("a"), %b: memref<?x?xbf16> {dovetail.sizes = ["m", "m"]} loc("b"))
      attributes {dovetail.kernel} {
    call @two_types(%a, %b) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xbf16>) -> ()
    return
  }
}
