// What a cube core does with integers: squares of fractals transposed, exact products, and the scales of a Fixpipe.
#include <cstring>

#include "micro_integers.h"
#include "micro_kernels.h"
#include "perform.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint32_t kSquareFractals = 2;  // of bytes
constexpr uint64_t kSquareBytes = kSquareFractals * kIntegerFractal;
constexpr uint64_t kAlignment = 64;

uint32_t CeilDivide(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit; }

uint64_t RoundUp(uint64_t value) { return (value + kAlignment - 1) / kAlignment * kAlignment; }

// A with zeros from k on: what B holds there then counts for nothing.
void CopyLeft(int8_t *to, const int8_t *from, uint32_t k, uint32_t block_rows, uint32_t depth) {
    const uint32_t valid = k % kIntegerFractalDepth;
    for (uint32_t row = 0; row < block_rows; ++row) {
        memcpy(to, from, depth * kIntegerFractal);
        int8_t *last = to + (depth - 1) * kIntegerFractal;
        for (uint32_t line = 0; valid != 0 && line < 16; ++line) {
            memset(last + line * kIntegerFractalDepth + valid, 0, kIntegerFractalDepth - valid);
        }
        to += depth * kIntegerFractal;
        from += depth * kIntegerFractal;
    }
}

// One row selects the vector form: A is then one plain row of k bytes.
void SpreadRow(int8_t *to, const int8_t *from, uint32_t k, uint32_t depth) {
    memset(to, 0, depth * kIntegerFractal);
    for (uint32_t i = 0; i < k; ++i) {
        to[i / kIntegerFractalDepth * kIntegerFractal + i % kIntegerFractalDepth] = from[i];
    }
}

}  // namespace

void PerformLoadSquares(Core &core, const Instruction &instruction) {
    const SquareShape &shape = instruction.squares;
    const uint32_t element_bytes = BytesOf(instruction.first.element);
    if (element_bytes > 2) {
        FailCore(core, instruction.where, "LoadDataWithTranspose: this type is not implemented");
    }
    const uint64_t square_bytes = element_bytes == 2 ? kIntegerFractal : kSquareBytes;
    const int64_t last = shape.start + static_cast<int64_t>(shape.source_step) * (shape.repeat - 1);
    const uint64_t highest = static_cast<uint64_t>(last < shape.start ? shape.start : last);
    if (last < 0) {
        FailCore(core, instruction.where, "LoadDataWithTranspose: square %lld", static_cast<long long>(last));
    }
    const uint64_t fractals = square_bytes / kIntegerFractal;
    const uint8_t *from = Resolve(core, instruction.first, (highest + 1) * square_bytes, instruction.where);
    uint8_t *to = Resolve(
        core, instruction.destination,
        (static_cast<uint64_t>(shape.destination_step) * (shape.repeat - 1) + shape.fractal_step * (fractals - 1) + 1) *
            kIntegerFractal,
        instruction.where);
    from += shape.start * square_bytes;
    const auto to_step = static_cast<int64_t>(shape.destination_step) * kIntegerFractal;
    const auto from_step = static_cast<int64_t>(shape.source_step) * static_cast<int64_t>(square_bytes);
    if (element_bytes == 2) {
        return Kernels().transpose_fractals(to, to_step, from, from_step, shape.repeat);
    }
    Integers().transpose_squares(to, to_step, static_cast<int64_t>(shape.fractal_step) * kIntegerFractal, from,
                                 from_step, shape.repeat);
}

