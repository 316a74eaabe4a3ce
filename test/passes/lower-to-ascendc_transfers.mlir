// RUN: dovetail-opt %s --lower-to-ascendc --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// What the vector cores run, and what the cube core tells them: bytes go through UB, counters lie in the windows of ranks.

module attributes {dovetail.machine = "Ascend910B3"} {
  // Counters are read by copying them to UB, until each has come to its target.
  // CHECK-LABEL: func.func private @ReadCounter(%counter: {{.*}}, %word: {{.*}}) -> i32
  // CHECK:         ascendc.copy_in %words, %counter
  // CHECK:         %value = ascendc.get_value %words[%c0{{.*}}]
  // CHECK-NEXT:    return %value
  // CHECK-LABEL: func.func private @AwaitCounters(%counters: {{.*}}, %seen: {{.*}}, %count: index, %target: i32)
  // CHECK:         %behind = scf.while (%[[B:.*]] = %count)
  // CHECK:           %[[MORE:.*]] = arith.cmpi sgt, %[[B]], %c0
  // CHECK-NEXT:      scf.condition(%[[MORE]])
  // CHECK:           ascendc.copy_in %words, %counters
  // CHECK:           %[[LATE:.*]] = scf.for %[[I:.*]] = %c0_{{[0-9]+}} to %count step %c1 iter_args(%late = %c0_{{[0-9]+}})
  // CHECK:             %[[PLACE:.*]] = arith.muli %[[I]]
  // CHECK-NEXT:        %shown = ascendc.get_value %words[%[[PLACE]]]
  // CHECK-NEXT:        %[[DISTANCE:.*]] = arith.subi %shown, %target
  // CHECK:             %[[IS_LATE:.*]] = arith.cmpi slt, %[[DISTANCE]], %c0_i32
  // CHECK:             %[[ONE_MORE:.*]] = arith.addi %late, %c1
  // CHECK-NEXT:        arith.select %[[IS_LATE]], %[[ONE_MORE]], %late
  // CHECK:           scf.yield %[[LATE]]
  // CHECK-LABEL: func.func private @CopyThrough(%destination: {{.*}}, %source: {{.*}}, %staging: {{.*}}, %count: index)
  // CHECK:         scf.for %begin = %c0 to %count step %c32768 {
  // CHECK-NEXT:      %slot = ascendc.next_slot %taken of 2
  // CHECK-NEXT:      %piece = ascendc.slot %staging[%slot] x 32768
  // CHECK:           %length = arith.minsi
  // CHECK-NEXT:      %[[FROM:.*]] = ascendc.element %source[%begin]
  // CHECK-NEXT:      ascendc.copy_in %piece, %[[FROM]], %length
  // CHECK-NEXT:      %[[TO:.*]] = ascendc.element %destination[%begin]
  // CHECK-NEXT:      ascendc.copy_out %[[TO]], %piece, %length
  // CHECK-LABEL: func.func private @WriteCounter(%counter: {{.*}}, %word: {{.*}}, %value: i32)
  // CHECK:         ascendc.set_value %value, %words[%c0{{.*}}]
  // CHECK:         ascendc.copy_out %counter, %words, %c1 {publishes}

