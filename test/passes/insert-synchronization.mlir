// RUN: dovetail-opt %s --insert-synchronization --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// Where one pipe writes what another reads: a flag behind the last write and before the first read, and one back.

// A slot of a ring, taken anew in each step. Slots start free, and are free again at the end. Each slot has a flag number.
// CHECK-LABEL: func.func @ring(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @ring(%x: !ascendc.global_tensor<f16> loc("x"), %count: index loc("count")) {
    // CHECK-NEXT: %staging = ascendc.buffer
    // CHECK-NEXT: ascendc.set_flag "MTE3_MTE2" 0 {dovetail.comment = "All slots start free."}
    // CHECK-NEXT: ascendc.set_flag "MTE3_MTE2" 1
    %staging = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB"> loc("staging")
    %taken = ascendc.counter
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK:      scf.for
    scf.for %i = %c0 to %count step %c1 {
      // CHECK-NEXT: %slot = ascendc.next_slot
      // CHECK-NEXT: %piece = ascendc.slot
      // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      // CHECK-NEXT: ascendc.copy_in %piece
      // CHECK-NEXT: ascendc.set_flag "MTE2_MTE3" 0 + %slot
      // CHECK-NEXT: ascendc.wait_flag "MTE2_MTE3" 0 + %slot
      // CHECK-NEXT: ascendc.copy_out %x, %piece
      // CHECK-NEXT: ascendc.set_flag "MTE3_MTE2" 0 + %slot
      // CHECK-NEXT: }
      %slot = ascendc.next_slot %taken of 2 loc("slot")
      %piece = ascendc.slot %staging[%slot] x 64 : !ascendc.local_tensor<f16, "UB"> loc("piece")
      ascendc.copy_in %piece, %x, %c1 : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.copy_out %x, %piece, %c1 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 0 {dovetail.comment = "All slots are free again."}
    // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 1
    // CHECK-NEXT: return
    return
  }
}

// -----

