// RUN: dovetail-opt %s --lower-to-ascendc --split-input-file --verify-diagnostics
// Products that the cube core cannot compute, and matrices that lie otherwise than it can read or write them.

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @rows_are_no_fractals(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<24x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<24x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<24x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      // expected-error @below {{a tile's rows must be a multiple of 16 up to 4080, not 24}}
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<24x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<24x32xf32>
      scf.yield %next : !dovetail.tile<24x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<24x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @rows_are_no_fractals(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @columns_are_no_fractals(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x40xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x40xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x40xf16>
      // expected-error @below {{a tile's columns must be a multiple of 16 up to 4080, not 40}}
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x40xf16> -> !dovetail.tile<16x40xf32>
      scf.yield %next : !dovetail.tile<16x40xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x40xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @columns_are_no_fractals(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @too_deep(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 4096 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x4096xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<4096x32xf16>
      // expected-error @below {{a tile's depth must be a multiple of 16 up to 4080, not 4096}}
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x4096xf16>, !dovetail.tile<4096x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @too_deep(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @fits_not_in_l0(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<1040x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<1040x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<1040x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      // expected-error @below {{a tile of 1040 rows and 32 columns leaves no room for 2 slots of 16 deep in L0A (65536 bytes) and L0B (65536 bytes)}}
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<1040x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<1040x32xf32>
      scf.yield %next : !dovetail.tile<1040x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<1040x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @fits_not_in_l0(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @starts_from_a_number(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    // expected-error @below {{the loop of an accumulator goes from 0 in steps of 32, the depth of its tiles}}
    %sum = scf.for %d = %c16 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @starts_from_a_number(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @steps_over_the_depth(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 64 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    // expected-error @below {{the loop of an accumulator goes from 0 in steps of 32, the depth of its tiles}}
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @steps_over_the_depth(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @starts_from_a_tile(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %first = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    // expected-error @below {{an accumulator starts from zeros or a row, and one loop sums it up}}
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %first) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @starts_from_a_tile(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @two_products(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      // expected-error @below {{the loop of an accumulator adds one product to it in each step, and no more}}
      %more = dovetail.multiply %a, %b, %next : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %more : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @two_products(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @multiplies_no_load(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %same = builtin.unrealized_conversion_cast %zeros : !dovetail.tile<16x32xf32> to !dovetail.tile<16x32xf16>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      // expected-error @below {{only tiles that are loaded from matrices are multiplied; this one comes from elsewhere}}
      %next = dovetail.multiply %same, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @multiplies_no_load(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @of_another_rank(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      // expected-error @below {{a product reads tiles of the own rank; those of other ranks are gathered first}}
      %a = dovetail.load %x1[%c0, %d] of %c16 : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @of_another_rank(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @bounded_depth(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      // expected-error @below {{only the left tile of a product may hold fewer rows than its type says}}
      %b = dovetail.load %x2[%d, %c0] rows %c16 : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @bounded_depth(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @moving_row(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    // expected-error @below {{the rows and columns of a product stay the same while an accumulator sums over its loop}}
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%d, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @moving_row(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @moving_column(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    // expected-error @below {{the rows and columns of a product stay the same while an accumulator sums over its loop}}
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %column = arith.addi %d, %c16 : index
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %column] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @moving_column(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @transposed_left(
      %x1: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      // expected-error @below {{the left matrix of a product has contiguous rows; this one lies column by column}}
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16, strided<[1, ?]>> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @transposed_left(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16, strided<[1, ?]>>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @stores_nothing_accumulated(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    // expected-error @below {{only a tile that a loop has accumulated is stored; this one comes from elsewhere}}
    dovetail.store %zeros, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @stores_nothing_accumulated(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @transposed_output(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %step = arith.constant 32 : index
    %k = dovetail.size "k"
    %zeros = dovetail.zeros : !dovetail.tile<16x32xf32>
    %sum = scf.for %d = %c0 to %k step %step iter_args(%partial = %zeros) -> (!dovetail.tile<16x32xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x32xf16>
      %b = dovetail.load %x2[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<32x32xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x32xf16>, !dovetail.tile<32x32xf16> -> !dovetail.tile<16x32xf32>
      scf.yield %next : !dovetail.tile<16x32xf32>
    }
    // expected-error @below {{stores to a matrix with contiguous rows; this one lies column by column}}
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x32xf32>, memref<?x?xf16, strided<[1, ?]>>
    return
  }
  func.func @kernel(
      %x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}, %x2: memref<?x?xf16> {dovetail.sizes = ["k", "n"]},
      %output: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "n"]}) attributes {dovetail.kernel} {
    call @transposed_output(%x1, %x2, %output) {dovetail.core = "cube"} : (memref<?x?xf16>, memref<?x?xf16>, memref<?x?xf16, strided<[1, ?]>>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{gathers a matrix with contiguous rows; this one lies column by column}}
  func.func private @send(%x1: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.core = "vector 0"} {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16, strided<[1, ?]>> -> memref<?x?xf16, "gathered">
    return
  }
  func.func @kernel(%x1: memref<?x?xf16, strided<[1, ?]>> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    call @send(%x1) {dovetail.core = "vector 0"} : (memref<?x?xf16, strided<[1, ?]>>) -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{reads a matrix that is neither an argument of the kernel nor gathered}}
  func.func private @scratch(%output: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %x1 = func.call @make() : () -> memref<?x?xf16>
    %zeros = dovetail.zeros : !dovetail.tile<16x16xf32>
    %sum = scf.for %d = %c0 to %c16 step %c16 iter_args(%partial = %zeros) -> (!dovetail.tile<16x16xf32>) {
      %a = dovetail.load %x1[%c0, %d] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
      %b = dovetail.load %output[%d, %c0] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
      %next = dovetail.multiply %a, %b, %partial : !dovetail.tile<16x16xf16>, !dovetail.tile<16x16xf16> -> !dovetail.tile<16x16xf32>
      scf.yield %next : !dovetail.tile<16x16xf32>
    }
    dovetail.store %sum, %output[%c0, %c0] : !dovetail.tile<16x16xf32>, memref<?x?xf16>
    return
  }
  func.func private @make() -> memref<?x?xf16>
  func.func @kernel(%output: memref<?x?xf16> {dovetail.sizes = ["m", "k"]}) attributes {dovetail.kernel} {
    call @scratch(%output) {dovetail.core = "cube"} : (memref<?x?xf16>) -> ()
    return
  }
}