  // CHECK-LABEL: func.func private @send(%tiling: !ascendc.tiling, %hccl: !ascendc.hccl, %x1: !ascendc.global_tensor<f16>)
  func.func private @send(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1")) attributes {dovetail.core = "vector 0"} {
    %chunk = func.call @give() : () -> index loc("chunk")
    %peer = func.call @give() : () -> index loc("peer")
    // CHECK-NEXT: %staging = ascendc.buffer "VECIN" 2 x 32768 : !ascendc.local_tensor<f16, "UB">
    // CHECK-NEXT: %seen = ascendc.buffer "VECIN" 1 x 512 : !ascendc.local_tensor<i32, "UB">
    // CHECK-NEXT: %word = ascendc.buffer "VECOUT" 1 x 8 : !ascendc.local_tensor<i32, "UB">
    // A block has one number on all its cores.
    // CHECK-NEXT: %[[CORE:.*]] = ascendc.get_block_idx
    // CHECK-NEXT: %[[RATION:.*]] = ascendc.get_task_ration
    // CHECK-NEXT: %block = arith.divsi %[[CORE]], %[[RATION]]
    // CHECK-NEXT: %rank = ascendc.rank_id %hccl
    // CHECK-NEXT: %windowAddress = ascendc.window %hccl, %rank
    // CHECK-NEXT: %counters = ascendc.set_global_buffer %windowAddress
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")

    // Counters grow from launch to launch: this one counts on from where the rank had come.
    // CHECK:      %[[N:.*]] = arith.addi %{{.*}}, %rank
    // CHECK:      %finishedWord = arith.muli %[[N]]
    // CHECK-NEXT: %[[COUNTER:.*]] = ascendc.element %counters[%finishedWord]
    // CHECK-NEXT: %base = call @ReadCounter(%[[COUNTER]], %word)
    dovetail.enter_launch %gathered : memref<?x?xf16, "gathered">

    // The first chunks wait for the end of the launch before at the peer, the others for what was in their slot before.
    // CHECK:      %[[SLOTS:.*]] = ascendc.tiling_field %tiling "slots"
    // CHECK-NEXT: %[[IS_EARLY:.*]] = arith.cmpi slt, %chunk, %[[SLOTS]]
    // CHECK-NEXT: scf.if %[[IS_EARLY]] {
    // CHECK:        %[[N:.*]] = arith.addi %{{.*}}, %peer
    // CHECK:        func.call @AwaitCounters(%{{.*}}, %seen, %c1_{{[0-9]+}}, %base)
    // CHECK:      } else {
    // CHECK:        %[[DONE:.*]] = arith.addi %chunk, %c1
    // CHECK:        %[[BEFORE:.*]] = arith.subi %[[DONE]], %{{.*}}
    // CHECK-NEXT:   %blocks = ascendc.get_block_num
    // CHECK-NEXT:   %[[TABLE:.*]] = ascendc.constant "RELEASES"
    // CHECK-NEXT:   %[[COLUMNS:.*]] = ascendc.constant "MOST_BLOCKS"
    // CHECK-NEXT:   %[[ROW:.*]] = arith.muli %peer, %[[COLUMNS]]
    // CHECK-NEXT:   arith.addi %[[TABLE]], %[[ROW]]
    // CHECK:        %[[CHUNKS:.*]] = arith.index_cast %[[BEFORE]] : index to i32
    // CHECK-NEXT:   %[[TARGET:.*]] = arith.addi %base, %[[CHUNKS]]
    // CHECK-NEXT:   func.call @AwaitCounters(%{{.*}}, %seen, %blocks, %[[TARGET]])
    dovetail.await_release %gathered[%chunk] of %peer : memref<?x?xf16, "gathered">

    // Each of the lanes copies its share, a multiple of 512 bytes, to the slot: [slots][ranks][rows of a chunk].
    // CHECK:      %skipped = arith.muli %chunk, %[[CHUNK_ROWS:.*]] :
    // CHECK:      %rows = arith.minsi
    // CHECK:      %elements = arith.muli %rows, %[[K:.*]] :
    // CHECK-NEXT: %[[LANES:.*]] = ascendc.tiling_field %tiling "lanes"
    // CHECK:      arith.divsi %{{.*}}, %[[LANES]]
    // CHECK:      %share = arith.muli %{{.*}}, %c256
    // CHECK-NEXT: %[[BEGIN:.*]] = arith.muli %block, %share
    // CHECK-NEXT: %begin = arith.minsi %[[BEGIN]], %elements
    // CHECK-NEXT: %[[LEFT:.*]] = arith.subi %elements, %begin
    // CHECK-NEXT: %count = arith.minsi %share, %[[LEFT]]
    // CHECK-NEXT: %peerAddress = ascendc.window %hccl, %peer
    // CHECK-NEXT: %[[DATA:.*]] = ascendc.constant "WINDOW_DATA"
    // CHECK-NEXT: %peerWindow = ascendc.set_global_buffer %peerAddress + %[[DATA]]
    // CHECK-NEXT: %[[SLOTS:.*]] = ascendc.tiling_field %tiling "slots"
    // CHECK-NEXT: %[[SLOT:.*]] = arith.remsi %chunk, %[[SLOTS]]
    // CHECK-NEXT: %ranks = ascendc.rank_dim %hccl
    // CHECK-NEXT: %[[A:.*]] = arith.muli %[[SLOT]], %ranks
    // CHECK-NEXT: %[[PLACE:.*]] = arith.addi %[[A]], %rank
    // CHECK:      %[[PART:.*]] = ascendc.element %peerWindow
    // CHECK-NEXT: %[[B:.*]] = arith.muli %skipped, %[[K]]
    // CHECK-NEXT: %[[C:.*]] = arith.addi %[[B]], %begin
    // CHECK-NEXT: %[[FROM:.*]] = ascendc.element %x1[%[[C]]]
    // CHECK-NEXT: %[[TO:.*]] = ascendc.element %[[PART]][%begin]
    // CHECK-NEXT: call @CopyThrough(%[[TO]], %[[FROM]], %staging, %count)
    dovetail.push %x1, %gathered[%chunk] to %peer : memref<?x?xf16>, memref<?x?xf16, "gathered">

    // The counter at the peer that belongs to this block of this rank.
    // CHECK:      %peerCounters = ascendc.set_global_buffer
    // CHECK-NEXT: %[[TABLE:.*]] = ascendc.constant "ARRIVALS"
    // CHECK:      %[[ROW:.*]] = arith.muli %rank
    // CHECK-NEXT: %[[FIRST:.*]] = arith.addi %[[TABLE]], %[[ROW]]
    // CHECK-NEXT: %[[OWN:.*]] = arith.addi %[[FIRST]], %block
    // CHECK:      %[[COUNTER:.*]] = ascendc.element %peerCounters
    // CHECK:      %chunksDone{{.*}} = arith.addi %chunk, %c1
    // CHECK:      %[[VALUE:.*]] = arith.addi %base
    // CHECK-NEXT: call @WriteCounter(%[[COUNTER]], %word, %[[VALUE]])
    dovetail.arrive %gathered[%chunk] at %peer : memref<?x?xf16, "gathered">

    // CHECK-NEXT: ascendc.cross_core_set_flag "ARRIVED" mode 2 pipe "MTE2"
    dovetail.forward
    // CHECK-NEXT: ascendc.cross_core_wait_flag "CONSUMED"
    dovetail.await_consumed
    // CHECK-NEXT: ascendc.sync_all
    // CHECK-NEXT: return
    dovetail.leave_launch %gathered : memref<?x?xf16, "gathered">
    return
  }

