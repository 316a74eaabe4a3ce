// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines
// One operation of the dialect ascendc is one call of Ascend C.

// Numbers with names, and cross-core flags, are constants of the file.
//      CHECK: constexpr int64_t COUNTER_WORDS = 8;
// CHECK-NEXT: constexpr int64_t WINDOW_DATA = 262656;
// CHECK-NEXT: constexpr uint16_t ARRIVED = 0;
// CHECK-NEXT: constexpr uint16_t CONSUMED = 1;

// CHECK: {{.*}} void Surroundings(GM_ADDR tilingAddress) {
func.func @surroundings(%address: !ascendc.address loc("tilingAddress")) {
  // CHECK-NEXT: KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
  ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
  // CHECK-NEXT: InitSocState();
  ascendc.init_soc_state
  // CHECK-NEXT: REGISTER_TILING_DEFAULT(Tiling);
  // CHECK-NEXT: GET_TILING_DATA_WITH_STRUCT(Tiling, tiling, tilingAddress);
  %tiling = ascendc.tiling_data %address as "Tiling" loc("tiling")
  // CHECK-NEXT: Hccl<> hccl;
  // CHECK-NEXT: hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
  // CHECK-NEXT: hccl.SetCcTilingV2(offsetof(Tiling, mc2CcTiling));
  %hccl = ascendc.init_hccl %tiling loc("hccl")
  // CHECK-NEXT: const int64_t rank = hccl.GetRankId();
  %rank = ascendc.rank_id %hccl loc("rank")
  // CHECK-NEXT: const int64_t peers = hccl.GetRankDim() - 1;
  %c1 = arith.constant 1 : index
  %ranks = ascendc.rank_dim %hccl
  %peers = arith.subi %ranks, %c1 : index loc("peers")
  // CHECK-NEXT: const int64_t block = GetBlockIdx() / GetTaskRation();
  %core = ascendc.get_block_idx
  %ration = ascendc.get_task_ration
  %block = arith.divsi %core, %ration : index loc("block")
  // CHECK-NEXT: const int64_t last = GetBlockNum() - rank;
  %blocks = ascendc.get_block_num
  %last = arith.subi %blocks, %rank : index loc("last")
  // CHECK-NEXT: Take(peers, tiling.new_, block, last, tiling.m, tiling.m + GetSubBlockIdx());
  %m = ascendc.tiling_field %tiling "m"
  %sub_block = ascendc.get_sub_block_idx
  %sum = arith.addi %m, %sub_block : index
  %new = ascendc.tiling_field %tiling "new"
  call @take(%peers, %new, %block, %last, %m, %sum) : (index, index, index, index, index, index) -> ()
  // CHECK-NEXT: }
  return
}

// CHECK: {{.*}} void GlobalMemory(Hccl<> &hccl, GM_ADDR x1Address, int64_t rank) {
func.func @global_memory(%hccl: !ascendc.hccl loc("hccl"), %address: !ascendc.address loc("x1Address"), %rank: index loc("rank")) {
  // CHECK-NEXT: GlobalTensor<half> x1;
  // CHECK-NEXT: x1.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x1Address));
  %x1 = ascendc.set_global_buffer %address : !ascendc.global_tensor<f16> loc("x1")
  // CHECK-NEXT: GM_ADDR peerAddress = hccl.GetWindowsInAddr(rank);
  %peer = ascendc.window %hccl, %rank loc("peerAddress")
  // CHECK-NEXT: GlobalTensor<bfloat16_t> peerWindow;
  // CHECK-NEXT: peerWindow.SetGlobalBuffer(reinterpret_cast<__gm__ bfloat16_t *>(peerAddress + WINDOW_DATA));
  %data = ascendc.constant "WINDOW_DATA" = 262656
  %window = ascendc.set_global_buffer %peer + %data : !ascendc.global_tensor<bf16> loc("peerWindow")
  // CHECK-NEXT: GlobalTensor<uint32_t> tensor;
  // CHECK-NEXT: tensor.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(hccl.GetWindowsInAddr(rank + 1)));
  %c1 = arith.constant 1 : index
  %next = arith.addi %rank, %c1 : index
  %unnamed = ascendc.window %hccl, %next
  %counters = ascendc.set_global_buffer %unnamed : !ascendc.global_tensor<i32>
  // CHECK-NEXT: const GlobalTensor<half> row = x1[rank * 64];
  %c64 = arith.constant 64 : index
  %offset = arith.muli %rank, %c64 : index
  %row = ascendc.element %x1[%offset] : !ascendc.global_tensor<f16> loc("row")
  // CHECK-NEXT: TakeTensors(row[rank][1], peerWindow);
  %0 = ascendc.element %row[%rank] : !ascendc.global_tensor<f16>
  %1 = ascendc.element %0[%c1] : !ascendc.global_tensor<f16>
  call @take_tensors(%1, %window) : (!ascendc.global_tensor<f16>, !ascendc.global_tensor<bf16>) -> ()
  return
}

