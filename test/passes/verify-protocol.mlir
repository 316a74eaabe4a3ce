// RUN: dovetail-opt %s --verify-protocol="ranks=3 blocks=2 launches=2 sizes=k=64 statistics" -o /dev/null 2>&1 | filecheck %s
// RUN: dovetail compile all_gather_matmul --emit ascendc-ir | dovetail-opt --verify-protocol="chunks=3 slots=1 statistics" -o /dev/null 2>&1 | filecheck %s --check-prefix=KERNEL
// RUN: dovetail compile all_gather_matmul --emit ascendc-ir | dovetail-opt --verify-protocol="ranks=1 launches=1 blocks=1 statistics" -o /dev/null 2>&1 | filecheck %s --check-prefix=ALONE

// The fields of the tiling struct, and how much was searched.
// CHECK: k 64: 18 cores, 2 launches, {{[0-9]+}} steps, {{[0-9]+}} pairs of accesses compared, at most 0 sets outstanding
// KERNEL: m 320, k 320, n 320, chunkRows 128, chunks 3, slots 1, lanes 2: 12 cores, 2 launches, {{[0-9]+}} steps, {{[0-9]+}} pairs of accesses compared, at most 1 sets outstanding
// ALONE: chunks 3, slots 3, lanes 1: 3 cores, 1 launches, {{[0-9]+}} steps

