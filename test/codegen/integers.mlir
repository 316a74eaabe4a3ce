// RUN: dovetail-opt %s --emit-source | filecheck %s
// How the calls are printed that integers and their scales need.

// CHECK-LABEL: {{.*}} void CubeCore(
func.func private @cubeCore(%scale: !ascendc.global_tensor<f32> loc("scale"), %output: !ascendc.global_tensor<f16> loc("output"), %sums: !ascendc.global_tensor<si32> loc("sums"), %l1: !ascendc.local_tensor<i8, "L1"> loc("l1"), %words: !ascendc.local_tensor<f32, "L1"> loc("words"), %scales: !ascendc.local_tensor<i64, "L1"> loc("scales"), %l0a: !ascendc.local_tensor<i8, "L0A"> loc("l0A"), %l0b: !ascendc.local_tensor<i8, "L0B"> loc("l0B"), %l0c: !ascendc.local_tensor<si32, "L0C"> loc("l0C"), %n: index loc("n"), %first: i1 loc("first")) {
  // Squares of two fractals, which come to lie together.
  // CHECK:      {{^ +}}LoadDataWithTranspose(l0B, l1, LoadData2dTransposeParams(0, n, n, 1, 0));
  ascendc.load_data_with_transpose %l0b, %l1 repeat %n stride %n of 2 : !ascendc.local_tensor<i8, "L0B">, !ascendc.local_tensor<i8, "L1">
  // CHECK-NEXT: Mmad(l0C, l0A, l0B, MmadParams(n, n, n, 0, false, first));
  ascendc.mmad %l0c, %l0a, %l0b sizes %n, %n, %n initial %first : !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<i8, "L0A">, !ascendc.local_tensor<i8, "L0B">
  // CHECK-NEXT: Fixpipe<int32_t, int32_t, CFG_ROW_MAJOR>(sums, l0C,
  // CHECK-NEXT: FixpipeParamsV220(n, n, n, n, false, QuantMode_t::NoQuant, 0, 1, 0, 0, 0));
  ascendc.fixpipe %sums, %l0c, %n x %n aligned %n stride %n : !ascendc.global_tensor<si32>, !ascendc.local_tensor<si32, "L0C">
  // CHECK-NEXT: DataCopy(words, scale, Nd2NzParams(1, 1, n, 0, 1, 1, 1, 0));
  ascendc.copy_words %words, %scale, %n : !ascendc.local_tensor<f32, "L1">, !ascendc.global_tensor<f32>
  // CHECK-NEXT: Fixpipe<half, int32_t, CFG_ROW_MAJOR>(output, l0C, scales,
  // CHECK-NEXT: FixpipeParamsV220(n, n, n, n, false, QuantMode_t::VDEQF16, 0, 1, 0, 0, 0));
  ascendc.fixpipe %output, %l0c, %n x %n aligned %n stride %n scaled %scales : !ascendc.global_tensor<f16>, !ascendc.local_tensor<si32, "L0C">, !ascendc.local_tensor<i64, "L1">
  return
}

// CHECK-LABEL: {{.*}} void VectorCore(
func.func private @vectorCore(%sums: !ascendc.global_tensor<si32> loc("sums"), %output: !ascendc.global_tensor<f16> loc("output"), %integers: !ascendc.local_tensor<si32, "UB"> loc("integers"), %numbers: !ascendc.local_tensor<f32, "UB"> loc("numbers"), %rounded: !ascendc.local_tensor<f16, "UB"> loc("rounded"), %words: !ascendc.local_tensor<i32, "UB"> loc("words"), %packed: !ascendc.local_tensor<i64, "UB"> loc("packed"), %n: index loc("n"), %gap: index loc("gap"), %blocks: index loc("blocks")) {
  // CHECK:      {{^ +}}DataCopyPad(integers, sums, DataCopyExtParams(n, n * sizeof(int32_t), gap * sizeof(int32_t), blocks, 0),
  // CHECK-NEXT: DataCopyPadExtParams<int32_t>(false, 0, 0, 0));
  ascendc.copy_rows_in %integers, %sums, %n x %n gaps %gap, %blocks : !ascendc.local_tensor<si32, "UB">, !ascendc.global_tensor<si32>
  // CHECK-NEXT: DataCopyPad(output, rounded, DataCopyExtParams(n, n * sizeof(half), blocks, gap * sizeof(half), 0));
  ascendc.copy_rows_out %output, %rounded, %n x %n gaps %blocks, %gap : !ascendc.global_tensor<f16>, !ascendc.local_tensor<f16, "UB">
  // CHECK-NEXT: Cast(numbers, integers, RoundMode::CAST_RINT, n, n, UnaryRepeatParams(1, 1, 8, 8));
  ascendc.cast %numbers, %integers lanes %n repeats %n pitches [8, 8] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<si32, "UB">
  // One block of the first factor serves all blocks of a row.
  // CHECK-NEXT: Mul(numbers, numbers, numbers, n, n, BinaryRepeatParams(1, 0, 1, 8, 1, 0));
  ascendc.mul %numbers, %numbers, %numbers lanes %n repeats %n blocks [1, 0, 1] rows [8, 1, 0] : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  // CHECK-NEXT: Cast(rounded, numbers, RoundMode::CAST_RINT, n, n, UnaryRepeatParams(1, 1, 4, 8));
  ascendc.cast %rounded, %numbers lanes %n repeats %n pitches [4, 8] : !ascendc.local_tensor<f16, "UB">, !ascendc.local_tensor<f32, "UB">
  // CHECK-NEXT: Brcb(numbers, numbers, n, BrcbRepeatParams(1, 8));
  ascendc.brcb %numbers, %numbers repeats %n : !ascendc.local_tensor<f32, "UB">, !ascendc.local_tensor<f32, "UB">
  // The low halves of 64 bits.
  // CHECK-NEXT: const LocalTensor<uint32_t> halves = packed.ReinterpretCast<uint32_t>();
  // CHECK-NEXT: uint64_t selected = 0;
  // CHECK-NEXT: GatherMask(words, halves, 1, true, n, GatherMaskParams(1, 1, 8, 0), selected);
  %halves = ascendc.reinterpret_cast %packed : !ascendc.local_tensor<i64, "UB"> -> !ascendc.local_tensor<i32, "UB"> loc("halves")
  ascendc.gather_mask %words, %halves, %n : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  // CHECK-NEXT: ShiftRight(words, words, static_cast<uint32_t>(13), static_cast<int32_t>(n));
  ascendc.shift %words, %words, %n right 13 : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  // CHECK-NEXT: ShiftLeft(words, words, static_cast<uint32_t>(13), static_cast<int32_t>(n));
  ascendc.shift %words, %words, %n left 13 : !ascendc.local_tensor<i32, "UB">, !ascendc.local_tensor<i32, "UB">
  return
}

// CHECK-LABEL: {{.*}} void Counts(
func.func private @counts(%taken: !ascendc.slot_counter loc("taken")) {
  // CHECK-NEXT: ++taken;
  ascendc.count_up %taken
  return
}