  // CHECK-LABEL: func.func private @receive(
  func.func private @receive(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %output: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("output")) attributes {dovetail.core = "vector 1"} {
    %chunk = func.call @give() : () -> index loc("chunk")
    %peer = func.call @give() : () -> index loc("peer")
    // CHECK: %window = ascendc.set_global_buffer
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    // CHECK: %base = call @ReadCounter
    dovetail.enter_launch %gathered : memref<?x?xf16, "gathered">

    // Own rows: rank * m * k elements come before them.
    // CHECK:      %elements = arith.muli
    // CHECK:      %[[BEFORE:.*]] = arith.muli %rank, %elements
    // CHECK-NEXT: %[[A:.*]] = arith.addi %[[BEFORE]], %begin
    // CHECK-NEXT: %[[TO:.*]] = ascendc.element %output[%[[A]]]
    // CHECK-NEXT: %[[FROM:.*]] = ascendc.element %x1[%begin]
    // CHECK-NEXT: call @CopyThrough(%[[TO]], %[[FROM]], %staging, %count)
    dovetail.keep_own %x1, %output : memref<?x?xf16>, memref<?x?xf16>

    // As many as all slots but one hold, of all peers, and one less than flags can be outstanding.
    // CHECK:      %[[PEERS:.*]] = arith.subi %ranks, %c1
    // CHECK-NEXT: %[[SLOTS:.*]] = ascendc.tiling_field %tiling "slots"
    // CHECK:      %[[LESS:.*]] = arith.subi %[[SLOTS]], %c1
    // CHECK:      %otherSlots = arith.maxsi %[[LESS]], %c1
    // CHECK-NEXT: %[[HELD:.*]] = arith.muli %otherSlots, %[[PEERS]]
    // CHECK:      %ahead = arith.minsi %[[HELD]], %c14
    %ahead = dovetail.ahead %gathered : memref<?x?xf16, "gathered">
    call @take(%ahead) : (index) -> ()

    // CHECK:      %[[LANES:.*]] = ascendc.tiling_field %tiling "lanes"
    // CHECK:      ascendc.constant "ARRIVALS"
    // CHECK:      call @AwaitCounters(%{{.*}}, %seen, %[[LANES]], %{{.*}})
    dovetail.await_arrival %gathered[%chunk] from %peer : memref<?x?xf16, "gathered">

    // CHECK:      %[[ABOVE:.*]] = arith.muli %peer, %{{.*}}
    // CHECK-NEXT: arith.addi %[[ABOVE]], %skipped
    // CHECK:      %[[TO:.*]] = ascendc.element %output
    // CHECK:      %[[PART:.*]] = ascendc.element %window
    // CHECK-NEXT: %[[FROM:.*]] = ascendc.element %[[PART]]
    // CHECK-NEXT: call @CopyThrough(%[[TO]], %[[FROM]], %staging, %{{.*}})
    dovetail.keep %gathered[%chunk] of %peer, %output : memref<?x?xf16, "gathered">, memref<?x?xf16>

    // CHECK:      %peerAddress = ascendc.window %hccl, %peer
    // CHECK:      ascendc.constant "RELEASES"
    // CHECK:      call @WriteCounter
    dovetail.release %gathered[%chunk] to %peer : memref<?x?xf16, "gathered">

    // Once all vector cores of the rank are done, block 0 tells all ranks how far this one has come.
    // CHECK:      ascendc.sync_all
    // CHECK:      %[[IS_FIRST:.*]] = arith.cmpi eq, %block, %c0
    // CHECK-NEXT: scf.if %[[IS_FIRST]] {
    // CHECK:        scf.for %[[P:.*]] = %{{.*}} to %{{.*}} step
    // CHECK-NEXT:     ascendc.window %hccl, %[[P]]
    // CHECK:          %[[CHUNKS:.*]] = ascendc.tiling_field %tiling "chunks"
    // CHECK-NEXT:     %[[GROWN:.*]] = arith.index_cast %[[CHUNKS]]
    // CHECK-NEXT:     %[[SUM:.*]] = arith.addi %base, %[[GROWN]]
    // CHECK-NEXT:     func.call @WriteCounter(%{{.*}}, %word, %[[SUM]])
    dovetail.leave_launch %gathered : memref<?x?xf16, "gathered">
    return
  }