// A buffer is all of its ring; a slot is that part of it from which its elements on belong to the slot.
// CHECK: {{.*}} void Buffers(int64_t i) {
func.func @buffers(%i: index loc("i")) {
  // CHECK-NEXT: LocalTensor<half> l1A(TPosition::A1, 1024, 65536);
  %ring = ascendc.buffer "A1" 2 x 32768 {offset = 1024 : i64} : !ascendc.local_tensor<f16, "L1"> loc("l1A")
  // CHECK-NEXT: LocalTensor<uint32_t> word(TPosition::VECIN, 0, 8);
  %word = ascendc.buffer "VECIN" 1 x 8 {offset = 0 : i64} : !ascendc.local_tensor<i32, "UB"> loc("word")
  // CHECK-NEXT: int64_t l1Taken = 0;
  %taken = ascendc.counter loc("l1Taken")
  // CHECK-NEXT: const int64_t l1Slot = l1Taken++ % 2;
  %slot = ascendc.next_slot %taken of 2 loc("l1Slot")
  // CHECK-NEXT: const LocalTensor<half> leftTile = l1A[l1Slot * 32768];
  %tile = ascendc.slot %ring[%slot] x 32768 : !ascendc.local_tensor<f16, "L1"> loc("leftTile")
  // CHECK-NEXT: TakeTile(leftTile[i]);
  %0 = ascendc.element %tile[%i] : !ascendc.local_tensor<f16, "L1">
  call @take_tile(%0) : (!ascendc.local_tensor<f16, "L1">) -> ()
  // The first slot is the buffer itself.
  // CHECK-NEXT: word.SetValue(0, 7);
  %c0 = arith.constant 0 : index
  %c7 = arith.constant 7 : i32
  %first = ascendc.slot %word[%c0] x 8 : !ascendc.local_tensor<i32, "UB"> loc("words")
  ascendc.set_value %c7, %first[%c0] : i32, !ascendc.local_tensor<i32, "UB">
  // CHECK-NEXT: const uint32_t shown = word.GetValue(i * COUNTER_WORDS);
  %words = ascendc.constant "COUNTER_WORDS" = 8
  %place = arith.muli %i, %words : index
  %shown = ascendc.get_value %first[%place] : !ascendc.local_tensor<i32, "UB"> -> i32 loc("shown")
  return
}

