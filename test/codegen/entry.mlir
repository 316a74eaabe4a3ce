// RUN: dovetail-opt %s --emit-source --split-input-file | filecheck %s --match-full-lines --strict-whitespace
// The files of a kernel: what they include, the functions in the order of the module, the entry last.

//      CHECK:#include "kernel_operator.h"
// CHECK-NEXT:#include "do_nothing_tiling.h"
// CHECK-EMPTY:
// CHECK-NEXT:using namespace AscendC;
// CHECK-EMPTY:
// CHECK-NEXT:__aicore__ inline void Stage(const DoNothingTiling &tiling) {
// CHECK-NEXT:}
// CHECK-EMPTY:
// CHECK-NEXT:extern "C" __global__ __aicore__ void do_nothing(GM_ADDR x1Address, GM_ADDR workspace, GM_ADDR tilingAddress) {
// CHECK-NEXT:    REGISTER_TILING_DEFAULT(DoNothingTiling);
// CHECK-NEXT:    GET_TILING_DATA_WITH_STRUCT(DoNothingTiling, tiling, tilingAddress);
// CHECK-NEXT:    Stage(tiling);
// CHECK-NEXT:}
//      CHECK:#ifndef DO_NOTHING_TILING_H
//  CHECK-NOT:kernel_tiling.h
//      CHECK:#endif  // DO_NOTHING_TILING_H
//      CHECK:extern "C" int32_t do_nothing_tiling({{.*}}
func.func @do_nothing_tiling(%ranks: index loc("ranks"), %blocks: index loc("blocks"), %window: index loc("windowBytes"))
    attributes {dovetail.host = []} {
  return
}
func.func private @stage(%tiling: !ascendc.tiling loc("tiling")) { return }
func.func @do_nothing(
    %x1: !ascendc.address loc("x1Address"), %workspace: !ascendc.address loc("workspace"),
    %address: !ascendc.address loc("tilingAddress")) attributes {ascendc.entry} {
  %tiling = ascendc.tiling_data %address as "DoNothingTiling" loc("tiling")
  call @stage(%tiling) : (!ascendc.tiling) -> ()
  return
}

// -----

// Where ranks meet, the header of Hccl, and its part of the tiling struct in front.
//      CHECK:#include "kernel_operator.h"
// CHECK-NEXT:#include "lib/hccl/hccl.h"
// CHECK-NEXT:#include "meet_tiling.h"
//      CHECK:#include "kernel_tiling/kernel_tiling.h"
// CHECK-EMPTY:
// CHECK-NEXT:struct MeetTiling {
// CHECK-NEXT:    Mc2InitTiling mc2InitTiling;
// CHECK-NEXT:    Mc2CcTiling mc2CcTiling;
// CHECK-NEXT:    int64_t m;
// CHECK-NEXT:};
func.func @meet_tiling(%m: index loc("m"), %ranks: index loc("ranks"), %blocks: index loc("blocks"), %window: index loc("windowBytes"))
    attributes {dovetail.host = ["m"]} {
  ascendc.parameter "m" = %m
  return
}
func.func @meet(%workspace: !ascendc.address loc("workspace"), %address: !ascendc.address loc("tilingAddress"))
    attributes {ascendc.entry} {
  %tiling = ascendc.tiling_data %address as "MeetTiling" loc("tiling")
  %hccl = ascendc.init_hccl %tiling loc("hccl")
  return
}
