// RUN: dovetail-opt %s --emit-source | filecheck %s --match-full-lines --strict-whitespace
// Functions: how they take arguments, what they give back, their comments, and lines that are too long.

// Tensors and the structs of the surroundings by reference, numbers by value.
//      CHECK:// Has one parameter of each kind.
// CHECK-NEXT:__aicore__ inline void ManyParameters(const Tiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1,
// CHECK-NEXT:        const LocalTensor<float> &tile, int64_t &taken, GM_ADDR address, int64_t count, bool isLast, uint32_t target) {
// CHECK-NEXT:}
func.func private @many_parameters(
    %tiling: !ascendc.tiling loc("tiling"), %hccl: !ascendc.hccl loc("hccl"),
    %x1: !ascendc.global_tensor<f16> loc("x1"), %tile: !ascendc.local_tensor<f32, "L0C"> loc("tile"),
    %taken: !ascendc.slot_counter loc("taken"), %address: !ascendc.address loc("address"),
    %count: index loc("count"), %last: i1 loc("is_last"), %target: i32 loc("target"))
    attributes {dovetail.comment = "Has one parameter of each kind."} {
  return
}

// The types of elements.
//      CHECK:__aicore__ inline void Elements(const GlobalTensor<half> &a, const GlobalTensor<bfloat16_t> &b,
// CHECK-NEXT:        const GlobalTensor<float> &c, const GlobalTensor<uint32_t> &d) {
func.func private @elements(
    %a: !ascendc.global_tensor<f16> loc("a"), %b: !ascendc.global_tensor<bf16> loc("b"),
    %c: !ascendc.global_tensor<f32> loc("c"), %d: !ascendc.global_tensor<i32> loc("d")) {
  return
}

//      CHECK:__aicore__ inline uint32_t Successor(uint32_t value) {
// CHECK-NEXT:    return value + 1;
// CHECK-NEXT:}
func.func private @successor(%value: i32 loc("value")) -> i32 {
  %c1 = arith.constant 1 : i32
  %sum = arith.addi %value, %c1 : i32
  return %sum : i32
}

//      CHECK:__aicore__ inline void Calls(uint32_t value) {
// CHECK-NEXT:    // A comment of a statement stands above it.
// CHECK-NEXT:    const uint32_t next = Successor(value);
// CHECK-NEXT:    const uint32_t value2 = Successor(next * 2);
// CHECK-NEXT:    Ignore(value2);
// CHECK-NEXT:}
func.func private @calls(%value: i32 loc("value")) {
  %c2 = arith.constant 2 : i32
  %next = call @successor(%value) {dovetail.comment = "A comment of a statement stands above it."} : (i32) -> i32 loc("next")
  %double = arith.muli %next, %c2 : i32
  %unnamed = call @successor(%double) : (i32) -> i32
  call @ignore(%unnamed) : (i32) -> ()
  return
}
func.func private @ignore(%value: i32 loc("value")) { return }

// Lines break behind commas, outer ones first; comments break between words.
//      CHECK:__aicore__ inline void LongLines(int64_t aQuiteLongName, int64_t anotherQuiteLongName) {
// CHECK-NEXT:    if (aQuiteLongName < 0) {
// CHECK-NEXT:        // This comment is longer than a line, for it says one thing, and another thing, and in the end a third thing
// CHECK-NEXT:        // too.
// CHECK-NEXT:        TakesFour(aQuiteLongName + anotherQuiteLongName, aQuiteLongName - anotherQuiteLongName,
// CHECK-NEXT:                aQuiteLongName * anotherQuiteLongName, aQuiteLongName / anotherQuiteLongName);
// CHECK-NEXT:    }
// CHECK-NEXT:}
func.func private @long_lines(%a: index loc("a_quite_long_name"), %b: index loc("another_quite_long_name")) {
  %c0 = arith.constant 0 : index
  %negative = arith.cmpi slt, %a, %c0 : index
  scf.if %negative {
    %0 = arith.addi %a, %b : index
    %1 = arith.subi %a, %b : index
    %2 = arith.muli %a, %b : index
    %3 = arith.divsi %a, %b : index
    func.call @takes_four(%0, %1, %2, %3) {dovetail.comment = "This comment is longer than a line, for it says one thing, and another thing, and in the end a third thing too."} : (index, index, index, index) -> ()
  }
  return
}
func.func private @takes_four(%a: index, %b: index, %c: index, %d: index) { return }
