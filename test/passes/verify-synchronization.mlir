// RUN: dovetail-opt %s --verify-synchronization --split-input-file | filecheck %s
// What is accepted.

// A ring of two slots: all flags are set before the loop, and all are waited for behind it.
// CHECK-LABEL: func.func @ring(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @ring(%x: !ascendc.global_tensor<f16>, %count: index) attributes {dovetail.core = "vector 0"} {
    %staging = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    ascendc.set_flag "MTE3_MTE2" 0
    ascendc.set_flag "MTE3_MTE2" 1
    scf.for %i = %c0 to %count step %c1 {
      %slot = ascendc.next_slot %taken of 2
      %piece = ascendc.slot %staging[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
      ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      ascendc.copy_in %piece, %x, %c1 : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.set_flag "MTE2_MTE3" 0 + %slot
      ascendc.wait_flag "MTE2_MTE3" 0 + %slot
      ascendc.copy_out %x, %piece, %c1 : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
      ascendc.set_flag "MTE3_MTE2" 0 + %slot
    }
    ascendc.wait_flag "MTE3_MTE2" 0
    ascendc.wait_flag "MTE3_MTE2" 1
    return
  }
}

// -----

// A buffer that a shared function gets, and uses whole once it is filled; two calls, the second of which waits for the
// first. What one flag tells goes on by another: MTE2 may write again because S has read, and S knows that MTE2 is done.
// CHECK-LABEL: func.func @twice(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @read(%x: !ascendc.global_tensor<i32>, %word: !ascendc.local_tensor<i32, "UB">) -> i32 {
    %c0 = arith.constant 0 : index
    %words = ascendc.slot %word[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %words, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.set_flag "MTE2_S" 0
    ascendc.wait_flag "MTE2_S" 0
    %value = ascendc.get_value %words[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    ascendc.set_flag "S_MTE2" 0
    ascendc.wait_flag "S_MTE2" 0
    return %value : i32
  }
  func.func @twice(%x: !ascendc.global_tensor<i32>) attributes {dovetail.core = "vector 0"} {
    %word = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %0 = call @read(%x, %word) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">) -> i32
    %1 = call @read(%x, %word) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">) -> i32
    return
  }
}

// -----

// A function gets the number of the slot that it fills.
// CHECK-LABEL: func.func @two_slots(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @fill(%x: !ascendc.global_tensor<i32>, %ring: !ascendc.local_tensor<i32, "UB">, %number: index) {
    %words = ascendc.slot %ring[%number] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %words, %x, %number : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    return
  }
  func.func @two_slots(%x: !ascendc.global_tensor<i32>) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %ring = ascendc.buffer "VECIN" 2 x 8 : !ascendc.local_tensor<i32, "UB">
    call @fill(%x, %ring, %c0) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, index) -> ()
    call @fill(%x, %ring, %c1) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, index) -> ()
    return
  }
}

// -----

// Both branches of a condition, and each round of a loop that ends by a condition, leave flags as they found them.
// CHECK-LABEL: func.func @paths(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @paths(%x: !ascendc.global_tensor<i32>, %first: i1, %count: index) attributes {dovetail.core = "vector 1"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    scf.if %first {
      ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      ascendc.set_flag "MTE2_MTE3" 3
    } else {
      ascendc.set_flag "MTE2_MTE3" 3
    }
    ascendc.wait_flag "MTE2_MTE3" 3
    ascendc.copy_out %x, %word, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    scf.while (%behind = %count) : (index) -> () {
      ascendc.set_flag "MTE3_MTE2" 5
      ascendc.wait_flag "MTE3_MTE2" 5
      %more = arith.cmpi sgt, %behind, %c0 : index
      scf.condition(%more)
    } do {
      ascendc.copy_in %word, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      ascendc.set_flag "MTE2_S" 0
      ascendc.wait_flag "MTE2_S" 0
      %0 = ascendc.get_value %word[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
      ascendc.set_flag "S_MTE2" 0
      ascendc.wait_flag "S_MTE2" 0
      %next = arith.index_cast %0 : i32 to index
      scf.yield %next : index
    }
    return
  }
}

