// RUN: dovetail-opt %s --verify-protocol="ranks=1 blocks=1 launches=1" --split-input-file --verify-diagnostics

// What stands in the way of knowing what the cores do.

// expected-error @below {{no function has the attribute 'dovetail.host': a kernel is needed, fully lowered}}
module attributes {dovetail.machine = "Ascend910B3"} {
}

// -----

// expected-error @below {{the tiling function refuses these sizes: m is odd: 4096}}
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%m: index, %ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = ["m"]} {
    ascendc.refuse "m is odd: %lld", %m
    return
  }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} { return }
}
// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %tiling = ascendc.tiling_data %tilingAddress as "KernelTiling"
    // expected-error @below {{the tiling struct has no field 'm'}}
    %m = ascendc.tiling_field %tiling "m"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    // expected-error @below {{the buffer has no place; run place-buffers first}}
    %seen = ascendc.buffer "VECIN" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{no step is known for 'arith.shli'}}
    %two = arith.shli %c1, %c1 : index
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%xAddress: !ascendc.address, %tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %x = ascendc.set_global_buffer %xAddress : !ascendc.global_tensor<i32>
    %seen = ascendc.buffer "VECIN" 1 x 8 {offset = 0 : i64} : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %seen, %x, %c1 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    %word = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    %zero = arith.constant 0 : i32
    %is_negative = arith.cmpi slt, %word, %zero : i32
    // expected-error @below {{what is done next follows from sizes, not from what was read from memory, but in a loop that polls}}
    scf.if %is_negative {
      ascendc.pipe_barrier "MTE3"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%xAddress: !ascendc.address, %tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %x = ascendc.set_global_buffer %xAddress : !ascendc.global_tensor<i32>
    %seen = ascendc.buffer "VECIN" 1 x 8 {offset = 0 : i64} : !ascendc.local_tensor<i32, "UB">
    ascendc.copy_in %seen, %x, %c1 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    %word = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    %seven = arith.constant 7 : i32
    // expected-error @below {{counters are compared by signed difference, as in `shown - target < 0`}}
    %is_seven = arith.cmpi eq, %word, %seven : i32
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%xAddress: !ascendc.address, %tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0 : i32
    %x = ascendc.set_global_buffer %xAddress : !ascendc.global_tensor<i32>
    %seen = ascendc.buffer "VECIN" 1 x 8 {offset = 0 : i64} : !ascendc.local_tensor<i32, "UB">
    scf.while (%arg = %c1) : (index) -> () {
      %goes_on = arith.cmpi sgt, %arg, %c0 : index
      scf.condition(%goes_on)
    } do {
      ascendc.copy_in %seen, %x, %c1 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      %word = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
      %is_late = arith.cmpi slt, %word, %zero : i32
      %late = arith.select %is_late, %c1, %c0 : index
      // expected-error @below {{a loop that polls copies counters in and looks at them, nothing else}}
      ascendc.cross_core_set_flag "DONE" mode 2 pipe "MTE2"
      scf.yield %late : index
    }
    return
  }
}

// -----

// What is wrong between cores.

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %is_cube = ascendc.is_core AIC
    scf.if %is_cube {
      // expected-error @below {{deadlock: 1 cores wait, and none can go on}}
      // expected-note @below {{rank 0 block 0 AIC waits for DONE, which no core sets, and no core is left to do it}}
      ascendc.cross_core_wait_flag "DONE"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    // expected-error @below {{deadlock: 3 cores wait, and none can go on; rank 0 block 0 AIC waits for rank 0 block 0 AIV 0, rank 0 block 0 AIV 0 waits for rank 0 block 0 AIC}}
    // expected-note @below {{rank 0 block 0 AIC waits for GO from rank 0 block 0 AIV 0, set 0 times and wanted 1 times}}
    // expected-note @below {{rank 0 block 0 AIV 0 waits for GO from rank 0 block 0 AIC, set 0 times and wanted 1 times}}
    ascendc.cross_core_wait_flag "GO"
    ascendc.cross_core_set_flag "GO" mode 2 pipe "MTE2"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %is_cube = ascendc.is_core AIC
    scf.if %is_cube {
      scf.for %i = %c0 to %c16 step %c1 {
        // expected-error @below {{too far ahead: rank 0 block 0 AIC sets GO for the 16th time since the last wait of rank 0 block 0 AIV 0 that it knows of, and 15 may be outstanding}}
        // expected-note @unknown {{... 4 steps before}}
        ascendc.cross_core_set_flag "GO" mode 2 pipe "MTE2"
      }
    } else {
      scf.for %i = %c0 to %c16 step %c1 {
        ascendc.cross_core_wait_flag "GO"
      }
    }
    ascendc.pipe_barrier "ALL"
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %is_cube = ascendc.is_core AIC
    scf.if %is_cube {
      ascendc.cross_core_set_flag "GO" mode 2 pipe "MTE2"
      // expected-error @below {{mixed flag: rank 0 block 0 AIC sets GO in two modes or on two pipes}}
      ascendc.cross_core_set_flag "GO" mode 2 pipe "FIX"
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %is_cube = ascendc.is_core AIC
    scf.if %is_cube {
      // expected-error @below {{wait without a set: no SetFlag<MTE2_MTE1>(1) stands before}}
      ascendc.wait_flag "MTE2_MTE1" 1
    }
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @kernel_tiling(%ranks: index, %blocks: index, %windowBytes: index) attributes {dovetail.host = []} { return }
  func.func @kernel(%tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %is_cube = ascendc.is_core AIC
    scf.if %is_cube {
      ascendc.set_flag "MTE2_MTE1" 1
      // expected-error @below {{set twice: SetFlag<MTE2_MTE1>(1) sets a flag that is set already}}
      ascendc.set_flag "MTE2_MTE1" 1
    }
    return
  }
}