  // CHECK-LABEL: func.func private @matmul(
  func.func private @matmul(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1")) attributes {dovetail.core = "cube"} {
    %arrivals = func.call @give() : () -> index loc("arrivals")
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64, slots = 2 : i64, lanes = 8 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    // The number of a block needs no division here: there is one cube core in each.
    // CHECK:      %block = ascendc.get_block_idx
    // CHECK-NEXT: call @take(%block)
    %block = dovetail.block
    call @take(%block) : (index) -> ()
    // CHECK:      scf.for %arrival = %c0{{.*}} to %arrivals
    // CHECK-NEXT:   ascendc.cross_core_wait_flag "ARRIVED"
    dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
    // Told once MTE2 is done, which has brought the rows to L1.
    // CHECK:      scf.for %arrival = %c0{{.*}} to %arrivals
    // CHECK-NEXT:   ascendc.cross_core_set_flag "CONSUMED" mode 2 pipe "MTE2"
    dovetail.consume %gathered, %arrivals : memref<?x?xf16, "gathered">
    return
  }
  func.func private @take(index)
  func.func private @give() -> index

  // CHECK-LABEL: func.func @kernel(
  // CHECK:         %hccl = ascendc.init_hccl %tiling
  // CHECK:         %[[CUBE:.*]] = ascendc.is_core AIC
  // CHECK-NEXT:    scf.if %[[CUBE]] {
  // CHECK-NEXT:      func.call @matmul(%tiling, %hccl, %x1
  // CHECK:         %[[VECTOR:.*]] = ascendc.is_core AIV
  // CHECK-NEXT:    scf.if %[[VECTOR]] {
  // CHECK-NEXT:      %[[NUMBER:.*]] = ascendc.get_sub_block_idx
  // CHECK:           %[[IS_FIRST:.*]] = arith.cmpi eq, %[[NUMBER]], %c0
  // CHECK-NEXT:      scf.if %[[IS_FIRST]] {
  // CHECK-NEXT:        func.call @send(%tiling, %hccl, %x1
  // CHECK-NEXT:      } else {
  // CHECK-NEXT:        func.call @receive(%tiling, %hccl, %x1, %output
  func.func @kernel(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %output: memref<?x?xf16> {dovetail.sizes = ["ranks * m", "k"]} loc("output")) attributes {dovetail.kernel} {
    call @matmul(%x1) {dovetail.core = "cube"} : (memref<?x?xf16>) -> ()
    call @send(%x1) {dovetail.core = "vector 0"} : (memref<?x?xf16>) -> ()
    call @receive(%x1, %output) {dovetail.core = "vector 1"} : (memref<?x?xf16>, memref<?x?xf16>) -> ()
    return
  }
}