// Two rings that are taken together, written by one pipe and read by one pipe, share a flag. Views count as uses of the
// slot; a loop or a condition is one use, however often it goes round. L0C is another channel, of a block further out.
// CHECK-LABEL: func.func @product(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @product(%x: !ascendc.global_tensor<f16> loc("x"), %count: index loc("count"), %m: index loc("m"), %n: index loc("n"), %first: i1) {
    %l1_a = ascendc.buffer "A1" 2 x 512 : !ascendc.local_tensor<f16, "L1">
    %l1_b = ascendc.buffer "B1" 2 x 512 : !ascendc.local_tensor<f16, "L1">
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    // CHECK:      ascendc.set_flag "FIX_M" 0 {dovetail.comment
    // CHECK-NEXT: ascendc.set_flag "MTE1_MTE2" 0
    // CHECK-NEXT: ascendc.set_flag "MTE1_MTE2" 1
    // CHECK-NEXT: ascendc.set_flag "M_MTE1" 0
    %taken = ascendc.counter
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK:      scf.for
    scf.for %tile = %c0 to %count step %c1 {
      // CHECK-NEXT: %accumulator = ascendc.slot
      // CHECK-NEXT: ascendc.wait_flag "FIX_M" 0
      // CHECK-NEXT: scf.for
      %accumulator = ascendc.slot %l0_c[%c0] x 512 : !ascendc.local_tensor<f32, "L0C"> loc("accumulator")
      scf.for %k = %c0 to %count step %c1 {
        // CHECK-NEXT: %slot = ascendc.next_slot
        // CHECK:      ascendc.wait_flag "MTE1_MTE2" 0 + %slot
        // CHECK-NEXT: ascendc.copy_nd_to_nz %leftTile
        // CHECK-NEXT: ascendc.copy_nd_to_nz %rightTile
        // CHECK-NEXT: ascendc.set_flag "MTE2_MTE1" 0 + %slot
        %slot = ascendc.next_slot %taken of 2 loc("slot")
        %left_tile = ascendc.slot %l1_a[%slot] x 512 : !ascendc.local_tensor<f16, "L1"> loc("leftTile")
        %right_tile = ascendc.slot %l1_b[%slot] x 512 : !ascendc.local_tensor<f16, "L1"> loc("rightTile")
        ascendc.copy_nd_to_nz %left_tile, %x, %m x %n stride %n aligned %m : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
        ascendc.copy_nd_to_nz %right_tile, %x, %m x %n stride %n aligned %m : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
        // CHECK:      %left = ascendc.slot
        // CHECK-NEXT: %right = ascendc.slot
        // CHECK:      ascendc.wait_flag "MTE2_MTE1" 0 + %slot
        // CHECK-NEXT: ascendc.wait_flag "M_MTE1" 0
        // CHECK-NEXT: scf.for
        // CHECK:        ascendc.load_data
        // CHECK-NEXT: }
        // CHECK-NEXT: ascendc.load_data %right, %rightTile
        // CHECK-NEXT: ascendc.set_flag "MTE1_M" 0
        // CHECK-NEXT: ascendc.set_flag "MTE1_MTE2" 0 + %slot
        // CHECK-NEXT: ascendc.wait_flag "MTE1_M" 0
        // CHECK-NEXT: ascendc.mmad
        %left = ascendc.slot %l0_a[%c0] x 512 : !ascendc.local_tensor<f16, "L0A"> loc("left")
        %right = ascendc.slot %l0_b[%c0] x 512 : !ascendc.local_tensor<f16, "L0B"> loc("right")
        %later = ascendc.element %left[%m] : !ascendc.local_tensor<f16, "L0A">
        scf.for %i = %c0 to %m step %c1 {
          %from = ascendc.element %left_tile[%i] : !ascendc.local_tensor<f16, "L1">
          ascendc.load_data %later, %from repeat %n stride %m transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">
        }
        ascendc.load_data %right, %right_tile repeat %n stride %m transpose true : !ascendc.local_tensor<f16, "L0B">, !ascendc.local_tensor<f16, "L1">
        ascendc.mmad %accumulator, %left, %right sizes %m, %n, %m initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
        // Products that follow each other need a barrier where they are small.
        // CHECK:      %[[HIGH:.*]] = arith.divsi %m, %c16
        // CHECK:      %[[WIDE:.*]] = arith.divsi %n, %c16
        // CHECK-NEXT: %[[FRACTALS:.*]] = arith.muli %[[HIGH]], %[[WIDE]]
        // CHECK:      %[[SMALL:.*]] = arith.cmpi slt, %[[FRACTALS]], %c10
        // CHECK-NEXT: scf.if %[[SMALL]] {
        // CHECK-NEXT:   ascendc.pipe_barrier "M"
        // CHECK-NEXT: }
        // CHECK-NEXT: ascendc.set_flag "M_MTE1" 0
      }
      // CHECK:      }
      // CHECK-NEXT: ascendc.set_flag "M_FIX" 0
      // CHECK-NEXT: ascendc.wait_flag "M_FIX" 0
      // CHECK-NEXT: ascendc.fixpipe
      // CHECK-NEXT: ascendc.set_flag "FIX_M" 0
      ascendc.fixpipe %x, %accumulator, %m x %n aligned %m stride %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f32, "L0C">
    }
    // CHECK:      ascendc.wait_flag "FIX_M" 0 {dovetail.comment
    // CHECK-NEXT: ascendc.wait_flag "MTE1_MTE2" 0
    // CHECK-NEXT: ascendc.wait_flag "MTE1_MTE2" 1
    // CHECK-NEXT: ascendc.wait_flag "M_MTE1" 0
    // CHECK-NEXT: return
    return
  }
}

// -----

