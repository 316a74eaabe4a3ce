// The functions that the API headers call for instructions: they check parameters against the documented ranges, and
// describe what is to happen where, in bytes and fractals, for the executor.
#include "core.h"
#include "kernel_operator.h"
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

void CopyNdToNz(const Operand &destination, const Operand &source, const AscendC::Nd2NzParams &parameters,
                uint32_t element_bytes, Location where) {
    Core &core = CurrentCore();
    if (destination.memory != Memory::L1) {
        FailCore(core, where, "wrong memory: DataCopy of ND to NZ goes to L1, not to %s", NameOf(destination.memory));
    }
    CheckAlignment(core, destination, 32, "DataCopy", where);
    if (parameters.ndNum == 0 || parameters.nValue == 0 || parameters.dValue == 0) {
        return;
    }
    CheckRange(core, parameters.ndNum, 1, 4095, "Nd2NzParams.ndNum", where);
    CheckRange(core, parameters.nValue, 1, 16384, "Nd2NzParams.nValue", where);
    CheckRange(core, parameters.srcDValue, 1, 65535, "Nd2NzParams.srcDValue", where);
    CheckRange(core, parameters.dstNzC0Stride, 1, 16384, "Nd2NzParams.dstNzC0Stride", where);
    CheckRange(core, parameters.dstNzNStride, 1, 16384, "Nd2NzParams.dstNzNStride", where);
    Instruction instruction = Describe(Operation::CopyNdToNz, PIPE_MTE2, destination, source, where);
    NdToNzShape &shape = instruction.nd_to_nz;
    shape.matrices = parameters.ndNum;
    shape.rows = parameters.nValue;
    shape.columns = parameters.dValue;
    shape.source_matrix_pitch = parameters.srcNdMatrixStride;
    shape.source_row_pitch = parameters.srcDValue;
    shape.block_column_pitch = parameters.dstNzC0Stride;
    shape.row_pitch = parameters.dstNzNStride;
    shape.destination_matrix_pitch = parameters.dstNzMatrixStride;
    shape.element_bytes = static_cast<uint8_t>(element_bytes);
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

void Multiply(const Operand &c, const Operand &a, const Operand &b, const Operand &bias,
              const AscendC::MmadParams &parameters, Location where) {
    Core &core = CurrentCore();
    if (c.memory != Memory::L0C || a.memory != Memory::L0A || b.memory != Memory::L0B) {
        FailCore(core, where, "wrong memory: Mmad takes L0C, L0A and L0B, not %s, %s and %s", NameOf(c.memory),
                 NameOf(a.memory), NameOf(b.memory));
    }
    const bool has_bias = bias.element != Element::None || (!parameters.cmatrixInitVal && parameters.cmatrixSource);
    CheckAlignment(core, c, 1024, "Mmad: C", where);
    CheckAlignment(core, a, 512, "Mmad: A", where);
    CheckAlignment(core, b, 512, "Mmad: B", where);
    CheckRange(core, parameters.m, 0, 4095, "Mmad: m", where);
    CheckRange(core, parameters.n, 0, 4095, "Mmad: n", where);
    CheckRange(core, parameters.k, 0, 4095, "Mmad: k", where);
    if (parameters.m == 0 || parameters.n == 0 || parameters.k == 0) {
        return;
    }
    Instruction instruction = Describe(Operation::Multiply, PIPE_M, c, a, where);
    instruction.second = b;
    instruction.third = bias.element != Element::None ? bias : Operand{0, Memory::BT, c.element};
    MultiplyShape &shape = instruction.multiply;
    shape.m = parameters.m;
    shape.n = parameters.n;
    shape.k = parameters.k;
    shape.has_bias = has_bias;
    shape.initialises = !has_bias && parameters.cmatrixInitVal && !parameters.isBias;
    shape.unit_flag = parameters.unitFlag;
    shape.aligns_k_to_16 = parameters.kDirectionAlign;
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

}  // namespace dovetail