// Each block hands k words of x to the same block of the next rank, which hands them on to y, and answers at the end.
// A counter says of every block how often words have arrived from the rank before, another how often the next rank has
// read them, and a third one, written by the block itself at the end, what the next launch counts on from.
module attributes {dovetail.machine = "Ascend910B3"} {
  func.func @pass_on_tiling(%k: index, %ranks: index, %blocks: index, %windowBytes: index)
      attributes {dovetail.host = ["k"]} {
    ascendc.parameter "k" = %k
    return
  }
  func.func private @await(%counter: !ascendc.global_tensor<i32>, %seen: !ascendc.local_tensor<i32, "UB">, %target: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %zero = arith.constant 0 : i32
    scf.while (%arg = %c1) : (index) -> () {
      %goes_on = arith.cmpi sgt, %arg, %c0 : index
      scf.condition(%goes_on)
    } do {
      ascendc.copy_in %seen, %counter, %c8 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
      ascendc.set_flag "MTE2_S" 0
      ascendc.wait_flag "MTE2_S" 0
      %shown = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
      %ahead = arith.subi %shown, %target : i32
      %is_late = arith.cmpi slt, %ahead, %zero : i32
      %late = arith.select %is_late, %c1, %c0 : index
      ascendc.set_flag "S_MTE2" 0
      ascendc.wait_flag "S_MTE2" 0
      scf.yield %late : index
    }
    return
  }
  func.func private @count(%counter: !ascendc.global_tensor<i32>, %word: !ascendc.local_tensor<i32, "UB">, %value: i32) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    ascendc.set_value %value, %word[%c0] : i32, !ascendc.local_tensor<i32, "UB">
    ascendc.set_flag "S_MTE3" 0
    ascendc.wait_flag "S_MTE3" 0
    ascendc.pipe_barrier "MTE3"
    ascendc.copy_out %counter, %word, %c1 : !ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">
    ascendc.set_flag "MTE3_S" 0
    ascendc.wait_flag "MTE3_S" 0
    return
  }
  func.func private @copy(%to: !ascendc.global_tensor<f16>, %from: !ascendc.global_tensor<f16>, %staging: !ascendc.local_tensor<f16, "UB">, %k: index) {
    ascendc.copy_in %staging, %from, %k : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>
    ascendc.set_flag "MTE2_MTE3" 0
    ascendc.wait_flag "MTE2_MTE3" 0
    ascendc.copy_out %to, %staging, %k : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
    ascendc.set_flag "MTE3_MTE2" 0
    ascendc.wait_flag "MTE3_MTE2" 0
    return
  }
  func.func private @pass(%tiling: !ascendc.tiling, %hccl: !ascendc.hccl, %x: !ascendc.global_tensor<f16>, %y: !ascendc.global_tensor<f16>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %c512 = arith.constant 512 : index
    %one = arith.constant 1 : i32
    %data = ascendc.constant "WINDOW_DATA" = 264192
    %staging = ascendc.buffer "VECIN" 1 x 1024 {offset = 0 : i64} : !ascendc.local_tensor<f16, "UB">
    %seen = ascendc.buffer "VECIN" 1 x 8 {offset = 4096 : i64} : !ascendc.local_tensor<i32, "UB">
    %word = ascendc.buffer "VECOUT" 1 x 8 {offset = 8192 : i64} : !ascendc.local_tensor<i32, "UB">
    %core = ascendc.get_block_idx
    %ration = ascendc.get_task_ration
    %block = arith.divsi %core, %ration : index
    %k = ascendc.tiling_field %tiling "k"
    %rank = ascendc.rank_id %hccl
    %ranks = ascendc.rank_dim %hccl
    %own = ascendc.window %hccl, %rank
    %counters = ascendc.set_global_buffer %own : !ascendc.global_tensor<i32>
    %slots = ascendc.set_global_buffer %own + %data : !ascendc.global_tensor<f16>
    %after = arith.addi %rank, %c1 : index
    %next = arith.remsi %after, %ranks : index
    %next_window = ascendc.window %hccl, %next
    %next_counters = ascendc.set_global_buffer %next_window : !ascendc.global_tensor<i32>
    %next_slots = ascendc.set_global_buffer %next_window + %data : !ascendc.global_tensor<f16>
    %before_behind = arith.addi %rank, %ranks : index
    %before_sum = arith.subi %before_behind, %c1 : index
    %before = arith.remsi %before_sum, %ranks : index
    %before_window = ascendc.window %hccl, %before
    %before_counters = ascendc.set_global_buffer %before_window : !ascendc.global_tensor<i32>

    %c64 = arith.constant 64 : index
    %c4160 = arith.constant 4160 : index
    %bases = arith.muli %block, %c8 : index
    %arrival = arith.addi %block, %c64 : index
    %arrivals = arith.muli %arrival, %c8 : index
    %release = arith.addi %block, %c4160 : index
    %answers = arith.muli %release, %c8 : index
    %base_counter = ascendc.element %counters[%bases] : !ascendc.global_tensor<i32>
    %place = arith.muli %block, %c512 : index
    %arrived = ascendc.element %counters[%arrivals] : !ascendc.global_tensor<i32>
    %answered = ascendc.element %counters[%answers] : !ascendc.global_tensor<i32>
    %arrives = ascendc.element %next_counters[%arrivals] : !ascendc.global_tensor<i32>
    %answer = ascendc.element %before_counters[%answers] : !ascendc.global_tensor<i32>
    %to = ascendc.element %next_slots[%place] : !ascendc.global_tensor<f16>
    %here = ascendc.element %slots[%place] : !ascendc.global_tensor<f16>
    %x_part = ascendc.element %x[%place] : !ascendc.global_tensor<f16>
    %y_part = ascendc.element %y[%place] : !ascendc.global_tensor<f16>

    ascendc.copy_in %seen, %base_counter, %c8 : !ascendc.local_tensor<i32, "UB">, !ascendc.global_tensor<i32>
    ascendc.set_flag "MTE2_S" 0
    ascendc.wait_flag "MTE2_S" 0
    %base = ascendc.get_value %seen[%c0] : !ascendc.local_tensor<i32, "UB"> -> i32
    ascendc.set_flag "S_MTE2" 0
    ascendc.wait_flag "S_MTE2" 0
    %target = arith.addi %base, %one : i32
    func.call @copy(%to, %x_part, %staging, %k) : (!ascendc.global_tensor<f16>, !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">, index) -> ()
    func.call @count(%arrives, %word, %target) {dovetail.comment = "The words have arrived."} : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, i32) -> ()
    func.call @await(%arrived, %seen, %target) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, i32) -> ()
    func.call @copy(%y_part, %here, %staging, %k) : (!ascendc.global_tensor<f16>, !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">, index) -> ()
    func.call @count(%answer, %word, %target) {dovetail.comment = "The words are read."} : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, i32) -> ()
    func.call @await(%answered, %seen, %target) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, i32) -> ()
    func.call @count(%base_counter, %word, %target) : (!ascendc.global_tensor<i32>, !ascendc.local_tensor<i32, "UB">, i32) -> ()
    return
  }
  func.func @pass_on(%xAddress: !ascendc.address {dovetail.name = "x"}, %yAddress: !ascendc.address {dovetail.name = "y"},
      %workspace: !ascendc.address, %tilingAddress: !ascendc.address) attributes {ascendc.entry} {
    %c0 = arith.constant 0 : index
    ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
    %tiling = ascendc.tiling_data %tilingAddress as "PassOnTiling"
    %hccl = ascendc.init_hccl %tiling
    %x = ascendc.set_global_buffer %xAddress : !ascendc.global_tensor<f16>
    %y = ascendc.set_global_buffer %yAddress : !ascendc.global_tensor<f16>
    %is_vector = ascendc.is_core AIV
    scf.if %is_vector {
      %number = ascendc.get_sub_block_idx
      %is_first = arith.cmpi eq, %number, %c0 : index
      scf.if %is_first {
        func.call @pass(%tiling, %hccl, %x, %y) : (!ascendc.tiling, !ascendc.hccl, !ascendc.global_tensor<f16>, !ascendc.global_tensor<f16>) -> ()
      }
    }
    ascendc.pipe_barrier "ALL"
    return
  }
}
