// What a cube core does with integers: squares of fractals transposed, exact products, and the scales of a Fixpipe.
#include <cstring>

#include "half_bytes.h"
#include "micro_integers.h"
#include "micro_kernels.h"
#include "perform.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint32_t kRowsOfFractal = 16;
constexpr uint64_t kAlignment = 64;

uint32_t CeilDivide(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit; }

uint64_t RoundUp(uint64_t value) { return (value + kAlignment - 1) / kAlignment * kAlignment; }

// Zeros in A from k on: what B holds there then counts for nothing.
void ClearLeft(int8_t *a, uint32_t k, uint32_t block_rows, uint32_t depth) {
    const uint32_t valid = k % kIntegerFractalDepth, whole = k / kIntegerFractalDepth;
    for (uint32_t row = 0; row < block_rows; ++row) {
        int8_t *first = a + whole * kIntegerFractal, *end = a + depth * kIntegerFractal;
        for (uint32_t line = 0; valid != 0 && line < kRowsOfFractal; ++line) {
            memset(first + line * kIntegerFractalDepth + valid, 0, kIntegerFractalDepth - valid);
        }
        first += valid != 0 ? kIntegerFractal : 0;
        memset(first, 0, static_cast<uint64_t>(end - first));
        a = end;
    }
}

// One row selects the vector form: A is then one plain row of k bytes.
void SpreadRow(int8_t *to, const int8_t *from, uint32_t k, uint32_t depth) {
    memset(to, 0, depth * kIntegerFractal);
    for (uint32_t i = 0; i < k; ++i) {
        to[i / kIntegerFractalDepth * kIntegerFractal + i % kIntegerFractalDepth] = from[i];
    }
}

// Of B, `wide` fractals of each of `depth` as fractals of bytes: `wide` of the first half of k, and of the second.
void SpreadColumns(int8_t *to, const int8_t *from, uint64_t step, uint32_t wide, uint32_t depth) {
    alignas(64) int8_t halves[2][kIntegerFractal];
    for (uint32_t along = 0; along < depth; ++along) {
        for (uint32_t column = 0; column < wide; ++column) {
            const int8_t *fractal = from + along * step + column * kIntegerFractal;
            SpreadHalfBytes(reinterpret_cast<uint8_t *>(halves), reinterpret_cast<const uint8_t *>(fractal),
                            kIntegerFractal, true);
            memcpy(to + (2 * along * wide + column) * kIntegerFractal, halves[0], kIntegerFractal);
            memcpy(to + ((2 * along + 1) * wide + column) * kIntegerFractal, halves[1], kIntegerFractal);
        }
    }
}

}  // namespace

void PerformLoadSquares(Core &core, const Instruction &instruction) {
    const SquareShape &shape = instruction.squares;
    const uint64_t fractals = ElementsOfRow(instruction.first.element) / kRowsOfFractal;
    if (fractals == 0) {
        FailCore(core, instruction.where, "LoadDataWithTranspose: this type is not implemented");
    }
    const uint64_t square_bytes = fractals * kIntegerFractal;
    const int64_t last = shape.start + static_cast<int64_t>(shape.source_step) * (shape.repeat - 1);
    const uint64_t highest = static_cast<uint64_t>(last < shape.start ? shape.start : last);
    if (last < 0) {
        FailCore(core, instruction.where, "LoadDataWithTranspose: square %lld", static_cast<long long>(last));
    }
    const uint8_t *from = Resolve(core, instruction.first, (highest + 1) * square_bytes, instruction.where);
    uint8_t *to = Resolve(
        core, instruction.destination,
        (static_cast<uint64_t>(shape.destination_step) * (shape.repeat - 1) + shape.fractal_step * (fractals - 1) + 1) *
            kIntegerFractal,
        instruction.where);
    from += shape.start * square_bytes;
    const auto to_step = static_cast<int64_t>(shape.destination_step) * kIntegerFractal;
    const auto from_step = static_cast<int64_t>(shape.source_step) * static_cast<int64_t>(square_bytes);
    const auto fractal_step = static_cast<int64_t>(shape.fractal_step) * kIntegerFractal;
    if (fractals == 1) {
        return Kernels().transpose_fractals(to, to_step, from, from_step, shape.repeat);
    }
    if (fractals == 2) {
        return Integers().transpose_squares(to, to_step, fractal_step, from, from_step, shape.repeat);
    }
    for (int64_t square = 0; square < shape.repeat; ++square) {
        TransposeSquareOfHalfBytes(to + square * to_step, fractal_step, from + square * from_step);
    }
}

