#include "footprint.h"

namespace dovetail {

namespace {

constexpr uint64_t kFractalBytes = 512;
constexpr uint64_t kFractalRowBytes = 32;
constexpr uint64_t kBlockBytes = 32;  // of UB
constexpr uint32_t kFractalRows = 16;
constexpr uint64_t kAccumulatorBytes = 4;

uint32_t CeilDivide(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit; }

// Fractals of 16 lines (rows of A, columns of B), each a row of `depth_elements` along k. `lines` lines and `depth`
// elements of k count; the steps go to the next 16 lines and to the next fractal along k.
void AddFractals(std::vector<Strip> &strips, const Operand &operand, uint32_t lines, uint32_t depth,
                 uint32_t depth_elements, int64_t line_step, int64_t depth_step) {
    const uint32_t whole_lines = lines / kFractalRows, whole_depth = depth / depth_elements;
    const uint32_t rest_lines = lines % kFractalRows, rest_depth = depth % depth_elements;
    const uint64_t rest_bytes = rest_depth * kFractalRowBytes / depth_elements;
    const int64_t last_line = whole_lines * line_step, last_depth = whole_depth * depth_step;
    const auto row = static_cast<int64_t>(kFractalRowBytes);
    if (whole_lines != 0 && whole_depth != 0) {
        const bool lines_inside = line_step < depth_step;
        const Strip::Loop along_lines = {line_step, whole_lines}, along_depth = {depth_step, whole_depth};
        strips.push_back({&operand,
                          0,
                          kFractalBytes,
                          {{}, lines_inside ? along_depth : along_lines, lines_inside ? along_lines : along_depth}});
    }
    if (whole_lines != 0 && rest_depth != 0) {
        strips.push_back({&operand,
                          static_cast<uint64_t>(last_depth),
                          rest_bytes,
                          {{}, {line_step, whole_lines}, {row, kFractalRows}}});
    }
    if (rest_lines != 0 && whole_depth != 0) {
        strips.push_back({&operand,
                          static_cast<uint64_t>(last_line),
                          rest_lines * kFractalRowBytes,
                          {{}, {}, {depth_step, whole_depth}}});
    }
    if (rest_lines != 0 && rest_depth != 0) {
        strips.push_back(
            {&operand, static_cast<uint64_t>(last_line + last_depth), rest_bytes, {{}, {}, {row, rest_lines}}});
    }
}

// `rows` rows and `columns` columns of an accumulator in NZ: columns of fractals `column_pitch` bytes apart.
void AddAccumulator(std::vector<Strip> &strips, const Operand &operand, uint32_t rows, uint32_t columns,
                    int64_t column_pitch, uint32_t matrices = 1, int64_t matrix_pitch = 0) {
    constexpr uint32_t kColumns = 16;
    constexpr uint64_t kRowBytes = kColumns * kAccumulatorBytes;
    const uint32_t whole = columns / kColumns, rest = columns % kColumns;
    if (whole != 0) {
        strips.push_back({&operand, 0, rows * kRowBytes, {{}, {matrix_pitch, matrices}, {column_pitch, whole}}});
    }
    if (rest != 0) {
        strips.push_back({&operand,
                          static_cast<uint64_t>(whole * column_pitch),
                          rest * kAccumulatorBytes,
                          {{}, {matrix_pitch, matrices}, {kRowBytes, rows}}});
    }
}

void DescribeCopy(const Instruction &instruction, Footprint &footprint) {
    const CopyShape &shape = instruction.copy;
    footprint.reads.push_back(
        {&instruction.first, 0, shape.block_bytes, {{}, {}, {shape.source_pitch, shape.block_count}}});
    const uint64_t skipped = shape.fills ? 0 : shape.left_bytes;
    const uint64_t written = shape.block_bytes + (shape.fills ? shape.left_bytes + shape.right_bytes : 0);
    footprint.writes.push_back(
        {&instruction.destination, skipped, written, {{}, {}, {shape.destination_pitch, shape.block_count}}});
    if (shape.accumulates) {
        footprint.reads.push_back(footprint.writes.back());
    }
}

void DescribeNdToNz(const Instruction &instruction, Footprint &footprint) {
    const NdToNzShape &shape = instruction.nd_to_nz;
    const uint64_t row_bytes = static_cast<uint64_t>(shape.columns) * shape.element_bytes;
    const uint32_t block_columns = CeilDivide(static_cast<uint32_t>(row_bytes), kFractalRowBytes);
    const auto bytes_of = [&](uint64_t elements) { return static_cast<int64_t>(elements * shape.element_bytes); };
    footprint.reads.push_back(
        {&instruction.first,
         0,
         row_bytes,
         {{}, {bytes_of(shape.source_matrix_pitch), shape.matrices}, {bytes_of(shape.source_row_pitch), shape.rows}}});
    footprint.writes.push_back({&instruction.destination,
                                0,
                                kFractalRowBytes,
                                {{bytes_of(shape.destination_matrix_pitch), shape.matrices},
                                 {static_cast<int64_t>(shape.block_column_pitch * kFractalRowBytes), block_columns},
                                 {static_cast<int64_t>(shape.row_pitch * kFractalRowBytes), shape.rows}}});
}

void DescribeDnToNz(const Instruction &instruction, Footprint &footprint) {
    const NdToNzShape &shape = instruction.nd_to_nz;
    const auto row_pitch = static_cast<int64_t>(shape.source_row_pitch * shape.element_bytes);
    footprint.reads.push_back({&instruction.first,
                               0,
                               static_cast<uint64_t>(shape.columns) * shape.element_bytes,
                               {{}, {}, {row_pitch, shape.rows}}});
    const auto in_block = static_cast<uint32_t>(kFractalRowBytes / shape.element_bytes);
    footprint.writes.push_back(
        {&instruction.destination,
         0,
         kFractalRowBytes,
         {{},
          {static_cast<int64_t>(shape.block_column_pitch * kFractalRowBytes), CeilDivide(shape.rows, in_block)},
          {static_cast<int64_t>(shape.row_pitch * kFractalRowBytes), shape.columns}}});
}

void DescribeFill(const Instruction &instruction, Footprint &footprint) {
    const CopyShape &shape = instruction.copy;
    footprint.writes.push_back(
        {&instruction.destination, 0, shape.block_bytes, {{}, {}, {shape.destination_pitch, shape.block_count}}});
}

void DescribeLoadFractals(const Instruction &instruction, Footprint &footprint) {
    const FractalShape &shape = instruction.fractals;
    const auto fractal = static_cast<int64_t>(kFractalBytes);
    footprint.reads.push_back({&instruction.first,
                               shape.start * kFractalBytes,
                               kFractalBytes,
                               {{}, {}, {shape.source_step * fractal, shape.repeat}}});
    footprint.writes.push_back(
        {&instruction.destination, 0, kFractalBytes, {{}, {}, {shape.destination_step * fractal, shape.repeat}}});
}

void DescribeLoadSquares(const Instruction &instruction, Footprint &footprint) {
    const SquareShape &shape = instruction.squares;
    const uint32_t fractals = ElementsOfRow(instruction.first.element) / kFractalRows;
    const auto fractal = static_cast<int64_t>(kFractalBytes);
    footprint.reads.push_back({&instruction.first,
                               shape.start * fractals * kFractalBytes,
                               fractals * kFractalBytes,
                               {{}, {}, {shape.source_step * fractals * fractal, shape.repeat}}});
    footprint.writes.push_back(
        {&instruction.destination,
         0,
         kFractalBytes,
         {{}, {shape.destination_step * fractal, shape.repeat}, {shape.fractal_step * fractal, fractals}}});
}

void DescribeLoadRegion(const Instruction &instruction, Footprint &footprint) {
    const RegionShape &shape = instruction.region;
    const auto fractal = static_cast<int64_t>(kFractalBytes);
    const int64_t pitch = shape.source_pitch < 0 ? -shape.source_pitch : shape.source_pitch;
    footprint.reads.push_back({&instruction.first,
                               static_cast<uint64_t>((shape.first_column * pitch + shape.first_row) * fractal),
                               shape.rows * kFractalBytes,
                               {{}, {}, {shape.source_pitch * fractal, shape.columns}}});
    const uint32_t high = ElementsOfRow(instruction.first.element) / kFractalRows;  // fractals of a square
    const uint32_t lines = shape.transposes ? shape.rows / high : shape.columns;
    const uint32_t in_line = shape.transposes ? shape.columns * high : shape.rows;
    footprint.writes.push_back(
        {&instruction.destination, 0, in_line * kFractalBytes, {{}, {}, {shape.destination_pitch * fractal, lines}}});
}

void DescribeCopyBias(const Instruction &instruction, Footprint &footprint) {
    const CopyShape &shape = instruction.copy;
    footprint.reads.push_back(
        {&instruction.first, 0, shape.block_bytes, {{}, {}, {shape.source_pitch, shape.block_count}}});
    footprint.writes.push_back(
        {&instruction.destination, 0, 2 * shape.block_bytes, {{}, {}, {shape.destination_pitch, shape.block_count}}});
}

void DescribeMultiply(const Instruction &instruction, Footprint &footprint) {
    const MultiplyShape &shape = instruction.multiply;
    const uint32_t depth_elements = ElementsOfRow(instruction.first.element);
    const uint32_t pairs = shape.aligns_k_to_16 ? 2 * CeilDivide(shape.k, 16) : 0;
    const int64_t depth = pairs != 0 ? pairs : CeilDivide(shape.k, depth_elements);
    const auto fractal = static_cast<int64_t>(kFractalBytes);
    if (shape.takes_vector) {
        footprint.reads.push_back({&instruction.first, 0, shape.k * kFractalRowBytes / depth_elements, {}});
    } else {
        const int64_t line_step = shape.left_by_columns ? fractal : depth * fractal;
        const int64_t depth_step = shape.left_by_columns ? CeilDivide(shape.m, kFractalRows) * fractal : fractal;
        AddFractals(footprint.reads, instruction.first, shape.m, shape.k, depth_elements, line_step, depth_step);
    }
    AddFractals(footprint.reads, instruction.second, shape.n, shape.k, depth_elements, fractal,
                CeilDivide(shape.n, 16) * fractal);
    if (shape.has_bias) {
        footprint.reads.push_back({&instruction.third, 0, shape.n * kAccumulatorBytes, {}});
    }
    const int64_t column_pitch = CeilDivide(shape.m, kFractalRows) * 2 * fractal;
    AddAccumulator(footprint.writes, instruction.destination, shape.m, shape.n, column_pitch);
    if (!shape.initialises && !shape.has_bias) {
        AddAccumulator(footprint.reads, instruction.destination, shape.m, shape.n, column_pitch);
    }
}

void DescribeStoreTile(const Instruction &instruction, Footprint &footprint) {
    const StoreShape &shape = instruction.store;
    const int64_t element_bytes = BytesOf(instruction.destination.element);
    const auto row = static_cast<int64_t>(16 * kAccumulatorBytes);
    const int64_t matrix_pitch = shape.destination_matrix_pitch * element_bytes;
    AddAccumulator(footprint.reads, instruction.first, shape.rows, shape.columns, shape.block_column_pitch * row,
                   shape.matrices, shape.source_matrix_pitch * 2 * static_cast<int64_t>(kFractalBytes));
    if (shape.row_major) {
        footprint.writes.push_back(
            {&instruction.destination,
             0,
             static_cast<uint64_t>(shape.columns * element_bytes),
             {{}, {matrix_pitch, shape.matrices}, {shape.destination_pitch * element_bytes, shape.rows}}});
    } else {
        footprint.writes.push_back(
            {&instruction.destination,
             0,
             static_cast<uint64_t>(shape.rows * 16 * element_bytes),
             {{},
              {matrix_pitch, shape.matrices},
              {shape.destination_pitch * static_cast<int64_t>(kFractalRowBytes), CeilDivide(shape.columns, 16)}}});
    }
    if (shape.accumulates) {
        footprint.reads.push_back(footprint.writes.back());
    }
    if (instruction.second.element != Element::None) {
        const uint64_t scale_bytes = BytesOf(instruction.second.element);
        footprint.reads.push_back({&instruction.second, 0, shape.columns * scale_bytes, {}});
    }
}

// An operand of a repeated vector function: its lanes lie in blocks, the last of which may be cut.
void AddRepeats(std::vector<Strip> &strips, const Operand &operand, const RepeatShape &shape, int number) {
    const uint64_t bytes = static_cast<uint64_t>(shape.lanes) * BytesOf(operand.element);
    const auto whole = static_cast<uint32_t>(bytes / kBlockBytes);
    const auto block = static_cast<int64_t>(kBlockBytes);
    const int64_t block_pitch = shape.block_pitch[number] * block;
    const Strip::Loop repeats = {shape.repeat_pitch[number] * block, shape.repeats};
    if (whole != 0) {
        strips.push_back({&operand, 0, kBlockBytes, {{}, repeats, {block_pitch, whole}}});
    }
    if (bytes % kBlockBytes != 0) {
        strips.push_back(
            {&operand, static_cast<uint64_t>(whole * block_pitch), bytes % kBlockBytes, {{}, {}, repeats}});
    }
}

void DescribeVectorRepeat(const Instruction &instruction, Footprint &footprint) {
    AddRepeats(footprint.reads, instruction.first, instruction.repeat, 1);
    if (instruction.second.element != Element::None) {
        AddRepeats(footprint.reads, instruction.second, instruction.repeat, 2);
    }
    AddRepeats(footprint.writes, instruction.destination, instruction.repeat, 0);
}

void DescribeBroadcast(const Instruction &instruction, Footprint &footprint) {
    constexpr uint32_t kNumbers = 8;  // of a repeat
    const BroadcastShape &shape = instruction.broadcast;
    const auto block = static_cast<int64_t>(kBlockBytes);
    footprint.reads.push_back(
        {&instruction.first, 0, uint64_t{kNumbers} * shape.repeats * BytesOf(instruction.first.element), {}});
    footprint.writes.push_back(
        {&instruction.destination,
         0,
         kBlockBytes,
         {{}, {shape.repeat_pitch * block, shape.repeats}, {shape.block_pitch * block, kNumbers}}});
}

void DescribeSelect(const Instruction &instruction, Footprint &footprint) {
    const SelectShape &shape = instruction.select;
    const uint64_t element_bytes = BytesOf(instruction.first.element);
    const uint32_t step = shape.pattern == 7 ? 1 : shape.pattern > 2 ? 4 : 2;
    footprint.reads.push_back({&instruction.first, 0, shape.count * element_bytes, {}});
    footprint.writes.push_back({&instruction.destination, 0, shape.count / step * element_bytes, {}});
}

void DescribeVector(const Instruction &instruction, Footprint &footprint) {
    const uint64_t count = instruction.vector.count;
    for (const Operand *operand : {&instruction.first, &instruction.second}) {
        if (operand->element != Element::None) {
            footprint.reads.push_back({operand, 0, count * BytesOf(operand->element), {}});
        }
    }
    const Operand &destination = instruction.destination;
    footprint.writes.push_back({&destination, 0, count * BytesOf(destination.element), {}});
}

}  // namespace

uint32_t BytesOf(Element element) {
    switch (element) {
        case Element::Int8:
        case Element::UInt8:
        case Element::Float8E4M3:
        case Element::Float8E5M2:
        case Element::HiFloat8:
        case Element::Float8E8M0:
            return 1;
        case Element::Int16:
        case Element::UInt16:
        case Element::Half:
        case Element::Brain:
            return 2;
        case Element::Int64:
        case Element::UInt64:
            return 8;
        default:
            return 4;
    }
}

bool IsHalfByte(Element element) { return element == Element::Int4 || element == Element::Float4E2M1; }

uint32_t ElementsOfRow(Element element) {
    const auto row = static_cast<uint32_t>(kFractalRowBytes);
    return IsHalfByte(element) ? 2 * row : row / BytesOf(element);
}

void DescribeFootprint(const Instruction &instruction, Footprint &footprint) {
    footprint.reads.clear();
    footprint.writes.clear();
    switch (instruction.operation) {
        case Operation::Copy:
            return DescribeCopy(instruction, footprint);
        case Operation::CopyNdToNz:
            return DescribeNdToNz(instruction, footprint);
        case Operation::CopyDnToNz:
            return DescribeDnToNz(instruction, footprint);
        case Operation::Fill:
            return DescribeFill(instruction, footprint);
        case Operation::LoadRegion:
            return DescribeLoadRegion(instruction, footprint);
        case Operation::CopyBias:
            return DescribeCopyBias(instruction, footprint);
        case Operation::LoadFractals:
            return DescribeLoadFractals(instruction, footprint);
        case Operation::LoadSquares:
            return DescribeLoadSquares(instruction, footprint);
        case Operation::Multiply:
            return DescribeMultiply(instruction, footprint);
        case Operation::StoreTile:
            return DescribeStoreTile(instruction, footprint);
        case Operation::Vector:
            return DescribeVector(instruction, footprint);
        case Operation::VectorRepeat:
            return DescribeVectorRepeat(instruction, footprint);
        case Operation::Broadcast:
            return DescribeBroadcast(instruction, footprint);
        case Operation::Select:
            return DescribeSelect(instruction, footprint);
    }
}

}  // namespace dovetail