// A ring that is taken in two blocks: the flags are those of the ring, so that the first use of a slot in the second loop
// waits for its last use in the first.
// CHECK-LABEL: func.func @two_loops(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @two_loops(%x: !ascendc.global_tensor<f16> loc("x"), %count: index loc("count")) {
    %staging = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    // CHECK:      ascendc.set_flag "MTE3_MTE2" 0 {dovetail.comment
    // CHECK-NEXT: ascendc.set_flag "MTE3_MTE2" 1
    // CHECK-NOT:  ascendc.set_flag
    %taken = ascendc.counter
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK:      scf.for
    // CHECK:        ascendc.wait_flag "MTE3_MTE2" 0 + %slot
    // CHECK-NEXT:   ascendc.copy_in
    // CHECK:        ascendc.copy_out
    // CHECK-NEXT:   ascendc.set_flag "MTE3_MTE2" 0 + %slot
    scf.for %i = %c0 to %count step %c1 {
      %slot = ascendc.next_slot %taken of 2 loc("slot")
      %piece = ascendc.slot %staging[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
      ascendc.copy_in %piece, %x, %c1 : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.copy_out %x, %piece, %c1 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    // CHECK:      scf.for
    // CHECK:        ascendc.wait_flag "MTE3_MTE2" 0 + %slot
    // CHECK-NEXT:   ascendc.copy_in
    // CHECK:        ascendc.copy_out
    // CHECK-NEXT:   ascendc.set_flag "MTE3_MTE2" 0 + %slot
    scf.for %i = %c0 to %count step %c1 {
      %slot = ascendc.next_slot %taken of 2 loc("slot")
      %piece = ascendc.slot %staging[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
      ascendc.copy_in %piece, %x, %c0 : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.copy_out %x, %piece, %c0 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    // CHECK:      }
    // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 0 {dovetail.comment
    // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 1
    // CHECK-NEXT: return
    return
  }

  // Twice in the body of a function is more than once.
  // CHECK-LABEL: func.func @twice(
  func.func @twice(%x: !ascendc.global_tensor<i32>) {
    %c0 = arith.constant 0 : index
    // CHECK:     ascendc.set_flag "MTE3_MTE2" 2 {dovetail.comment
    // CHECK:     ascendc.copy_out
    // CHECK:     ascendc.set_flag "MTE3_MTE2" 2
    // CHECK:     ascendc.wait_flag "MTE3_MTE2" 2
    // CHECK:     ascendc.copy_in
    // CHECK:     ascendc.copy_out
    // CHECK:     ascendc.wait_flag "MTE3_MTE2" 2 {dovetail.comment
    %buffer = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.slot %buffer[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %word, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    %c0_again = arith.constant 0 : index
    %again = ascendc.slot %buffer[%c0_again] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %again, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %again, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

// What a call does with a slot counts as what its function does. A slot that is taken once in a call has no flag to start
// with; one of the caller's ring is free again at the end, if the caller writes it again. A counter is written behind all
// that was written before.
module attributes {dovetail.machine = "Ascend910B3"} {
  // CHECK-LABEL: func.func private @fill(
  // CHECK-NEXT:    ascendc.copy_in
  // CHECK-NEXT:    return
  func.func private @fill(%tensor: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>, %count: index) {
    ascendc.copy_in %tensor, %x, %count : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    return
  }

  // CHECK-LABEL: func.func private @read(
  func.func private @read(%ring: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>, %count: index) -> i32 {
    %c0 = arith.constant 0 : index
    // CHECK:      ascendc.slot
    // CHECK-NEXT: call @fill
    // CHECK-NEXT: ascendc.set_flag "MTE2_S" 0
    // CHECK-NEXT: ascendc.wait_flag "MTE2_S" 0
    // CHECK-NEXT: %value = ascendc.get_value
    // CHECK-NEXT: return %value
    %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    call @fill(%word, %x, %count) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>, index) -> ()
    %value = ascendc.get_value %word[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32 loc("value")
    return %value : i32
  }

  // CHECK-LABEL: func.func private @write(
  func.func private @write(%ring: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>, %value: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK:      ascendc.set_value
    // CHECK-NEXT: ascendc.set_flag "S_MTE3" 0
    // CHECK-NEXT: ascendc.wait_flag "S_MTE3" 0
    // CHECK-NEXT: ascendc.pipe_barrier "MTE3"
    // CHECK-NEXT: ascendc.copy_out {{.*}} {publishes}
    // CHECK-NEXT: ascendc.set_flag "MTE3_S" 0
    // CHECK-NEXT: ascendc.wait_flag "MTE3_S" 0
    // CHECK-NEXT: return
    %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.set_value %value, %word[%c0] : i32, !ascendc.local_tensor<i32, "UB">
    ascendc.copy_out %x, %word, %c1 {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }

  // The scalar unit reads in a loop: the writer waits for it where it has read, and no flag is set ahead.
  // CHECK-LABEL: func.func private @poll(
  func.func private @poll(%ring: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>, %count: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK:      scf.for
    // CHECK-NEXT:   ascendc.slot
    // CHECK-NEXT:   ascendc.copy_in
    // CHECK-NEXT:   ascendc.set_flag "MTE2_S" 1
    // CHECK-NEXT:   ascendc.wait_flag "MTE2_S" 1
    // CHECK-NEXT:   ascendc.get_value
    // CHECK-NEXT:   ascendc.set_flag "S_MTE2" 1
    // CHECK-NEXT:   ascendc.wait_flag "S_MTE2" 1
    // CHECK-NEXT: }
    // CHECK-NEXT: return
    scf.for %i = %c0 to %count step %c1 {
      %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
      ascendc.copy_in %word, %x, %c1 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      %value = ascendc.get_value %word[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    }
    return
  }

  // Called twice, where @read above is called once.
  // CHECK-LABEL: func.func private @read_again(
  func.func private @read_again(%ring: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>) -> i32 {
    %c0 = arith.constant 0 : index
    // CHECK:      ascendc.get_value
    // CHECK-NEXT: ascendc.set_flag "S_MTE2" 2
    // CHECK-NEXT: ascendc.wait_flag "S_MTE2" 2
    // CHECK-NEXT: return
    %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    %value = ascendc.get_value %word[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    return %value : i32
  }

  // The own ring of a function, taken once: nothing is written there again.
  // CHECK-LABEL: func.func @own_ring(
  func.func @own_ring(%x: !ascendc.global_tensor<i32>) {
    %c0 = arith.constant 0 : index
    // CHECK:      ascendc.copy_in
    // CHECK-NEXT: ascendc.set_flag "MTE2_MTE3" 0
    // CHECK-NEXT: ascendc.wait_flag "MTE2_MTE3" 0
    // CHECK-NEXT: ascendc.copy_out
    // CHECK-NEXT: return
    %buffer = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.slot %buffer[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %word, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }

  // Each channel of an event has numbers of its own, over all functions.
  // CHECK-LABEL: func.func @another_channel(
  func.func @another_channel(%x: !ascendc.global_tensor<i32>) {
    %c0 = arith.constant 0 : index
    // CHECK: ascendc.set_flag "MTE2_MTE3" 1
    // CHECK: ascendc.wait_flag "MTE2_MTE3" 1
    %buffer = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.slot %buffer[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.copy_out %x, %word, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }

  // A ring of the caller, taken in a loop: the next call sets the flags again, behind the waits of this one.
  // CHECK-LABEL: func.func private @copy(
  func.func private @copy(%ring: !ascendc.local_tensor<i32, "UB">, %x: !ascendc.global_tensor<i32>, %count: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK: ascendc.set_flag "MTE3_MTE2" 2 {dovetail.comment
    // CHECK: scf.for
    scf.for %i = %c0 to %count step %c1 {
      %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
      ascendc.copy_in %word, %x, %c1 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      ascendc.copy_out %x, %word, %c1 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    }
    // CHECK:      }
    // CHECK-NEXT: ascendc.wait_flag "MTE3_MTE2" 2 {dovetail.comment
    // CHECK-NEXT: ascendc.set_flag "MTE2_MTE3" 2 {dovetail.comment
    // CHECK-NEXT: ascendc.wait_flag "MTE2_MTE3" 2
    // CHECK-NEXT: return
    return
  }

  // CHECK-LABEL: func.func @caller(
  func.func @caller(%x: !ascendc.global_tensor<i32>, %count: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %words = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %others = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %staging = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %base = call @read(%words, %x, %count) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>, index) -> i32
    %one = call @read_again(%others, %x) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>) -> i32
    %two = call @read_again(%others, %x) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>) -> i32
    scf.for %i = %c0 to %count step %c1 {
      func.call @poll(%others, %x, %count) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>, index) -> ()
      func.call @copy(%staging, %x, %count) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>, index) -> ()
      func.call @write(%words, %x, %base) : (!ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>, i32) -> ()
    }
    return
  }

  // The host has no pipes.
  // CHECK-LABEL: func.func @tiling
  // CHECK-NEXT:    return
  func.func @tiling() attributes {dovetail.host = []} { return }
}