// -----

// Small products that accumulate have a barrier of M between them; so have those that may be small. Large ones need none.
// CHECK-LABEL: func.func @products(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @products(%m: index, %n: index, %count: index, %first: i1) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c10 = arith.constant 10 : index
    %c16 = arith.constant 16 : index
    %c160 = arith.constant 160 : index
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    %left = ascendc.slot %l0_a[%c0] x 512 : !ascendc.local_tensor<f16, "L0A">
    %right = ascendc.slot %l0_b[%c0] x 512 : !ascendc.local_tensor<f16, "L0B">
    %sum = ascendc.slot %l0_c[%c0] x 512 : !ascendc.local_tensor<f32, "L0C">
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mmad %sum, %left, %right sizes %m, %n, %c16 initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
      %high = arith.divsi %m, %c16 : index
      %wide = arith.divsi %n, %c16 : index
      %fractals = arith.muli %high, %wide : index
      %small = arith.cmpi slt, %fractals, %c10 : index
      scf.if %small {
        ascendc.pipe_barrier "M"
      }
    }
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mmad %sum, %left, %right sizes %c16, %c16, %c16 initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
      ascendc.pipe_barrier "M"
    }
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mmad %sum, %left, %right sizes %c16, %c160, %c16 initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
    }
    return
  }
}

// -----

// A slot in use while slots of other rings come and go, and slots of one ring one after the other.
// CHECK-LABEL: func.func @nested(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @nested(%x: !ascendc.global_tensor<f16>, %count: index) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %l1 = ascendc.buffer "A1" 3 x 512 : !ascendc.local_tensor<f16, "L1">
    %l0 = ascendc.buffer "A2" 2 x 512 : !ascendc.local_tensor<f16, "L0A">
    %taken = ascendc.counter
    ascendc.set_flag "MTE1_MTE2" 0
    ascendc.set_flag "MTE1_MTE2" 1
    ascendc.set_flag "MTE1_MTE2" 2
    scf.for %i = %c0 to %count step %c1 {
      %slot = arith.remsi %i, %c3 : index
      %tile = ascendc.slot %l1[%slot] x 512 : !ascendc.local_tensor<f16, "L1">
      ascendc.wait_flag "MTE1_MTE2" 0 + %slot
      ascendc.copy_nd_to_nz %tile, %x, %c1 x %c1 stride %c1 aligned %c1 : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
      ascendc.set_flag "MTE2_MTE1" 0 + %slot
      ascendc.wait_flag "MTE2_MTE1" 0 + %slot
      scf.for %j = %c0 to %count step %c1 {
        %inner = ascendc.next_slot %taken of 2
        %part = ascendc.slot %l0[%inner] x 512 : !ascendc.local_tensor<f16, "L0A">
        ascendc.load_data %part, %tile repeat %c1 stride %c1 transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">
        ascendc.pipe_barrier "MTE1"
      }
      ascendc.set_flag "MTE1_MTE2" 0 + %slot
    }
    ascendc.wait_flag "MTE1_MTE2" 0
    ascendc.wait_flag "MTE1_MTE2" 1
    ascendc.wait_flag "MTE1_MTE2" 2
    return
  }
}

// -----

