// The functions that the API headers call for instructions: they check parameters against the documented ranges, and
// describe what is to happen where, in bytes and fractals, for the executor.
#include "core.h"
#include "kernel_operator.h"
#include "perform.h"
#include "report.h"

namespace dovetail {

namespace {

Instruction Describe(Operation operation, pipe_t pipe, const Operand &destination, const Operand &first,
                     Location where) {
    Instruction instruction = {};
    instruction.operation = operation;
    instruction.pipe = pipe;
    instruction.where = where;
    instruction.destination = destination;
    instruction.first = first;
    return instruction;
}

pipe_t PipeOfCopy(Core &core, const Operand &destination, const Operand &source, Location where) {
    const Memory to = destination.memory;
    const Memory from = source.memory;
    if (from == Memory::Global && (to == Memory::L1 || to == Memory::UB)) {
        return PIPE_MTE2;
    }
    if (to == Memory::Global && (from == Memory::UB || from == Memory::L1)) {
        return PIPE_MTE3;
    }
    if (from == Memory::UB && to == Memory::UB) {
        return PIPE_V;
    }
    if (from == Memory::UB && to == Memory::L1) {
        return PIPE_MTE3;
    }
    if (from == Memory::L1 && (to == Memory::BT || to == Memory::FB)) {
        return to == Memory::BT ? PIPE_MTE1 : PIPE_FIX;
    }
    FailCore(core, where, "wrong memory: DataCopy does not go from %s to %s", NameOf(from), NameOf(to));
}

void CheckAlignment(Core &core, const Operand &operand, uint32_t alignment, const char *function, Location where) {
    if (operand.memory != Memory::Global && operand.address % alignment != 0) {
        FailCore(core, where, "misaligned: %s: address %llu of %s is not a multiple of %u", function,
                 static_cast<unsigned long long>(operand.address), NameOf(operand.memory), alignment);
    }
}

void CheckRange(Core &core, uint64_t value, uint64_t low, uint64_t high, const char *what, Location where) {
    if (value < low || value > high) {
        FailCore(core, where, "limit: %s is %llu, not in %llu..%llu", what, static_cast<unsigned long long>(value),
                 static_cast<unsigned long long>(low), static_cast<unsigned long long>(high));
    }
}

uint64_t RoundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

void CopyBlocks(const Operand &destination, const Operand &source, uint32_t count, uint64_t bytes,
                uint64_t destination_gap, uint64_t source_gap, Location where) {
    Core &core = CurrentCore();
    const pipe_t pipe = PipeOfCopy(core, destination, source, where);
    if (bytes % 32 != 0) {
        FailCore(core, where, "limit: DataCopy of %llu bytes, which is not a multiple of 32",
                 static_cast<unsigned long long>(bytes));
    }
    CheckRange(core, count, 0, 4095, "DataCopy: blockCount", where);
    CheckAlignment(core, destination, 32, "DataCopy", where);
    CheckAlignment(core, source, 32, "DataCopy", where);
    if (count == 0 || bytes == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Copy, pipe, destination, source, where);
    instruction.copy.block_count = count;
    instruction.copy.block_bytes = bytes;
    instruction.copy.source_pitch = static_cast<int64_t>(bytes + source_gap);
    instruction.copy.destination_pitch = static_cast<int64_t>(bytes + destination_gap);
    instruction.copy.accumulates = destination.memory == Memory::Global && core.registers.adds_to_global;
    instruction.copy.added = core.registers.added;
    Issue(instruction);
}

void CopyPadded(const Operand &destination, const Operand &source, const AscendC::DataCopyExtParams &blocks, bool fills,
                uint32_t left_bytes, uint32_t right_bytes, uint64_t fill, uint32_t element_bytes, Location where) {
    Core &core = CurrentCore();
    if (destination.memory != Memory::UB) {
        FailCore(core, where, "wrong memory: DataCopyPad goes from global memory to UB, not to %s",
                 NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 32, "DataCopyPad", where);
    CheckRange(core, blocks.blockCount, 0, 4095, "DataCopyPad: blockCount", where);
    CheckRange(core, blocks.blockLen, 0, 2097151, "DataCopyPad: blockLen", where);
    CheckRange(core, left_bytes, 0, 32, "DataCopyPad: leftPadding in bytes", where);
    CheckRange(core, right_bytes, 0, 32, "DataCopyPad: rightPadding in bytes", where);
    if (blocks.blockLen % element_bytes != 0) {
        FailCore(core, where, "limit: DataCopyPad: blockLen %u is not a multiple of the element's %u bytes",
                 blocks.blockLen, element_bytes);
    }
    if (blocks.blockCount == 0 || blocks.blockLen == 0) {
        return;
    }
    const uint64_t padded = RoundUp(left_bytes + blocks.blockLen + right_bytes, 32);
    Instruction instruction = Describe(Operation::Copy, PIPE_MTE2, destination, source, where);
    instruction.copy.block_count = blocks.blockCount;
    instruction.copy.block_bytes = blocks.blockLen;
    instruction.copy.source_pitch = static_cast<int64_t>(blocks.blockLen) + blocks.srcStride;
    instruction.copy.destination_pitch = static_cast<int64_t>(padded + blocks.dstStride * 32ull);
    instruction.copy.left_bytes = left_bytes;
    instruction.copy.right_bytes = static_cast<uint32_t>(padded - left_bytes - blocks.blockLen);
    instruction.copy.fills = true;
    instruction.copy.fill = fills ? fill : core.registers.pad_value;
    instruction.copy.fill_bytes = static_cast<uint8_t>(element_bytes);
    Issue(instruction);
}

void CopyUnpadded(const Operand &destination, const Operand &source, const AscendC::DataCopyExtParams &blocks,
                  uint32_t element_bytes, Location where) {
    Core &core = CurrentCore();
    if (source.memory != Memory::UB) {
        FailCore(core, where, "wrong memory: DataCopyPad goes from UB to global memory, not from %s",
                 NameOf(source.memory));
    }
    CheckAlignment(core, source, 32, "DataCopyPad", where);
    CheckRange(core, blocks.blockCount, 0, 4095, "DataCopyPad: blockCount", where);
    CheckRange(core, blocks.blockLen, 0, 2097151, "DataCopyPad: blockLen", where);
    if (blocks.blockLen % element_bytes != 0) {
        FailCore(core, where, "limit: DataCopyPad: blockLen %u is not a multiple of the element's %u bytes",
                 blocks.blockLen, element_bytes);
    }
    if (blocks.blockCount == 0 || blocks.blockLen == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Copy, PIPE_MTE3, destination, source, where);
    instruction.copy.block_count = blocks.blockCount;
    instruction.copy.block_bytes = blocks.blockLen;
    instruction.copy.source_pitch = static_cast<int64_t>(RoundUp(blocks.blockLen, 32) + blocks.srcStride * 32ull);
    instruction.copy.destination_pitch = static_cast<int64_t>(blocks.blockLen) + blocks.dstStride;
    instruction.copy.accumulates = core.registers.adds_to_global;
    instruction.copy.added = core.registers.added;
    Issue(instruction);
}

void CopyBias(const Operand &destination, const Operand &source, uint32_t count, uint64_t bytes, uint64_t source_gap,
              uint64_t destination_gap, Location where) {
    Core &core = CurrentCore();
    if (source.memory != Memory::L1) {
        FailCore(core, where, "DataCopy does not go from %s to %s", NameOf(source.memory), NameOf(destination.memory));
    }
    if (destination.element == source.element) {
        return CopyBlocks(destination, source, count, bytes, destination_gap, source_gap, where);
    }
    const bool widens = source.element == Element::Half || source.element == Element::Brain;
    if (!widens || destination.element != Element::Float) {
        FailCore(core, where, "DataCopy to the bias table makes floats of halves and bfloat16s, and nothing else");
    }
    CheckAlignment(core, destination, 64, "DataCopy", where);
    CheckAlignment(core, source, 32, "DataCopy", where);
    CheckRange(core, count, 0, 4095, "DataCopy: blockCount", where);
    if (count == 0 || bytes == 0) {
        return;
    }
    if (bytes % 64 != 0) {
        FailCore(core, where, "DataCopy to the bias table of %llu bytes, which is not a multiple of 64",
                 static_cast<unsigned long long>(bytes));
    }
    Instruction instruction = Describe(Operation::CopyBias, PIPE_MTE1, destination, source, where);
    instruction.copy.block_count = count;
    instruction.copy.block_bytes = bytes;
    instruction.copy.source_pitch = static_cast<int64_t>(bytes + source_gap);
    instruction.copy.destination_pitch = static_cast<int64_t>(2 * bytes + destination_gap);
    Issue(instruction);
}

void CopyNdToNz(const Operand &destination, const Operand &source, const NdToNzShape &wanted, uint32_t longest_row,
                uint64_t longest_pitch, Location where) {
    Core &core = CurrentCore();
    if (destination.memory != Memory::L1) {
        FailCore(core, where, "wrong memory: DataCopy of ND to NZ goes to L1, not to %s", NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 32, "DataCopy", where);
    if (wanted.matrices == 0 || wanted.rows == 0 || wanted.columns == 0) {
        return;
    }
    CheckRange(core, wanted.matrices, 1, 4095, "Nd2NzParams.ndNum", where);
    CheckRange(core, wanted.rows, 1, 16384, "Nd2NzParams.nValue", where);
    CheckRange(core, wanted.columns, 1, longest_row, "Nd2NzParams.dValue", where);
    CheckRange(core, wanted.source_row_pitch, 1, longest_pitch, "Nd2NzParams.srcDValue", where);
    CheckRange(core, wanted.block_column_pitch, 1, 16384, "Nd2NzParams.dstNzC0Stride", where);
    CheckRange(core, wanted.row_pitch, 1, 16384, "Nd2NzParams.dstNzNStride", where);
    Instruction instruction = Describe(Operation::CopyNdToNz, PIPE_MTE2, destination, source, where);
    instruction.nd_to_nz = wanted;
    Issue(instruction);
}

void CopyDnToNz(const Operand &destination, const Operand &source, const NdToNzShape &shape, Location where) {
    Core &core = CurrentCore();
    if (destination.memory != Memory::L1) {
        FailCore(core, where, "DataCopy of DN to NZ goes to L1, not to %s", NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 32, "DataCopy", where);
    if (shape.matrices == 0 || shape.rows == 0 || shape.columns == 0) {
        return;
    }
    CheckRange(core, shape.matrices, 1, 1, "Dn2NzParams.dnNum, of which more than 1 is not implemented,", where);
    CheckRange(core, shape.columns, 1, 16384, "Dn2NzParams.nValue", where);
    CheckRange(core, shape.source_row_pitch, 1, (1ull << 40) - 1, "Dn2NzParams.srcDValue", where);
    CheckRange(core, shape.block_column_pitch, 1, 16384, "Dn2NzParams.dstNzC0Stride", where);
    CheckRange(core, shape.row_pitch, 1, 16384, "Dn2NzParams.dstNzNStride", where);
    Instruction instruction = Describe(Operation::CopyDnToNz, PIPE_MTE2, destination, source, where);
    instruction.nd_to_nz = shape;
    Issue(instruction);
}

void FillBlocks(const Operand &destination, uint32_t count, uint64_t bytes, uint64_t gap, uint64_t value,
                uint32_t value_bytes, Location where) {
    Core &core = CurrentCore();
    if (destination.memory != Memory::L1) {
        FailCore(core, where, "Fill of %s is not implemented", NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 32, "Fill", where);
    CheckRange(core, count, 0, 32767, "Fill: repeatTimes", where);
    CheckRange(core, bytes / 32, 0, 32767, "Fill: blockNum", where);
    if (count == 0 || bytes == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Fill, PIPE_MTE2, destination, destination, where);
    instruction.copy.block_count = count;
    instruction.copy.block_bytes = bytes;
    instruction.copy.destination_pitch = static_cast<int64_t>(bytes + gap);
    instruction.copy.fill = value;
    instruction.copy.fill_bytes = static_cast<uint8_t>(value_bytes);
    Issue(instruction);
}

void LoadFractals(const Operand &destination, const Operand &source, const AscendC::LoadData2DParams &parameters,
                  uint32_t element_bytes, Location where) {
    Core &core = CurrentCore();
    const bool to_l0 = destination.memory == Memory::L0A || destination.memory == Memory::L0B;
    const bool from_global = source.memory == Memory::Global;
    if (!(to_l0 && (source.memory == Memory::L1 || from_global)) &&
        !(destination.memory == Memory::L1 && from_global)) {
        FailCore(core, where, "wrong memory: LoadData does not go from %s to %s", NameOf(source.memory),
                 NameOf(destination.memory));
    }
    CheckAlignment(core, destination, to_l0 ? 512 : 32, "LoadData", where);
    CheckAlignment(core, source, 32, "LoadData", where);
    if (parameters.ifTranspose && (element_bytes != 2 || from_global)) {
        FailCore(core, where, "limit: LoadData: ifTranspose takes elements of 16 bits, from L1");
    }
    if (IsHalfByte(source.element) && from_global) {
        FailCore(core, where, "limit: LoadData takes elements of 4 bits from L1 alone");
    }
    if (parameters.repeatTimes == 0) {
        return;
    }
    Instruction instruction =
        Describe(Operation::LoadFractals, from_global ? PIPE_MTE2 : PIPE_MTE1, destination, source, where);
    FractalShape &shape = instruction.fractals;
    shape.start = parameters.startIndex;
    shape.repeat = parameters.repeatTimes;
    shape.source_step = parameters.addrMode == 0 ? parameters.srcStride : -static_cast<int32_t>(parameters.srcStride);
    shape.destination_step = 1u + parameters.dstGap;
    shape.transposes = parameters.ifTranspose;
    Issue(instruction);
}

void LoadSquares(const Operand &destination, const Operand &source,
                 const AscendC::LoadData2dTransposeParams &parameters, Location where) {
    Core &core = CurrentCore();
    const bool to_l0 = destination.memory == Memory::L0A || destination.memory == Memory::L0B;
    if (!to_l0 || source.memory != Memory::L1) {
        FailCore(core, where, "LoadDataWithTranspose does not go from %s to %s", NameOf(source.memory),
                 NameOf(destination.memory));
    }
    if (IsHalfByte(source.element) && destination.memory != Memory::L0B) {
        FailCore(core, where, "limit: LoadDataWithTranspose takes elements of 4 bits to L0B alone");
    }
    CheckAlignment(core, destination, 512, "LoadDataWithTranspose", where);
    CheckAlignment(core, source, 32, "LoadDataWithTranspose", where);
    if (parameters.repeatTimes == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::LoadSquares, PIPE_MTE1, destination, source, where);
    SquareShape &shape = instruction.squares;
    shape.start = parameters.startIndex;
    shape.repeat = parameters.repeatTimes;
    shape.source_step = parameters.addrMode == 0 ? parameters.srcStride : -static_cast<int32_t>(parameters.srcStride);
    shape.destination_step = 1u + parameters.dstGap;
    shape.fractal_step = 1u + parameters.dstFracGap;
    Issue(instruction);
}

// Columns of fractals of 32 bytes, one behind the other; a column is contiguous.
void LoadScales(const Operand &destination, const Operand &source, const AscendC::LoadData2DMxParams &parameters,
                Location where) {
    constexpr uint64_t kFractal = 32;
    Core &core = CurrentCore();
    CheckAlignment(core, destination, IsHalfByte(destination.element) ? 512 : 1024, "LoadData with scales", where);
    CheckAlignment(core, source, 32, "LoadData: scales", where);
    if (source.memory != Memory::L1) {
        FailCore(core, where, "LoadData: scales come from L1, not from %s", NameOf(source.memory));
    }
    if (parameters.xStep == 0 || parameters.yStep == 0) {
        return;
    }
    Operand from = source, to = destination;
    from.address +=
        (static_cast<uint64_t>(parameters.xStartPosition) * parameters.srcStride + parameters.yStartPosition) *
        kFractal;
    to.memory = destination.memory == Memory::L0A ? Memory::L0AScales : Memory::L0BScales;
    to.address = destination.address / 16;
    to.element = source.element;
    to.extent = kUnbounded;
    Instruction instruction = Describe(Operation::Copy, PIPE_MTE1, to, from, where);
    instruction.copy.block_count = parameters.xStep;
    instruction.copy.block_bytes = parameters.yStep * kFractal;
    instruction.copy.source_pitch = static_cast<int64_t>(parameters.srcStride * kFractal);
    instruction.copy.destination_pitch = static_cast<int64_t>(parameters.dstStride * kFractal);
    Issue(instruction);
}

void LoadRegion(const Operand &destination, const Operand &source, const AscendC::LoadData2DParamsV2 &parameters,
                uint32_t element_bytes, Location where) {
    Core &core = CurrentCore();
    const bool to_l0 = destination.memory == Memory::L0A || destination.memory == Memory::L0B;
    if (!to_l0 || source.memory != Memory::L1) {
        FailCore(core, where, "LoadData does not go from %s to %s", NameOf(source.memory), NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 512, "LoadData", where);
    CheckAlignment(core, source, 32, "LoadData", where);
    CheckRange(core, parameters.mStep, 0, 255, "LoadData2DParamsV2.mStep", where);
    CheckRange(core, parameters.kStep, 0, 255, "LoadData2DParamsV2.kStep", where);
    if (parameters.mStep == 0 || parameters.kStep == 0) {
        return;
    }
    if (parameters.ifTranspose && (element_bytes > 2 || IsHalfByte(source.element))) {
        FailCore(core, where, "LoadData: ifTranspose of this type is not implemented");
    }
    if (parameters.ifTranspose && element_bytes == 1 && parameters.mStep % 2 != 0) {
        FailCore(core, where, "LoadData: to transpose 8-bit numbers mStep must be a multiple of 2, not %u",
                 parameters.mStep);
    }
    Instruction instruction = Describe(Operation::LoadRegion, PIPE_MTE1, destination, source, where);
    RegionShape &shape = instruction.region;
    shape.first_row = parameters.mStartPosition;
    shape.first_column = parameters.kStartPosition;
    shape.rows = parameters.mStep;
    shape.columns = parameters.kStep;
    shape.source_pitch = parameters.srcStride;
    shape.destination_pitch = parameters.dstStride;
    shape.transposes = parameters.ifTranspose;
    Issue(instruction);
}

void Multiply(const Operand &c, const Operand &a, const Operand &b, const Operand &bias, MultiplyShape shape,
              Location where) {
    Core &core = CurrentCore();
    if (c.memory != Memory::L0C || a.memory != Memory::L0A || b.memory != Memory::L0B) {
        FailCore(core, where, "wrong memory: Mmad takes L0C, L0A and L0B, not %s, %s and %s", NameOf(c.memory),
                 NameOf(a.memory), NameOf(b.memory));
    }
    CheckAlignment(core, c, 1024, "Mmad: C", where);
    CheckAlignment(core, a, 512, "Mmad: A", where);
    CheckAlignment(core, b, 512, "Mmad: B", where);
    CheckRange(core, shape.m, 0, 4095, "Mmad: m", where);
    CheckRange(core, shape.n, 0, 4095, "Mmad: n", where);
    CheckRange(core, shape.k, 0, 4095, "Mmad: k", where);
    if (shape.m == 0 || shape.n == 0 || shape.k == 0) {
        return;
    }
    if (IsHalfByte(a.element) && shape.k % 2 != 0) {
        FailCore(core, where, "limit: Mmad: k is %u; of elements of 4 bits it is even", shape.k);
    }
    if (shape.has_scales) {
        const uint64_t alignment = IsHalfByte(a.element) ? 512 : 1024;
        CheckAlignment(core, a, alignment, "MmadMx: A", where);
        CheckAlignment(core, b, alignment, "MmadMx: B", where);
        if (shape.k % 64 != 0) {
            FailCore(core, where, "MmadMx: k is %u, not a multiple of 64", shape.k);
        }
    }
    Instruction instruction = Describe(Operation::Multiply, PIPE_M, c, a, where);
    instruction.second = b;
    instruction.third = bias.element != Element::None ? bias : Operand{0, Memory::BT, c.element};
    instruction.multiply = shape;
    Issue(instruction);
}

void StoreTile(const Operand &destination, const Operand &source, const Operand &scales, bool row_major,
               const AscendC::FixpipeParamsV220 &parameters, Location where) {
    Core &core = CurrentCore();
    if (source.memory != Memory::L0C || (destination.memory != Memory::Global && destination.memory != Memory::L1)) {
        FailCore(core, where, "wrong memory: Fixpipe does not go from %s to %s", NameOf(source.memory),
                 NameOf(destination.memory));
    }
    CheckAlignment(core, source, 64, "Fixpipe", where);
    CheckAlignment(core, destination, 32, "Fixpipe", where);
    if (parameters.nSize == 0 || parameters.mSize == 0 || parameters.ndNum == 0) {
        return;
    }
    CheckRange(core, parameters.nSize, 1, 4095, "Fixpipe: nSize", where);
    CheckRange(core, parameters.mSize, 1, row_major ? 8192 : 65535, "Fixpipe: mSize", where);
    if (!row_major && parameters.nSize % 16 != 0) {
        FailCore(core, where, "limit: Fixpipe: nSize %u is not a multiple of 16, as NZ wants", parameters.nSize);
    }
    const bool has_scales = scales.element != Element::None;
    if (has_scales != (parameters.quantPre == VDEQF16)) {
        FailCore(core, where, "Fixpipe: a tensor of scales goes with VDEQF16, and with nothing else");
    }
    if (has_scales && scales.memory != Memory::L1) {
        FailCore(core, where, "Fixpipe: scales lie in L1, not in %s", NameOf(scales.memory));
    }
    CheckAlignment(core, scales, 32, "Fixpipe: scales", where);
    Instruction instruction = Describe(Operation::StoreTile, PIPE_FIX, destination, source, where);
    instruction.second = scales;
    StoreShape &shape = instruction.store;
    shape.columns = parameters.nSize;
    shape.rows = parameters.mSize;
    shape.block_column_pitch = parameters.srcStride;
    shape.destination_pitch = parameters.dstStride;
    shape.matrices = parameters.ndNum;
    shape.source_matrix_pitch = parameters.srcNdStride;
    shape.destination_matrix_pitch = parameters.dstNdStride;
    shape.conversion = parameters.quantPre;
    shape.row_major = row_major;
    shape.clamps_negative = parameters.reluEn;
    shape.accumulates = destination.memory == Memory::Global && core.registers.adds_to_global;
    shape.unit_flag = parameters.unitFlag;
    shape.scale = parameters.deqScalar;
    Issue(instruction);
}

void Elementwise(VectorFunction function, const Operand &destination, const Operand &first, const Operand &second,
                 uint64_t scalar, int64_t count, AscendC::RoundMode rounding, Location where) {
    Core &core = CurrentCore();
    const Operand *operands[] = {&destination, &first, &second};
    for (const Operand *operand : operands) {
        if (operand->element != Element::None && operand->memory != Memory::UB) {
            FailCore(core, where, "wrong memory: vector functions work in UB, not in %s", NameOf(operand->memory));
        }
        CheckAlignment(core, *operand, 32, "vector function", where);
    }
    if (count < 0) {
        FailCore(core, where, "limit: a vector function over %lld elements", static_cast<long long>(count));
    }
    if (count == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Vector, PIPE_V, destination, first, where);
    instruction.second = second;
    instruction.vector.function = function;
    instruction.vector.rounding = rounding;
    instruction.vector.count = static_cast<uint32_t>(count);
    instruction.vector.scalar = scalar;
    Issue(instruction);
}

void Repeated(VectorFunction function, const Operand &destination, const Operand &first, const Operand &second,
              uint64_t mask, uint8_t repeats, const RepeatPitches &pitches, AscendC::RoundMode rounding,
              Location where) {
    Core &core = CurrentCore();
    const Operand *operands[] = {&destination, &first, &second};
    uint32_t widest = 1;
    for (const Operand *operand : operands) {
        if (operand->element == Element::None) {
            continue;
        }
        if (operand->memory != Memory::UB) {
            FailCore(core, where, "vector functions work in UB, not in %s", NameOf(operand->memory));
        }
        CheckAlignment(core, *operand, 32, "vector function", where);
        widest = BytesOf(operand->element) > widest ? BytesOf(operand->element) : widest;
    }
    CheckRange(core, mask, 1, 256 / widest, "vector function: mask", where);
    if (repeats == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::VectorRepeat, PIPE_V, destination, first, where);
    instruction.second = second;
    RepeatShape &shape = instruction.repeat;
    shape.function = function;
    shape.rounding = rounding;
    shape.lanes = static_cast<uint8_t>(mask);
    shape.repeats = repeats;
    for (int i = 0; i < 3; ++i) {
        shape.block_pitch[i] = pitches.block[i];
        shape.repeat_pitch[i] = pitches.repeat[i];
    }
    Issue(instruction);
}

void Broadcast(const Operand &destination, const Operand &source, uint8_t repeats,
               const AscendC::BrcbRepeatParams &parameters, Location where) {
    Core &core = CurrentCore();
    for (const Operand *operand : {&destination, &source}) {
        if (operand->memory != Memory::UB) {
            FailCore(core, where, "Brcb works in UB, not in %s", NameOf(operand->memory));
        }
        CheckAlignment(core, *operand, 32, "Brcb", where);
    }
    const uint32_t bytes = BytesOf(source.element);
    if (bytes != 2 && bytes != 4) {
        FailCore(core, where, "Brcb takes elements of 16 and 32 bits");
    }
    if (repeats == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Broadcast, PIPE_V, destination, source, where);
    instruction.broadcast.repeats = repeats;
    instruction.broadcast.block_pitch = parameters.dstBlkStride == 0 ? 1 : parameters.dstBlkStride;
    instruction.broadcast.repeat_pitch = parameters.dstRepStride;
    Issue(instruction);
}

uint64_t Select(const Operand &destination, const Operand &source, uint8_t pattern, bool counts, uint32_t mask,
                const AscendC::GatherMaskParams &parameters, Location where) {
    Core &core = CurrentCore();
    for (const Operand *operand : {&destination, &source}) {
        if (operand->memory != Memory::UB) {
            FailCore(core, where, "GatherMask works in UB, not in %s", NameOf(operand->memory));
        }
        CheckAlignment(core, *operand, 32, "GatherMask", where);
    }
    const uint32_t bytes = BytesOf(source.element);
    if (bytes != 2 && bytes != 4) {
        FailCore(core, where, "GatherMask takes elements of 16 and 32 bits");
    }
    CheckRange(core, pattern, 1, 7, "GatherMask: src1Pattern", where);
    if (counts && parameters.repeatTimes != 1) {
        FailCore(core, where, "GatherMask: counter mode is implemented for one repeat");
    }
    if (parameters.src0BlockStride != 1 || (parameters.repeatTimes > 1 && parameters.src0RepeatStride != 8)) {
        FailCore(core, where, "GatherMask: only sources that lie together are implemented");
    }
    if (parameters.repeatTimes == 0) {
        return 0;
    }
    Instruction instruction = Describe(Operation::Select, PIPE_V, destination, source, where);
    instruction.select.count = counts ? mask : parameters.repeatTimes * 256u / bytes;
    instruction.select.pattern = pattern;
    Issue(instruction);
    const uint32_t step = pattern == 7 ? 1 : pattern > 2 ? 4 : 2;
    return instruction.select.count / step;
}

}  // namespace dovetail
