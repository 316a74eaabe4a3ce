// RUN: dovetail-opt %s --verify-synchronization --split-input-file --verify-diagnostics

// -- flags of one core: each set has its wait, each wait its set --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_alone() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{AIV 0: SetFlag<MTE2_MTE3>(2) has no WaitFlag; it is still set when the core ends}}
    ascendc.set_flag "MTE2_MTE3" 2
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @wait_alone() attributes {dovetail.core = "vector 1"} {
    ascendc.set_flag "MTE2_MTE3" 0
    // expected-note @below {{waited for here before}}
    ascendc.wait_flag "MTE2_MTE3" 0
    // expected-error @below {{AIV 1: WaitFlag<MTE2_MTE3>(0): no SetFlag comes before it}}
    ascendc.wait_flag "MTE2_MTE3" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_twice() attributes {dovetail.core = "cube"} {
    // expected-note @below {{set here}}
    ascendc.set_flag "M_FIX" 0
    // expected-error @below {{AIC: SetFlag<M_FIX>(0): it is set already, and nobody has waited for it}}
    ascendc.set_flag "M_FIX" 0
    ascendc.wait_flag "M_FIX" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @other_id() attributes {dovetail.core = "cube"} {
    ascendc.set_flag "M_FIX" 0
    // expected-error @below {{WaitFlag<M_FIX>(1): no SetFlag comes before it}}
    ascendc.wait_flag "M_FIX" 1
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_in_a_loop(%count: index) attributes {dovetail.core = "cube"} {
    // expected-note @below {{the loop}}
    scf.for %i = %count to %count step %count {
      // expected-error @below {{SetFlag<FIX_M>(0) has no WaitFlag; this is done in each round of a loop}}
      ascendc.set_flag "FIX_M" 0
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @wait_in_a_loop(%count: index) attributes {dovetail.core = "cube"} {
    ascendc.set_flag "FIX_M" 0
    // expected-note @below {{the loop}}
    scf.for %i = %count to %count step %count {
      // expected-error @below {{WaitFlag<FIX_M>(0) has no SetFlag; this is done in each round of a loop}}
      ascendc.wait_flag "FIX_M" 0
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_while(%more: i1) attributes {dovetail.core = "cube"} {
    // expected-note @below {{the loop}}
    scf.while : () -> () {
      scf.condition(%more)
    } do {
      // expected-error @below {{SetFlag<FIX_M>(0) has no WaitFlag; this is done in each round of a loop}}
      ascendc.set_flag "FIX_M" 0
      scf.yield
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_on_one_path(%first: i1) attributes {dovetail.core = "cube"} {
    // expected-note @below {{the condition}}
    scf.if %first {
      // expected-error @below {{SetFlag<FIX_M>(0) has no WaitFlag; this is done on one path of a condition only}}
      ascendc.set_flag "FIX_M" 0
    }
    ascendc.wait_flag "FIX_M" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @wait_on_one_path(%first: i1) attributes {dovetail.core = "cube"} {
    ascendc.set_flag "FIX_M" 0
    // expected-note @below {{the condition}}
    scf.if %first {
    } else {
      // expected-error @below {{WaitFlag<FIX_M>(0) has no SetFlag; this is done on one path of a condition only}}
      ascendc.wait_flag "FIX_M" 0
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @fill() {
    // expected-error @below {{SetFlag<FIX_M>(0): it is set already, and nobody has waited for it}}
    // expected-note @below {{set here}}
    ascendc.set_flag "FIX_M" 0
    return
  }
  func.func @called_twice() attributes {dovetail.core = "cube"} {
    call @fill() : () -> ()
    call @fill() : () -> ()
    return
  }
}

// -----

// -- flags of the slots of a ring --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @one_slot_starts_taken(%count: index) attributes {dovetail.core = "vector 0"} {
    %taken = ascendc.counter
    // expected-note @below {{<MTE3_MTE2>(0) is set here}}
    ascendc.set_flag "MTE3_MTE2" 0
    scf.for %i = %count to %count step %count {
      // expected-error @below {{slot is taken while <MTE3_MTE2>(0) is set and <MTE3_MTE2>(1) is not; slots of a ring are alike}}
      %slot = ascendc.next_slot %taken of 2
      ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      ascendc.set_flag "MTE3_MTE2" 0 + %slot
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @slot_stays_taken(%count: index) attributes {dovetail.core = "vector 0"} {
    %taken = ascendc.counter
    ascendc.set_flag "MTE3_MTE2" 1
    ascendc.set_flag "MTE3_MTE2" 2
    scf.for %i = %count to %count step %count {
      // expected-note @below {{the slot is taken here}}
      %slot = ascendc.next_slot %taken of 2
      // expected-error @below {{WaitFlag<MTE3_MTE2>(slot + 1) has no SetFlag; the next slot finds it so}}
      ascendc.wait_flag "MTE3_MTE2" 1 + %slot
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @slot_still_filled(%count: index) attributes {dovetail.core = "vector 0"} {
    %taken = ascendc.counter
    // expected-note @below {{the slot is taken here}}
    %slot = ascendc.next_slot %taken of 2
    // expected-error @below {{SetFlag<MTE2_MTE3>(slot) has no WaitFlag; the next slot finds it so}}
    ascendc.set_flag "MTE2_MTE3" 0 + %slot
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @two_slots_at_once() attributes {dovetail.core = "vector 0"} {
    %taken = ascendc.counter
    // expected-note @below {{taken here}}
    %first = ascendc.next_slot %taken of 2
    // expected-error @below {{slot is taken while slot of <MTE2_MTE3>(0), which may be it, is in use}}
    %second = ascendc.next_slot %taken of 2
    ascendc.set_flag "MTE2_MTE3" 0 + %first
    ascendc.set_flag "MTE2_MTE3" 0 + %second
    ascendc.wait_flag "MTE2_MTE3" 0 + %first
    ascendc.wait_flag "MTE2_MTE3" 0 + %second
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @number_beside_a_slot() attributes {dovetail.core = "vector 0"} {
    %taken = ascendc.counter
    // expected-note @below {{the slot is taken here}}
    %slot = ascendc.next_slot %taken of 2
    ascendc.set_flag "MTE2_MTE3" 0 + %slot
    // expected-error @below {{flag <MTE2_MTE3>(1) while slot slot, whose flag it may be, is in use}}
    ascendc.set_flag "MTE2_MTE3" 1
    ascendc.wait_flag "MTE2_MTE3" 1
    ascendc.wait_flag "MTE2_MTE3" 0 + %slot
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @any_slot(%slot: index) attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{which slot this is cannot be told; it is a constant, a next_slot or a remainder}}
    ascendc.set_flag "MTE2_MTE3" 0 + %slot
    return
  }
}

// -----

// -- what exists --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @event_of_the_other_core() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{an AIV has no event MTE2_MTE1; MTE1 waits for no flag there; it has S_V, S_MTE2, S_MTE3, V_S, V_MTE2, V_MTE3, MTE2_S, MTE2_V, MTE2_MTE3, MTE3_S, MTE3_V, MTE3_MTE2}}
    ascendc.set_flag "MTE2_MTE1" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @scalar_unit_of_a_cube_core_waits() attributes {dovetail.core = "cube"} {
    // expected-error @below {{an AIC has no event MTE2_S; S waits for no flag there; it has M_MTE1}}
    ascendc.wait_flag "MTE2_S" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @event_without_a_use() attributes {dovetail.core = "cube"} {
    // expected-error @below {{an AIC has no event MTE3_FIX; it has}}
    ascendc.wait_flag "MTE3_FIX" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @reserved_flag() attributes {dovetail.core = "cube"} {
    // expected-error @below {{flag 6 of FIX_M; flags are 0 to 5, others are the system's}}
    ascendc.set_flag "FIX_M" 6
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @reserved_flag_of_a_slot() attributes {dovetail.core = "cube"} {
    %taken = ascendc.counter
    %slot = ascendc.next_slot %taken of 3
    // expected-error @below {{flag 4 to 6 of FIX_M; flags are 0 to 5}}
    ascendc.set_flag "FIX_M" 4 + %slot
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @barrier_of_the_scalar_unit() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{no barrier of S on an AIV; there are V, MTE2, MTE3, ALL}}
    ascendc.pipe_barrier "S"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @instruction_of_the_other_core(%x: !ascendc.local_tensor<f16, "L1">, %y: !ascendc.local_tensor<f16, "L0A">, %n: index) attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{an AIV has no pipe MTE1; it has S, V, MTE2, MTE3}}
    ascendc.load_data %y, %x repeat %n stride %n transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @slot_beyond_the_ring(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    %slot = ascendc.next_slot %taken of 3
    %piece = ascendc.slot %ring[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{slot slot, one of 3, of buffer, which has 2}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @constant_slot_beyond_the_ring(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c2 = arith.constant 2 : index
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %piece = ascendc.slot %ring[%c2] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{slot 2 of buffer, which has 2}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @chosen_buffer(%x: !ascendc.global_tensor<f16>, %first: i1, %n: index) attributes {dovetail.core = "vector 0"} {
    %one = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %other = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %chosen = arith.select %first, %one, %other : !ascendc.local_tensor<f16, "UB">
    // expected-error @below {{which buffer this works on cannot be told; buffers are passed to calls, and nothing else passes them on}}
    ascendc.copy_in %chosen, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

// -- accesses: what a pipe touches is no longer in use by another --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @read_too_early(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %piece = ascendc.slot %ring[%c0] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-note @below {{MTE2 writes it here; no flag that MTE3 waits for tells that it is done}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    // expected-note @below {{SetFlag<MTE2_MTE3>(0) would tell, and nobody waits for it}}
    ascendc.set_flag "MTE2_MTE3" 0
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %piece, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    ascendc.wait_flag "MTE2_MTE3" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @handed_over_before_it_is_written(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %piece = ascendc.slot %ring[%c0] x 64 : !ascendc.local_tensor<f16, "UB">
    ascendc.set_flag "MTE2_MTE3" 0
    // expected-note @below {{MTE2 writes it here; no flag that MTE3 waits for tells that it is done}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    ascendc.wait_flag "MTE2_MTE3" 0
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %piece, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

// A slot is released before its last reader: the next writer of that slot comes two rounds later.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @released_too_early(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %staging = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    ascendc.set_flag "MTE3_MTE2" 0
    ascendc.set_flag "MTE3_MTE2" 1
    scf.for %i = %n to %n step %n {
      %slot = ascendc.next_slot %taken of 2
      %piece = ascendc.slot %staging[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
      ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      // expected-error @below {{MTE2 writes buffer too early}}
      ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.set_flag "MTE2_MTE3" 0 + %slot
      ascendc.wait_flag "MTE2_MTE3" 0 + %slot
      ascendc.set_flag "MTE3_MTE2" 0 + %slot
      // expected-note @below {{MTE3 reads it here; no flag that MTE2 waits for tells that it is done}}
      ascendc.copy_out %x, %piece, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    ascendc.wait_flag "MTE3_MTE2" 0
    ascendc.wait_flag "MTE3_MTE2" 1
    return
  }
}

// -----

// The flag of one ring tells nothing of another, whose slots have numbers of their own.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @slot_of_another_number(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c2 = arith.constant 2 : index
    %staging = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    ascendc.set_flag "MTE3_MTE2" 0
    ascendc.set_flag "MTE3_MTE2" 1
    scf.for %i = %n to %n step %n {
      %number = arith.remsi %i, %c2 : index
      %slot = ascendc.next_slot %taken of 2
      %piece = ascendc.slot %staging[%number] x 64 : !ascendc.local_tensor<f16, "UB">
      ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      // expected-error @below {{MTE2 writes buffer too early}}
      ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.set_flag "MTE2_MTE3" 0
      ascendc.wait_flag "MTE2_MTE3" 0
      // expected-note @below {{MTE3 reads it here; no flag that MTE2 waits for tells that it is done}}
      ascendc.copy_out %x, %piece, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
      ascendc.set_flag "MTE3_MTE2" 0 + %slot
    }
    ascendc.wait_flag "MTE3_MTE2" 0
    ascendc.wait_flag "MTE3_MTE2" 1
    return
  }
}

// -----

// One of two flags is waited for on one path only.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @told_on_one_path(%x: !ascendc.global_tensor<f16>, %first: i1, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %piece = ascendc.slot %ring[%c0] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-note @below {{MTE2 writes it here}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    scf.if %first {
      ascendc.set_flag "MTE2_MTE3" 0
      ascendc.wait_flag "MTE2_MTE3" 0
    }
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %piece, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @told_on_the_other_path(%x: !ascendc.global_tensor<f16>, %first: i1, %n: index) attributes {dovetail.core = "vector 0"} {
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-note @below {{MTE2 writes it here}}
    ascendc.copy_in %ring, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    scf.if %first {
    } else {
      ascendc.set_flag "MTE2_MTE3" 0
      ascendc.wait_flag "MTE2_MTE3" 0
    }
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %ring, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

// MTE2 tells MTE3 of what it knows to be complete. It does not know of S.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @told_by_who_does_not_know(%x: !ascendc.global_tensor<i32>, %n: index, %value: i32) attributes {dovetail.core = "vector 0"} {
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<i32, "UB">
    // expected-note @below {{S writes it here; no flag that MTE3 waits for tells that it is done}}
    ascendc.set_value %value, %ring[%n] : i32, !ascendc.local_tensor<i32, "UB">
    ascendc.set_flag "MTE2_MTE3" 0
    ascendc.wait_flag "MTE2_MTE3" 0
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %ring, %n : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

// The flag of a slot is of two rounds before, and the word is read once more behind it.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @flag_of_a_slot_and_another_buffer(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %word = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    ascendc.set_flag "MTE3_MTE2" 0
    ascendc.set_flag "MTE3_MTE2" 1
    scf.for %i = %n to %n step %n {
      %slot = ascendc.next_slot %taken of 2
      ascendc.wait_flag "MTE3_MTE2" 0 + %slot
      // expected-error @below {{MTE2 writes buffer too early}}
      ascendc.copy_in %word, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
      ascendc.set_flag "MTE2_MTE3" 0
      ascendc.wait_flag "MTE2_MTE3" 0
      ascendc.set_flag "MTE3_MTE2" 0 + %slot
      // expected-note @below {{MTE3 reads it here}}
      ascendc.copy_out %x, %word, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    }
    ascendc.wait_flag "MTE3_MTE2" 0
    ascendc.wait_flag "MTE3_MTE2" 1
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @number_of_the_slot_in_use(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c1 = arith.constant 1 : index
    %ring = ascendc.buffer "VECIN" 2 x 64 : !ascendc.local_tensor<f16, "UB">
    %taken = ascendc.counter
    %slot = ascendc.next_slot %taken of 2
    %piece = ascendc.slot %ring[%slot] x 64 : !ascendc.local_tensor<f16, "UB">
    %second = ascendc.slot %ring[%c1] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-note @below {{MTE2 writes it here}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    // expected-error @below {{MTE3 reads buffer too early}}
    ascendc.copy_out %x, %second, %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func private @fill(%x: !ascendc.global_tensor<f16>, %ring: !ascendc.local_tensor<f16, "UB">, %n: index) {
    // expected-note @below {{MTE2 writes it here}}
    ascendc.copy_in %ring, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
  func.func @in_a_call(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    call @fill(%x, %ring, %n) : (!ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">, index) -> ()
    // expected-error @below {{S reads buffer too early}}
    %0 = ascendc.get_value %ring[%c0] : !ascendc.local_tensor<f16, "UB"> -> f16
    return
  }
}

// -----

// -- one pipe: accesses that surely overlap --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @copies_of_one_pipe(%x: !ascendc.global_tensor<f16>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %ring = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f16, "UB">
    %piece = ascendc.slot %ring[%c0] x 64 : !ascendc.local_tensor<f16, "UB">
    // expected-note @below {{MTE2 writes it here; there is no barrier of MTE2 and no flag in between}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    // expected-error @below {{MTE2 writes buffer too early}}
    ascendc.copy_in %piece, %x, %n : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @small_products(%m: index, %n: index, %count: index, %first: i1) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    scf.for %i = %c0 to %count step %count {
      // expected-error @below {{M writes buffer too early}}
      // expected-note @below {{M writes it here; there is no barrier of M and no flag in between}}
      ascendc.mmad %l0_c, %l0_a, %l0_b sizes %m, %n, %n initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
    }
    return
  }
}

// -----

// The condition is of other sizes.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @barrier_for_other_products(%m: index, %n: index, %count: index, %first: i1) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c10 = arith.constant 10 : index
    %c16 = arith.constant 16 : index
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    scf.for %i = %c0 to %count step %count {
      // expected-error @below {{M writes buffer too early}}
      // expected-note @below {{M writes it here}}
      ascendc.mmad %l0_c, %l0_a, %l0_b sizes %m, %n, %n initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
      %high = arith.divsi %n, %c16 : index
      %fractals = arith.muli %high, %high : index
      %small = arith.cmpi slt, %fractals, %c10 : index
      scf.if %small {
        ascendc.pipe_barrier "M"
      }
    }
    return
  }
}

// -----

// A barrier on one path of any condition is none, nor is one of another pipe.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @barrier_of_another_pipe(%m: index, %n: index, %count: index, %first: i1) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c10 = arith.constant 10 : index
    %c16 = arith.constant 16 : index
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    scf.for %i = %c0 to %count step %count {
      // expected-error @below {{M writes buffer too early}}
      // expected-note @below {{M writes it here}}
      ascendc.mmad %l0_c, %l0_a, %l0_b sizes %m, %n, %n initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
      %high = arith.divsi %m, %c16 : index
      %wide = arith.divsi %n, %c16 : index
      %fractals = arith.muli %high, %wide : index
      %small = arith.cmpi slt, %fractals, %c10 : index
      scf.if %small {
        ascendc.pipe_barrier "MTE1"
      }
      scf.if %first {
        ascendc.pipe_barrier "M"
      }
    }
    return
  }
}

// -----

// What a small product waits for says nothing of others.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @barrier_for_a_product(%x: !ascendc.global_tensor<f16>, %m: index, %n: index, %first: i1) attributes {dovetail.core = "cube"} {
    %c10 = arith.constant 10 : index
    %c16 = arith.constant 16 : index
    %l0_a = ascendc.buffer "A2" 1 x 512 : !ascendc.local_tensor<f16, "L0A">
    %l0_b = ascendc.buffer "B2" 1 x 512 : !ascendc.local_tensor<f16, "L0B">
    %l0_c = ascendc.buffer "CO1" 1 x 512 : !ascendc.local_tensor<f32, "L0C">
    // expected-note @below {{M writes it here}}
    ascendc.mmad %l0_c, %l0_a, %l0_b sizes %m, %n, %n initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">
    %high = arith.divsi %m, %c16 : index
    %wide = arith.divsi %n, %c16 : index
    %fractals = arith.muli %high, %wide : index
    %small = arith.cmpi slt, %fractals, %c10 : index
    scf.if %small {
      ascendc.pipe_barrier "ALL"
    }
    // expected-error @below {{FIX reads buffer too early}}
    ascendc.fixpipe %x, %l0_c, %m x %n aligned %m stride %n : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f32, "L0C">
    return
  }
}

// -----

// -- what others are told: counters, cross-core flags, the end of the kernel --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @counter_without_barrier(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %ring = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    // expected-note @below {{MTE3 writes here, and MTE3 does not wait for it}}
    ascendc.copy_out %x, %ring, %n : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    // expected-error @below {{this counter may be written before a copy that it tells of is complete}}
    ascendc.copy_out %x, %ring, %n {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @counter_before_a_read_is_done(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %data = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    // expected-note @below {{MTE2 reads here, and MTE3 does not wait for it}}
    ascendc.copy_in %data, %x, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.pipe_barrier "MTE3"
    // expected-error @below {{this counter may be written before a copy that it tells of is complete}}
    ascendc.copy_out %x, %word, %n {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @flag_of_another_pipe(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %data = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    // expected-note @below {{MTE2 reads here, and V does not wait for it}}
    ascendc.copy_in %data, %x, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    // expected-error @below {{READ may be set before this core has read what it says is read}}
    ascendc.cross_core_set_flag "READ" mode 1 pipe "V"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{AIC: the kernel ends without PipeBarrier<PIPE_ALL>}}
  func.func @not_drained() attributes {ascendc.entry} {
    ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
    %0 = ascendc.is_core AIV
    scf.if %0 {
      ascendc.pipe_barrier "ALL"
    }
    return
  }
}

// -----

// -- cross-core flags --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_behind_the_scalar_unit() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{READ is set behind a pipe of an AIV: V, MTE2, MTE3; not behind S}}
    ascendc.cross_core_set_flag "READ" mode 2 pipe "S"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @set_behind_all() attributes {dovetail.core = "cube"} {
    // expected-error @below {{READ is set behind a pipe of an AIC: M, MTE1, MTE2, MTE3, FIX; not behind ALL}}
    ascendc.cross_core_set_flag "READ" mode 2 pipe "ALL"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @mode() attributes {dovetail.core = "cube"} {
    // expected-error @below {{modes of cross-core flags are 0, 1 and 2, not 4}}
    ascendc.cross_core_set_flag "READ" mode 4 pipe "MTE2"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @mode_of_vector_cores() attributes {dovetail.core = "cube"} {
    // expected-error @below {{mode 1 is for the vector cores of a block; this is an AIC}}
    ascendc.cross_core_set_flag "READ" mode 1 pipe "MTE2"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @two_modes() attributes {dovetail.core = "vector 0"} {
    // expected-note @below {{elsewhere}}
    ascendc.cross_core_set_flag "READ" mode 1 pipe "MTE2"
    // expected-error @below {{READ is set in mode 2 here and in mode 1 elsewhere}}
    ascendc.cross_core_set_flag "READ" mode 2 pipe "MTE2"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @cube_core_meets_all() attributes {dovetail.core = "cube"} {
    // expected-error @below {{SyncAll<true> is for vector cores; this is an AIC}}
    ascendc.sync_all
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @id_of_sync_all() attributes {dovetail.core = "vector 0"} {
    ascendc.cross_core_wait_flag "A"
    ascendc.cross_core_wait_flag "B"
    ascendc.cross_core_wait_flag "C"
    ascendc.cross_core_wait_flag "D"
    ascendc.cross_core_wait_flag "E"
    ascendc.cross_core_wait_flag "F"
    ascendc.cross_core_wait_flag "G"
    ascendc.cross_core_wait_flag "H"
    ascendc.cross_core_wait_flag "I"
    ascendc.cross_core_wait_flag "J"
    ascendc.cross_core_wait_flag "K"
    // expected-error @below {{L is flag 11; kernels have 0 to 10, SyncAll the others}}
    ascendc.cross_core_wait_flag "L"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_of_vector_cores() attributes {ascendc.entry} {
    ascendc.kernel_type "KERNEL_TYPE_AIV_ONLY"
    // expected-error @below {{flags between cores need a mixed kernel; this one is KERNEL_TYPE_AIV_ONLY}}
    ascendc.cross_core_set_flag "READ" mode 1 pipe "MTE2"
    ascendc.pipe_barrier "ALL"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @nobody_sets() attributes {dovetail.core = "cube"} {
    // expected-error @below {{AIC waits for TOLD, which nobody sets}}
    ascendc.cross_core_wait_flag "TOLD"
    return
  }
}

// -----

// Both vector cores must set, or the cube core waits for ever.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @one_tells() attributes {dovetail.core = "vector 0"} {
    ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    return
  }
  func.func @other_does_not() attributes {dovetail.core = "vector 1"} {
    return
  }
  func.func @is_told() attributes {dovetail.core = "cube"} {
    // expected-error @below {{AIV 1 sets TOLD never, and AIC waits for it once}}
    ascendc.cross_core_wait_flag "TOLD"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @tells(%tiling: !ascendc.tiling) attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %chunks = ascendc.tiling_field %tiling "chunks"
    scf.for %i = %c0 to %chunks step %c1 {
      // expected-error @below {{AIC sets TOLD once, and AIV 0 waits for it never (chunks 1, slots 1)}}
      ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    }
    return
  }
  func.func @is_told_less(%tiling: !ascendc.tiling) attributes {dovetail.core = "vector 0"} {
    %c1 = arith.constant 1 : index
    %chunks = ascendc.tiling_field %tiling "chunks"
    %slots = ascendc.tiling_field %tiling "slots"
    scf.for %i = %slots to %chunks step %c1 {
      ascendc.cross_core_wait_flag "TOLD"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @one(%first: i1) attributes {dovetail.core = "cube"} {
    // expected-note @below {{AIC waits for B here}}
    // expected-error @below {{AIC and AIV 0 wait for each other, and none goes on}}
    ascendc.cross_core_wait_flag "B"
    ascendc.cross_core_set_flag "A" mode 2 pipe "MTE2"
    return
  }
  func.func @other() attributes {dovetail.core = "vector 0"} {
    // expected-note @below {{AIV 0 waits for A here}}
    ascendc.cross_core_wait_flag "A"
    ascendc.cross_core_set_flag "B" mode 2 pipe "MTE2"
    return
  }
}

// -----

// Sixteen sets, whose waits may all come later. An answer to the first would be enough.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @tells_often(%first: i1) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    scf.for %i = %c0 to %c16 step %c1 {
      // expected-error @below {{AIV 0 may set TOLD 16 times before AIC waits for it; at most 15 sets may be outstanding}}
      ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
    }
    return
  }
  func.func @is_told_often() attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    scf.for %i = %c0 to %c16 step %c1 {
      // expected-note @below {{AIC waits for it here}}
      ascendc.cross_core_wait_flag "TOLD"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @meets_all() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{AIV 0 comes to SyncAll once, and AIV 1 never}}
    ascendc.sync_all
    return
  }
  func.func @meets_nobody() attributes {dovetail.core = "vector 1"} {
    return
  }
}

// -----

// GetBlockIdx counts vector cores on a vector core.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @some_cores() attributes {ascendc.entry} {
    ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %vector = ascendc.is_core AIV
    scf.if %vector {
      %core = ascendc.get_block_idx
      %number = arith.remsi %core, %c2 : index
      %first = arith.cmpi eq, %number, %c0 : index
      scf.if %first {
        // expected-error @below {{AIV 0 comes to SyncAll once, and AIV 1 never}}
        ascendc.sync_all
      }
    }
    ascendc.pipe_barrier "ALL"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @some_blocks() attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %core = ascendc.get_block_idx
    %block = arith.divsi %core, %c2 : index
    %first = arith.cmpi eq, %block, %c0 : index
    scf.if %first {
      // expected-error @below {{AIV 0 of one block comes to SyncAll once, of another never}}
      ascendc.sync_all
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @depends_on_memory(%ring: !ascendc.local_tensor<i32, "UB">) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0 : i32
    // expected-note @below {{it depends on this}}
    %0 = ascendc.get_value %ring[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    %1 = arith.cmpi eq, %0, %zero : i32
    scf.if %1 {
      // expected-error @below {{how often this is done cannot be told from the sizes of a launch}}
      ascendc.sync_all
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @for_long() attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c1000000000000 = arith.constant 1000000000000 : index
    scf.for %i = %c0 to %c1000000000000 step %c1 {
      // expected-error @below {{how often AIV 0 does this cannot be told: it takes more than 100000 rounds of loops}}
      ascendc.sync_all
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @without_step() attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    scf.for %i = %c0 to %c0 step %c0 {
      // expected-error @below {{how often AIV 0 does this cannot be told: a loop has no step or a number is divided by zero}}
      ascendc.sync_all
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3", dovetail.schedule = {chunk = 16 : i64}} {
  // expected-error @below {{the tiling function refuses all launches that were to be tried}}
  func.func @tiling(%m: index, %ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = ["m"]} {
    %never = arith.cmpi eq, %m, %m : index
    scf.if %never {
      ascendc.refuse "m is not %lld", %m
    }
    ascendc.parameter "m" = %m
    return
  }
  func.func @meets() attributes {dovetail.core = "vector 0"} {
    ascendc.sync_all
    return
  }
}

// -----

// -- programs --

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{cores are cube, vector 0, vector 1; not vector 2}}
  func.func @third_core() attributes {dovetail.core = "vector 2"} {
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-note @below {{this one}}
  func.func @one_program() attributes {dovetail.core = "cube"} {
    return
  }
  // expected-error @below {{cube has a program already}}
  func.func @another_program() attributes {dovetail.core = "cube"} {
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @nobody_runs_this() {
    // expected-error @below {{no core runs 'nobody_runs_this': its kernel has no attribute ascendc.entry, and it has no dovetail.core}}
    ascendc.pipe_barrier "ALL"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @for_ever() attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{'for_ever' calls itself}}
    call @for_ever() : () -> ()
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @switch(%case: index) attributes {dovetail.core = "vector 0"} {
    // expected-error @below {{what 'scf.index_switch' orders cannot be told; loops are scf.for and scf.while}}
    scf.index_switch %case
    default {
      ascendc.pipe_barrier "ALL"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @type_of_kernel() attributes {ascendc.entry} {
    // expected-error @below {{types of kernels are KERNEL_TYPE_AIC_ONLY, KERNEL_TYPE_AIV_ONLY, KERNEL_TYPE_MIX_AIC_1_0, KERNEL_TYPE_MIX_AIV_1_0, KERNEL_TYPE_MIX_AIC_1_1, KERNEL_TYPE_MIX_AIC_1_2; not KERNEL_TYPE_MIX}}
    ascendc.kernel_type "KERNEL_TYPE_MIX"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  // expected-error @below {{the kernel does not say of which type it is}}
  func.func @no_type_of_kernel() attributes {ascendc.entry} {
    return
  }
}

// -----

// expected-error @below {{the module does not say for which machine it is}}
module {
}

// -----

// -- kernels that finish tiles: vector instructions, hand-overs, turns --

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @vectors_without_barrier(%n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %in = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("in")
    %out = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("out")
    scf.for %i = %c0 to %n step %c1 {
      %part = ascendc.element %out[%i] : !ascendc.local_tensor<f32, "UB">
      ascendc.pipe_barrier "V"
      // expected-note @below {{V writes it here; there is no barrier of V and no flag in between}}
      ascendc.brcb %part, %in repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      // expected-error @below {{AIV 0: V writes out too early}}
      ascendc.mul %part, %part, %in lanes %n repeats %n blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @released_before_the_last_reader(%x: !ascendc.global_tensor<f32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %in = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("in")
    %one = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("one")
    %two = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("two")
    ascendc.set_flag "V_MTE2" 0
    scf.for %i = %c0 to %n step %c1 {
      ascendc.wait_flag "V_MTE2" 0
      // expected-error @below {{AIV 0: MTE2 writes in too early}}
      ascendc.copy_in %in, %x, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
      ascendc.set_flag "MTE2_V" 0
      ascendc.wait_flag "MTE2_V" 0
      ascendc.pipe_barrier "V"
      ascendc.brcb %one, %in repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      ascendc.set_flag "V_MTE2" 0
      // expected-note @below {{V reads it here; no flag that MTE2 waits for tells that it is done}}
      ascendc.brcb %two, %in repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
    }
    ascendc.wait_flag "V_MTE2" 0
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @handed_over_too_early(%workspace: !ascendc.address, %n: index) attributes {dovetail.core = "cube"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %l0c = ascendc.buffer "CO1" 1 x 256 : !ascendc.local_tensor<f32, "L0C">
    // expected-note @below {{FIX writes here, and MTE2 does not wait for it}}
    ascendc.fixpipe %tile, %l0c, %n x %n aligned %n stride %n : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "L0C">
    // expected-error @below {{AIC: HANDED_OVER may be set before this core has written what it says is written}}
    ascendc.cross_core_set_flag "HANDED_OVER" mode 2 pipe "MTE2"
    return
  }
  func.func @take(%workspace: !ascendc.address, %n: index) attributes {dovetail.core = "vector 0"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %data = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB">
    ascendc.cross_core_wait_flag "HANDED_OVER"
    ascendc.copy_in %data, %tile, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    return
  }
  func.func @take_too() attributes {dovetail.core = "vector 1"} {
    ascendc.cross_core_wait_flag "HANDED_OVER"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @write(%workspace: !ascendc.address, %n: index) attributes {dovetail.core = "cube"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %l0c = ascendc.buffer "CO1" 1 x 256 : !ascendc.local_tensor<f32, "L0C">
    ascendc.cross_core_wait_flag "GIVEN_BACK"
    ascendc.fixpipe %tile, %l0c, %n x %n aligned %n stride %n : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "L0C">
    return
  }
  func.func @given_back_too_early(%workspace: !ascendc.address, %n: index) attributes {dovetail.core = "vector 0"} {
    %own = ascendc.get_user_workspace %workspace
    %tile = ascendc.set_global_buffer %own : !ascendc.global_tensor<f32>
    %data = ascendc.buffer "VECIN" 1 x 64 : !ascendc.local_tensor<f32, "UB">
    // expected-note @below {{MTE2 reads here, and V does not wait for it}}
    ascendc.copy_in %data, %tile, %n : !ascendc.local_tensor<f32, "UB">, !ascendc.global_tensor<f32>
    // expected-error @below {{AIV 0: GIVEN_BACK may be set before this core has read what it says is read}}
    ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "V"
    return
  }
  func.func @give_back_too() attributes {dovetail.core = "vector 1"} {
    ascendc.cross_core_set_flag "GIVEN_BACK" mode 2 pipe "V"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @met_behind_another_pipe(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %data = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    // expected-note @below {{MTE2 reads here, and MTE3 does not wait for it}}
    ascendc.copy_in %data, %x, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.cross_core_wait_flag "MET"
    // expected-error @below {{this counter may be written before a copy that it tells of is complete}}
    ascendc.copy_out %x, %word, %n {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    return
  }
  func.func @meet() attributes {dovetail.core = "vector 1"} {
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    ascendc.cross_core_wait_flag "MET"
    return
  }
}

// -----

// A wait may be for the set before the last one, which knew less.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @met_twice(%x: !ascendc.global_tensor<i32>, %n: index) attributes {dovetail.core = "vector 0"} {
    %data = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    // expected-note @below {{MTE2 reads here, and MTE3 does not wait for it}}
    ascendc.copy_in %data, %x, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.cross_core_set_flag "MET" mode 1 pipe "MTE2"
    ascendc.cross_core_wait_flag "MET"
    // expected-error @below {{this counter may be written before a copy that it tells of is complete}}
    ascendc.copy_out %x, %word, %n {publishes} : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    ascendc.cross_core_wait_flag "MET"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @tells_three_times() attributes {dovetail.core = "vector 0"} {
    %c3 = arith.constant 3 : index
    %told = ascendc.counter
    scf.while : () -> () {
      %so_far = ascendc.count %told
      %going = arith.cmpi slt, %so_far, %c3 : index
      scf.condition(%going)
    } do {
      // expected-error @below {{AIV 0 sets TOLD 3 times, and AIC waits for it twice}}
      ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
      ascendc.count_up %told
      scf.yield
    }
    return
  }
  func.func @listen() attributes {dovetail.core = "cube"} {
    // expected-note @below {{here}}
    ascendc.cross_core_wait_flag "TOLD"
    ascendc.cross_core_wait_flag "TOLD"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @tells_until_told() attributes {dovetail.core = "vector 0"} {
    %c16 = arith.constant 16 : index
    %told = ascendc.counter
    scf.while : () -> () {
      %so_far = ascendc.count %told
      %going = arith.cmpi slt, %so_far, %c16 : index
      scf.condition(%going)
    } do {
      // expected-error @below {{AIV 0 may set TOLD 16 times before AIC waits for it; at most 15 sets may be outstanding}}
      ascendc.cross_core_set_flag "TOLD" mode 2 pipe "MTE2"
      ascendc.count_up %told
      scf.yield
    }
    return
  }
  func.func @listen() attributes {dovetail.core = "cube"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    scf.for %i = %c0 to %c16 step %c1 {
      // expected-note @below {{AIC waits for it here}}
      ascendc.cross_core_wait_flag "TOLD"
    }
    return
  }
}

// -----

// The inner loop may be empty: nothing then stands between two writes of %a.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @not_met_in_an_inner_loop(%count: index) attributes {dovetail.core = "vector 0"} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %first = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("first")
    %second = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("second")
    %third = ascendc.buffer "VECCALC" 1 x 64 : !ascendc.local_tensor<f32, "UB"> loc("third")
    %a = ascendc.slot %first[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("a")
    %b = ascendc.slot %second[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("b")
    %c = ascendc.slot %third[%c0] x 64 : !ascendc.local_tensor<f32, "UB"> loc("c")
    scf.for %i = %c0 to %count step %c1 {
      // expected-error @below {{V writes first too early}}
      // expected-note @below {{V writes it here; there is no barrier of V and no flag in between}}
      ascendc.mul %a, %c, %c lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
      scf.for %j = %c0 to %count step %c1 {
        ascendc.pipe_barrier "V"
        ascendc.mul %b, %a, %a lanes %c1 repeats %c1 blocks [1, 1, 1] rows [8, 8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
        ascendc.pipe_barrier "V"
      }
    }
    return
  }
}