// A counter is written when everything that this core has copied is complete.
// CHECK-LABEL: func.func @publish(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @publish(%x: !ascendc.global_tensor<i32>) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 2 x 8 : !ascendc.local_tensor<i32, "UB">
    %data = ascendc.slot %ring[%c0] x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %data, %x, %c0 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.set_flag "MTE2_MTE3" 0
    ascendc.wait_flag "MTE2_MTE3" 0
    ascendc.copy_out %x, %data, %c0 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    ascendc.pipe_barrier "MTE3"
    ascendc.copy_out %x, %data, %c0 {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

// Fifteen sets may be outstanding. The sixteenth comes behind an answer. Fields of the tiling struct are counted.
// CHECK-LABEL: func.func @ask(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @ask(%tiling: !ascendc.tiling) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c15 = arith.constant 15 : index
    %rounds = ascendc.tiling_field %tiling "rounds"
    scf.for %i = %c0 to %rounds step %c1 {
      scf.for %j = %c0 to %c15 step %c1 {
        ascendc.cross_core_set_flag "ASKED" mode 2 pipe "MTE3"
      }
      ascendc.cross_core_wait_flag "ANSWERED"
    }
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    ascendc.cross_core_wait_flag "MET"
    ascendc.sync_all
    return
  }
  func.func @ask_too(%tiling: !ascendc.tiling) attributes {dovetail.core = "vector 1"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c15 = arith.constant 15 : index
    %rounds = ascendc.tiling_field %tiling "rounds"
    %all = arith.muli %rounds, %c15 : index
    scf.for %i = %c0 to %all step %c1 {
      ascendc.cross_core_set_flag "ASKED" mode 2 pipe "V"
      %next = arith.addi %i, %c1 : index
      %past = arith.remsi %next, %c15 : index
      %last = arith.cmpi eq, %past, %c0 : index
      scf.if %last {
        ascendc.cross_core_wait_flag "ANSWERED"
      }
    }
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE3"
    ascendc.cross_core_wait_flag "MET"
    ascendc.sync_all
    return
  }
  func.func @answer(%tiling: !ascendc.tiling) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c15 = arith.constant 15 : index
    %rounds = ascendc.tiling_field %tiling "rounds"
    scf.for %i = %c0 to %rounds step %c1 {
      scf.for %j = %c0 to %c15 step %c1 {
        ascendc.cross_core_wait_flag "ASKED"
      }
      ascendc.cross_core_set_flag "ANSWERED" mode 2 pipe "MTE2"
    }
    return
  }
}

// -----

// Both vector cores start at the entry. A function that they share asks which one it is.
// CHECK-LABEL: func.func @by_core(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @set_own() {
    %c0 = arith.constant 0 : index
    %core = ascendc.get_sub_block_idx
    %first = arith.cmpi eq, %core, %c0 : index
    scf.if %first {
      ascendc.set_flag "V_MTE3" 0
    } else {
      ascendc.set_flag "V_MTE3" 1
    }
    return
  }
  func.func @by_core() attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
    %vector = ascendc.is_core AIV
    scf.if %vector {
      func.call @set_own() : () -> ()
      %core = ascendc.get_sub_block_idx
      %second = arith.cmpi ne, %core, %c0 : index
      scf.if %second {
        ascendc.wait_flag "V_MTE3" 1
      } else {
        ascendc.wait_flag "V_MTE3" 0
      }
      ascendc.sync_all
    }
    ascendc.pipe_barrier "ALL"
    return
  }
}

// -----

// What vector instructions hand on to each other has barriers of V between, from the same element on as well.
// CHECK-LABEL: func.func @vectors(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @vectors(%x: !ascendc.global_tensor<f32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %in = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB">
    %out = ascendc.buffer "VECOUT" 1 x 64 : !ascendc.local_tensor<f32, "UB">
    ascendc.copy_in %in, %x, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    ascendc.set_flag "MTE2_V" 0
    ascendc.wait_flag "MTE2_V" 0
    scf.for %i = %c0 to %n step %c1 {
      %part = ascendc.element %out[%i] : !ascendc.local_tensor<f32, "UB">
      ascendc.pipe_barrier "V"
      ascendc.brcb %part, %in repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      ascendc.pipe_barrier "V"
      ascendc.mul %part, %part, %in lanes %n repeats %n blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    }
    ascendc.set_flag "V_MTE3" 0
    ascendc.wait_flag "V_MTE3" 0
    ascendc.copy_out %x, %out, %n : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "UB">
    return
  }
}