void PerformIntegerMultiply(Core &core, const Instruction &instruction) {
    const MultiplyShape &shape = instruction.multiply;
    const Element element = instruction.first.element;
    if (instruction.destination.element != Element::Int32 || instruction.second.element != element) {
        FailCore(core, instruction.where, "Mmad: this combination of types is not implemented");
    }
    if (shape.left_by_columns) {
        FailCore(core, instruction.where, "Mmad: integers are not implemented on this architecture");
    }
    const bool is_vector = shape.takes_vector;
    const bool is_half_byte = element == Element::Int4;
    if (is_vector && is_half_byte) {
        FailCore(core, instruction.where, "Mmad: one row of numbers of 4 bits as a vector is not implemented");
    }
    const uint32_t block_rows = CeilDivide(shape.m, 16);
    const uint32_t block_columns = CeilDivide(shape.n, 16);
    const uint32_t stored_depth = CeilDivide(shape.k, ElementsOfRow(element));
    const uint32_t depth = is_half_byte ? 2 * stored_depth : stored_depth;  // in fractals of bytes
    const uint64_t stored_left = static_cast<uint64_t>(block_rows) * stored_depth * kIntegerFractal;
    const uint64_t left_bytes = static_cast<uint64_t>(block_rows) * depth * kIntegerFractal;
    const uint64_t column_integers = block_rows * 256ull;
    const int8_t *a = reinterpret_cast<const int8_t *>(
        Resolve(core, instruction.first, is_vector ? shape.k : stored_left, instruction.where));
    const int8_t *b = reinterpret_cast<const int8_t *>(
        Resolve(core, instruction.second, static_cast<uint64_t>(block_columns) * stored_depth * kIntegerFractal,
                instruction.where));
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
    const uint64_t right_bytes = is_half_byte ? depth * kIntegerFractal * (kernels.panel_columns / 16) : 0;
    auto *scratch = reinterpret_cast<int8_t *>(core.worker->Scratch(
        (RoundUp(panel_bytes) + RoundUp(prepared_bytes) + left_bytes + right_bytes) / sizeof(float)));
    int8_t *panel = scratch;
    int8_t *prepared = panel + RoundUp(panel_bytes);
    int8_t *copy = prepared + RoundUp(prepared_bytes);
    int8_t *columns = copy + left_bytes;
    if (is_vector) {
        SpreadRow(copy, a, shape.k, depth);
        a = copy;
    } else if (is_half_byte || shape.k % kIntegerFractalDepth != 0) {
        if (is_half_byte) {
            SpreadHalfBytes(reinterpret_cast<uint8_t *>(copy), reinterpret_cast<const uint8_t *>(a), stored_left, true);
        } else {
            memcpy(copy, a, left_bytes);
        }
        ClearLeft(copy, shape.k, block_rows, depth);
        a = copy;
    }
    kernels.prepare_left(prepared, a, block_rows, depth);
    for (uint32_t column = 0; column < block_columns;) {
        const uint32_t left = (block_columns - column) * 16;
        const uint32_t width = left < kernels.panel_columns ? 16 : kernels.panel_columns;
        const int8_t *right = b + column * kIntegerFractal;
        uint64_t step = static_cast<uint64_t>(block_columns) * kIntegerFractal;
        if (is_half_byte) {
            SpreadColumns(columns, right, step, width / 16, stored_depth);
            right = columns;
            step = width / 16 * kIntegerFractal;
        }
        kernels.pack_panel(panel, right, step, width, depth);
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
