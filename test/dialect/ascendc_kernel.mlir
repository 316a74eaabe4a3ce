// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Where a kernel finds itself, in the format of each operation, there and back.

func.func @kernel(%address: !ascendc.address, %workspace: !ascendc.address) {
  // CHECK: ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
  ascendc.kernel_type "KERNEL_TYPE_MIX_AIC_1_2"
  // CHECK: ascendc.init_soc_state
  ascendc.init_soc_state
  // CHECK: %0 = ascendc.tiling_data %arg0 as "AllGatherMatmulTiling"
  %tiling = ascendc.tiling_data %address as "AllGatherMatmulTiling"
  // CHECK: %1 = ascendc.tiling_field %0 "m"
  %m = ascendc.tiling_field %tiling "m"
  // CHECK: %2 = ascendc.init_hccl %0
  %hccl = ascendc.init_hccl %tiling
  // CHECK: %3 = ascendc.rank_id %2
  %rank = ascendc.rank_id %hccl
  // CHECK: %4 = ascendc.rank_dim %2
  %ranks = ascendc.rank_dim %hccl
  // CHECK: %5 = ascendc.window %2, %3
  %window = ascendc.window %hccl, %rank
  // CHECK: %6 = ascendc.is_core AIC
  %is_cube = ascendc.is_core AIC
  // CHECK: %7 = ascendc.is_core AIV
  %is_vector = ascendc.is_core AIV
  // CHECK: %8 = ascendc.get_block_idx
  %block = ascendc.get_block_idx
  // CHECK: %9 = ascendc.get_block_num
  %blocks = ascendc.get_block_num
  // CHECK: %10 = ascendc.get_sub_block_idx
  %sub_block = ascendc.get_sub_block_idx
  // CHECK: %11 = ascendc.get_task_ration
  %ration = ascendc.get_task_ration
  return
}
