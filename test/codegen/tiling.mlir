// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines --strict-whitespace
// The tiling struct has a field for each parameter of the tiling function, in its order. No field is a word of C++.

//      CHECK:#ifndef SMALL_MATMUL_TILING_H
// CHECK-NEXT:#define SMALL_MATMUL_TILING_H
// CHECK-EMPTY:
// CHECK-NEXT:#include <cstddef>
// CHECK-NEXT:#include <cstdint>
// CHECK-EMPTY:
// CHECK-NEXT:struct SmallMatmulTiling {
// CHECK-NEXT:    int64_t m;
// CHECK-NEXT:    int64_t rows;
// CHECK-NEXT:    int64_t long_;
// CHECK-NEXT:};
// CHECK-EMPTY:
// CHECK-NEXT:#endif  // SMALL_MATMUL_TILING_H

//      CHECK:#include "small_matmul_tiling.h"
// CHECK-EMPTY:
// CHECK-NEXT:// Fills the tiling struct for sizes m, message. Returns 0, or 1 with a message that says why not.
// CHECK-NEXT:extern "C" int32_t small_matmul_tiling(const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t windowBytes,
// CHECK-NEXT:        void *tilingBytes, char *message, uint64_t messageSize) {
// CHECK-NEXT:    (void)windowBytes;
// CHECK-NEXT:    const int64_t m = sizes[0];
// CHECK-NEXT:    const int64_t message2 = sizes[1];
// CHECK-NEXT:    auto *tiling = static_cast<SmallMatmulTiling *>(tilingBytes);
// CHECK-NEXT:    tiling->m = m;
// CHECK-NEXT:    const int64_t rows = m * ranks;
// CHECK-NEXT:    if (rows < blocks) {
// CHECK-NEXT:        snprintf(message, messageSize, "\"rows\" are %lld, and message is %lld", static_cast<long long>(rows),
// CHECK-NEXT:                static_cast<long long>(message2));
// CHECK-NEXT:        return 1;
// CHECK-NEXT:    }
// CHECK-NEXT:    tiling->rows = rows;
// CHECK-NEXT:    tiling->long_ = ranks;
// CHECK-NEXT:    return 0;
// CHECK-NEXT:}
// CHECK-EMPTY:
// CHECK-NEXT:extern "C" uint64_t small_matmul_tiling_bytes() {
// CHECK-NEXT:    return sizeof(SmallMatmulTiling);
// CHECK-NEXT:}
func.func @small_matmul_tiling(
    %m: index loc("m"), %message: index loc("message"),
    %ranks: index loc("ranks"), %blocks: index loc("blocks"), %window: index loc("windowBytes"))
    attributes {dovetail.host = ["m", "message"]} {
  ascendc.parameter "m" = %m
  %rows = arith.muli %m, %ranks : index loc("rows")
  %few = arith.cmpi slt, %rows, %blocks : index
  scf.if %few {
    ascendc.refuse "\22rows\22 are %lld, and message is %lld", %rows, %message
  }
  ascendc.parameter "rows" = %rows
  ascendc.parameter "long" = %ranks
  return
}