// CHECK: {{.*}} void Instructions({{.*}}
func.func @instructions(
    %x: !ascendc.global_tensor<f16> loc("x"), %y: !ascendc.global_tensor<bf16> loc("y"),
    // CHECK-NEXT: {{.*}}, int64_t rows, int64_t columns, int64_t stride) {
    %z: !ascendc.global_tensor<f32> loc("z"), %rows: index loc("rows"), %columns: index loc("columns"), %stride: index loc("stride")) {
  // CHECK: LocalTensor<float> l0C(TPosition::CO1, 0, 16384);
  %l1 = ascendc.buffer "A1" 1 x 32768 {offset = 0 : i64} : !ascendc.local_tensor<f16, "L1"> loc("l1")
  %ub = ascendc.buffer "VECIN" 1 x 32768 {offset = 0 : i64} : !ascendc.local_tensor<f16, "UB"> loc("ub")
  %l0a = ascendc.buffer "A2" 1 x 16384 {offset = 0 : i64} : !ascendc.local_tensor<f16, "L0A"> loc("l0A")
  %l0b = ascendc.buffer "B2" 1 x 16384 {offset = 0 : i64} : !ascendc.local_tensor<f16, "L0B"> loc("l0B")
  %l0c = ascendc.buffer "CO1" 1 x 16384 {offset = 0 : i64} : !ascendc.local_tensor<f32, "L0C"> loc("l0C")
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %sum = arith.addi %rows, %columns : index
  %first = arith.cmpi eq, %rows, %c1 : index

  // CHECK-NEXT: DataCopy(l1, x, Nd2NzParams(1, rows, columns, 0, stride, 16, 1, 0));
  ascendc.copy_nd_to_nz %l1, %x, %rows x %columns stride %stride aligned %c16 : !ascendc.local_tensor<f16, "L1">, !ascendc.global_tensor<f16>

  // CHECK-NEXT: DataCopyPad(ub, x, DataCopyExtParams(1, (rows + columns) * sizeof(half), 0, 0, 0),
  // CHECK-NEXT: DataCopyPadExtParams<half>(false, 0, 0, 0));
  ascendc.copy_in %ub, %x, %sum : !ascendc.local_tensor<f16, "UB">, !ascendc.global_tensor<f16>

  // CHECK-NEXT: DataCopyPad(x, ub, DataCopyExtParams(1, columns * sizeof(half), 0, 0, 0));
  ascendc.copy_out %x, %ub, %columns : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">

  // CHECK-NEXT: DataCopyPad(x, ub, DataCopyExtParams(1, sizeof(half), 0, 0, 0));
  ascendc.copy_out %x, %ub, %c1 {publishes} : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">

  // CHECK-NEXT: LoadData(l0A, l1, LoadData2DParams(0, rows, stride, 0, 0, false, 0));
  ascendc.load_data %l0a, %l1 repeat %rows stride %stride transpose false : !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L1">

  // CHECK-NEXT: LoadData(l0B, l1, LoadData2DParams(0, rows, stride, 0, 0, true, 0));
  ascendc.load_data %l0b, %l1 repeat %rows stride %stride transpose true : !ascendc.local_tensor<f16, "L0B">, !ascendc.local_tensor<f16, "L1">

  // CHECK-NEXT: Mmad(l0C, l0A, l0B, MmadParams(rows, columns, 16, 0, false, rows == 1));
  ascendc.mmad %l0c, %l0a, %l0b sizes %rows, %columns, %c16 initial %first : !ascendc.local_tensor<f32, "L0C">, !ascendc.local_tensor<f16, "L0A">, !ascendc.local_tensor<f16, "L0B">

  // The accumulator is rounded to the type of the matrix that it goes to.
  // CHECK-NEXT: Fixpipe<half, float, CFG_ROW_MAJOR>(x, l0C,
  // CHECK-NEXT: FixpipeParamsV220(columns, rows, 16, stride, false, QuantMode_t::F322F16, 0, 1, 0, 0, 0));
  ascendc.fixpipe %x, %l0c, %rows x %columns aligned %c16 stride %stride : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f32, "L0C">
  // CHECK-NEXT: Fixpipe<bfloat16_t, float, CFG_ROW_MAJOR>(y, l0C,
  // CHECK-NEXT: FixpipeParamsV220(columns, rows, 16, stride, false, QuantMode_t::F322BF16, 0, 1, 0, 0, 0));
  ascendc.fixpipe %y, %l0c, %rows x %columns aligned %c16 stride %stride : !ascendc.global_tensor<bf16>, !ascendc.local_tensor<f32, "L0C">
  // CHECK-NEXT: Fixpipe<float, float, CFG_ROW_MAJOR>(z, l0C,
  // CHECK-NEXT: FixpipeParamsV220(columns, rows, 16, stride, false, QuantMode_t::NoQuant, 0, 1, 0, 0, 0));
  ascendc.fixpipe %z, %l0c, %rows x %columns aligned %c16 stride %stride : !ascendc.global_tensor<f32>, !ascendc.local_tensor<f32, "L0C">
  return
}

// CHECK: {{.*}} void Synchronization(int64_t slot) {
func.func @synchronization(%slot: index loc("slot")) {
  // CHECK-NEXT: SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID3);
  ascendc.set_flag "MTE1_MTE2" 3
  // CHECK-NEXT: WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
  ascendc.wait_flag "MTE1_MTE2" 0
  // CHECK-NEXT: SetFlag<HardEvent::MTE2_MTE1>(slot);
  ascendc.set_flag "MTE2_MTE1" 0 + %slot
  // CHECK-NEXT: WaitFlag<HardEvent::MTE2_MTE1>(slot + 2);
  ascendc.wait_flag "MTE2_MTE1" 2 + %slot
  // CHECK-NEXT: PipeBarrier<PIPE_MTE3>();
  ascendc.pipe_barrier "MTE3"
  // CHECK-NEXT: CrossCoreSetFlag<2, PIPE_MTE2>(CONSUMED);
  ascendc.cross_core_set_flag "CONSUMED" mode 2 pipe "MTE2"
  // CHECK-NEXT: CrossCoreWaitFlag(ARRIVED);
  ascendc.cross_core_wait_flag "ARRIVED"
  // CHECK-NEXT: SyncAll<true>();
  ascendc.sync_all
  // CHECK-NEXT: }
  return
}

func.func private @take(%a: index, %b: index, %c: index, %d: index, %e: index, %f: index) { return }
func.func private @take_tensors(%a: !ascendc.global_tensor<f16>, %b: !ascendc.global_tensor<bf16>) { return }
func.func private @take_tile(%a: !ascendc.local_tensor<f16, "L1">) { return }