void PerformIntegerMultiply(Core &core, const Instruction &instruction) {
    const MultiplyShape &shape = instruction.multiply;
    if (instruction.destination.element != Element::Int32 || instruction.second.element != Element::Int8) {
        FailCore(core, instruction.where, "Mmad: this combination of types is not implemented");
    }
    const bool is_vector = shape.m == 1;
    const uint32_t block_rows = CeilDivide(shape.m, 16);
    const uint32_t block_columns = CeilDivide(shape.n, 16);
    const uint32_t depth = CeilDivide(shape.k, kIntegerFractalDepth);
    const uint64_t left_bytes = static_cast<uint64_t>(block_rows) * depth * kIntegerFractal;
    const uint64_t column_integers = block_rows * 256ull;
    const int8_t *a = reinterpret_cast<const int8_t *>(
        Resolve(core, instruction.first, is_vector ? shape.k : left_bytes, instruction.where));
    const int8_t *b = reinterpret_cast<const int8_t *>(Resolve(
        core, instruction.second, static_cast<uint64_t>(block_columns) * depth * kIntegerFractal, instruction.where));
    int32_t *c = reinterpret_cast<int32_t *>(
        Resolve(core, instruction.destination, block_columns * column_integers * sizeof(int32_t), instruction.where));
    if (shape.has_bias) {
        const int32_t *bias = reinterpret_cast<const int32_t *>(
            Resolve(core, instruction.third, shape.n * sizeof(int32_t), instruction.where));
        for (uint32_t column = 0; column < shape.n; ++column) {
            for (uint32_t row = 0; row < block_rows * 16; ++row) {
                c[column / 16 * column_integers + row * 16 + column % 16] = bias[column];
            }
        }
    }

    const IntegerKernels &kernels = Integers();
    const uint64_t panel_bytes = static_cast<uint64_t>(depth) * kernels.panel_bytes * (kernels.panel_columns / 16);
    const uint64_t prepared_bytes = static_cast<uint64_t>(block_rows) * depth * kernels.left_bytes;
    auto *scratch = reinterpret_cast<int8_t *>(
        core.worker->Scratch((RoundUp(panel_bytes) + RoundUp(prepared_bytes) + left_bytes) / sizeof(float)));
    int8_t *panel = scratch;
    int8_t *prepared = panel + RoundUp(panel_bytes);
    if (is_vector || shape.k % kIntegerFractalDepth != 0) {
        int8_t *copy = prepared + RoundUp(prepared_bytes);
        if (is_vector) {
            SpreadRow(copy, a, shape.k, depth);
        } else {
            CopyLeft(copy, a, shape.k, block_rows, depth);
        }
        a = copy;
    }
    kernels.prepare_left(prepared, a, block_rows, depth);
    for (uint32_t column = 0; column < block_columns;) {
        const uint32_t left = (block_columns - column) * 16;
        const uint32_t width = left < kernels.panel_columns ? 16 : kernels.panel_columns;
        kernels.pack_panel(panel, b + column * kIntegerFractal, static_cast<uint64_t>(block_columns) * kIntegerFractal,
                           width, depth);
        int32_t *c0 = c + column * column_integers;
        kernels.multiply(a, prepared, panel, c0, width == 32 ? c0 + column_integers : nullptr, block_rows, depth,
                         shape.initialises);
        column += width / 16;
    }
}

// int32 to half: each number as a float, times a scale, rounded once. Of a scale the machine keeps 1 sign, 8 exponent
// and 10 mantissa bits.
void PerformScaledStore(Core &core, const Instruction &instruction) {
    const StoreShape &shape = instruction.store;
    if (instruction.first.element != Element::Int32 || instruction.destination.element != Element::Half ||
        !shape.row_major || shape.matrices != 1) {
        FailCore(core, instruction.where, "Fixpipe: this conversion of types is not implemented");
    }
    const uint32_t block_columns = CeilDivide(shape.columns, 16);
    const uint64_t column_pitch = shape.block_column_pitch * 16ull;
    const uint64_t span = (block_columns - 1) * column_pitch + shape.rows * 16ull;
    const int32_t *source =
        reinterpret_cast<const int32_t *>(Resolve(core, instruction.first, span * sizeof(int32_t), instruction.where));
    const bool has_scales = shape.conversion == VDEQF16;
    const uint64_t *scales = has_scales
                                 ? reinterpret_cast<const uint64_t *>(Resolve(
                                       core, instruction.second, shape.columns * sizeof(uint64_t), instruction.where))
                                 : &shape.scale;
    uint16_t *to = reinterpret_cast<uint16_t *>(
        Resolve(core, instruction.destination,
                ((shape.rows - 1) * static_cast<uint64_t>(shape.destination_pitch) + shape.columns) * sizeof(uint16_t),
                instruction.where));
    for (uint32_t column = 0; column < shape.columns; column += 16) {
        const uint32_t width = shape.columns - column < 16 ? shape.columns - column : 16;
        float factors[16];
        for (uint32_t i = 0; i < width; ++i) {
            const auto bits = static_cast<uint32_t>(scales[has_scales ? column + i : 0]) & 0xffffe000u;
            memcpy(&factors[i], &bits, sizeof(bits));
        }
        for (uint32_t row = 0; row < shape.rows; ++row) {
            const int32_t *line = source + column / 16 * column_pitch + row * 16;
            float scaled[16];
            for (uint32_t i = 0; i < width; ++i) {
                scaled[i] = static_cast<float>(line[i]) * factors[i];
            }
            Kernels().narrow_tile[static_cast<int>(Narrow::Half)](
                to + row * static_cast<uint64_t>(shape.destination_pitch) + column, 0, scaled, 16, 1, width,
                shape.clamps_negative);
        }
    }
}

}  // namespace dovetail