// -----

// A tile goes through the workspace to the vector cores, and is given back; the flag says nothing of other reads. A
// core that has met the other one knows that what it gave to MTE2 before is complete.
// CHECK-LABEL: func.func @hand_over(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @hand_over(%workspace: !ascendc.address, %x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "cube"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %l1 = ascendc.buffer "A1" 1 x 256 : !ascendc.local_tensor<f16, "L1">
    %l0c = ascendc.buffer "CO1" 1 x 256 : !ascendc.local_tensor<f32, "L0C">
    ascendc.copy_nd_to_nz %l1, %x, %n x %n stride %n aligned %n : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>
    ascendc.fixpipe %tile, %l0c, %n x %n aligned %n stride %n : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "L0C">
    ascendc.cross_core_set_flag "HANDED_OVER" mode 2 pipe "FIX"
    ascendc.cross_core_wait_flag "GIVEN_BACK"
    ascendc.fixpipe %tile, %l0c, %n x %n aligned %n stride %n : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "L0C">
    return
  }
  func.func @take(%workspace: !ascendc.address, %x: !ascendc.global_tensor<f32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %data = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB">
    %word = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<f32, "UB">
    ascendc.copy_in %data, %x, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    ascendc.pipe_barrier "MTE2"
    ascendc.cross_core_wait_flag "HANDED_OVER"
    ascendc.copy_in %data, %tile, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "MTE2"
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    ascendc.cross_core_wait_flag "MET"
    ascendc.copy_out %x, %word, %n {publishes} : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "UB">
    return
  }
  func.func @take_too() attributes {dovetail.core = "vector 1"} {
    ascendc.cross_core_wait_flag "HANDED_OVER"
    ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "MTE2"
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    ascendc.cross_core_wait_flag "MET"
    return
  }
}

// -----

// How often it tells depends on what it finds, and on counts: here in the run in which all has arrived.
// CHECK-LABEL: func.func @turns(
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @turns(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c3 = arith.constant 3 : index
    %zero = arith.constant 0 : i32
    %seen = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %told = ascendc.counter
    scf.while : () -> () {
      %so_far = ascendc.count %told
      %going = arith.cmpi slt, %so_far, %c3 : index
      scf.condition(%going)
    } do {
      ascendc.copy_in %seen, %x, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      ascendc.set_flag "MTE2_S" 0
      ascendc.wait_flag "MTE2_S" 0
      %shown = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
      ascendc.set_flag "S_MTE2" 0
      ascendc.wait_flag "S_MTE2" 0
      %here = arith.cmpi sge, %shown, %zero : i32
      scf.if %here {
        ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
        ascendc.count_up %told
      }
      scf.yield
    }
    return
  }
  func.func @three() attributes {dovetail.core = "vector 1"} {
    ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    return
  }
  func.func @listen() attributes {dovetail.core = "cube"} {
    ascendc.cross_core_wait_flag "TOLD"
    ascendc.cross_core_wait_flag "TOLD"
    ascendc.cross_core_wait_flag "TOLD"
    return
  }
}

// -----

// A loop that is never empty: the barriers in it are met.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @met_in_an_inner_loop(%count: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %first = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("first")
    %second = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("second")
    %third = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("third")
    %a = ascendc.slot %first[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("a")
    %b = ascendc.slot %second[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("b")
    %c = ascendc.slot %third[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("c")
    scf.for %i = %c0 to %count step %c1 {
      ascendc.mul %a, %c, %c lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      scf.for %j = %c0 to %count step %c1 {
        ascendc.pipe_barrier "V"
        ascendc.mul %b, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
        ascendc.pipe_barrier "V"
      } {dovetail.never_empty}
    }
    return
  }
}
