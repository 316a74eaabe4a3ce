// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// Flags and barriers, in the format of each operation, there and back.

func.func @kernel(%slot: index) {
  // CHECK: ascendc.set_flag "MTE1_MTE2" 0
  ascendc.set_flag "MTE1_MTE2" 0
  // CHECK: ascendc.set_flag "MTE1_MTE2" 0 + %arg0
  ascendc.set_flag "MTE1_MTE2" 0 + %slot
  // CHECK: ascendc.wait_flag "MTE1_MTE2" 0
  ascendc.wait_flag "MTE1_MTE2" 0
  // CHECK: ascendc.wait_flag "MTE1_MTE2" 0 + %arg0
  ascendc.wait_flag "MTE1_MTE2" 0 + %slot
  // CHECK: ascendc.pipe_barrier "PIPE_M"
  ascendc.pipe_barrier "PIPE_M"
  // CHECK: ascendc.cross_core_set_flag "kArrived" mode 2 pipe "PIPE_MTE2"
  ascendc.cross_core_set_flag "kArrived" mode 2 pipe "PIPE_MTE2"
  // CHECK: ascendc.cross_core_wait_flag "kArrived"
  ascendc.cross_core_wait_flag "kArrived"
  // CHECK: ascendc.sync_all
  ascendc.sync_all
  return
}
