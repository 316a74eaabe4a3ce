// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// The tiling function, in the format of each operation, there and back.

func.func @tiling(%m: index, %k: index) {
  // CHECK: ascendc.parameter "m" = %arg0
  ascendc.parameter "m" = %m
  // CHECK: ascendc.refuse "k is %lld, which is too much", %arg1
  ascendc.refuse "k is %lld, which is too much", %k
  // CHECK: ascendc.refuse "m is %lld and k is %lld", %arg0, %arg1
  ascendc.refuse "m is %lld and k is %lld", %m, %k
  return
}
