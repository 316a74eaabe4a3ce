// Cube instructions on the real layouts: L0A in zZ (architecture 3510: NZ), L0B in nZ, L0C in NZ fractals.
#include <cstdlib>
#include <cstring>

#include "float8.h"
#include "half_bytes.h"
#include "micro_bytes.h"
#include "micro_integers.h"
#include "micro_kernels.h"
#include "perform.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint64_t kFractalBytes = 512;

uint32_t CeilDivide(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit; }

bool IsNarrow(Element element) { return element == Element::Half || element == Element::Brain; }
int IndexOf(Element element) { return static_cast<int>(element == Element::Half ? Narrow::Half : Narrow::Brain); }

// Float operands come in fractals of 16x8 (A) and 8x16 (B, stored as 16 columns of 8): two side by side make one of
// 16 along k, which is what the micro-kernels take.
void PairFractals(float *to, const float *first, const float *second) {
    for (uint32_t line = 0; line < 16; ++line) {
        memcpy(to + line * 16, first + line * 8, 8 * sizeof(float));
        if (second != nullptr) {
            memcpy(to + line * 16 + 8, second + line * 8, 8 * sizeof(float));
        } else {
            memset(to + line * 16 + 8, 0, 8 * sizeof(float));
        }
    }
}

struct Tile {
    uint32_t m, n, k;
    uint32_t block_rows, block_columns, depth;  // in fractals of 16
    uint32_t stored_depth;                      // in fractals as they are stored, 32 bytes along k
    bool left_by_columns;

    // Where A has a stored fractal, in fractals.
    uint64_t Place(uint32_t row, uint32_t along_k) const {
        return left_by_columns ? static_cast<uint64_t>(along_k) * block_rows + row
                               : static_cast<uint64_t>(row) * stored_depth + along_k;
    }
};

// A stored fractal of codes as fractals of 16x16 halves, along k. Returns how many.
uint32_t CodesToHalves(uint16_t *to, const uint8_t *from, Element element) {
    if (!IsHalfByte(element)) {
        BytesToHalves()(to, from, HalvesOf(element));
        return 2;
    }
    alignas(64) uint8_t codes[2][kFractalBytes];
    SpreadHalfBytes(codes[0], from, kFractalBytes, false);
    BytesToHalves()(to, codes[0], HalvesOf(element));
    BytesToHalves()(to + 2 * kFractal, codes[1], HalvesOf(element));
    return 4;
}

// A as fractals of 16x16 floats, [block_rows][depth].
void WidenA(float *to, const uint8_t *from, Element element, const Tile &tile) {
    if (IsNarrow(element) && !tile.left_by_columns) {
        Kernels().widen[IndexOf(element)](to, reinterpret_cast<const uint16_t *>(from),
                                          static_cast<uint64_t>(tile.block_rows) * tile.depth * kFractal);
        return;
    }
    alignas(64) uint16_t halves[4 * kFractal];
    for (uint32_t row = 0; row < tile.block_rows; ++row) {
        float *line = to + static_cast<uint64_t>(row) * tile.depth * kFractal;
        for (uint32_t depth = 0; IsNarrow(element) && depth < tile.depth; ++depth) {
            const uint8_t *fractal = from + tile.Place(row, depth) * kFractalBytes;
            Kernels().widen[IndexOf(element)](line + depth * kFractal, reinterpret_cast<const uint16_t *>(fractal),
                                              kFractal);
        }
        for (uint32_t depth = 0; IsCoded(element) && depth < tile.stored_depth; ++depth) {
            const uint32_t made = CodesToHalves(halves, from + tile.Place(row, depth) * kFractalBytes, element);
            Kernels().widen[static_cast<int>(Narrow::Half)](line + depth * made * kFractal, halves, made * kFractal);
        }
        for (uint32_t depth = 0; element == Element::Float && depth < tile.depth; ++depth) {
            const float *source = reinterpret_cast<const float *>(from);
            const bool paired = 2 * depth + 1 < tile.stored_depth;
            PairFractals(line + depth * kFractal, source + tile.Place(row, 2 * depth) * (kFractal / 2),
                         paired ? source + tile.Place(row, 2 * depth + 1) * (kFractal / 2) : nullptr);
        }
    }
}

// Columns [16 * column, 16 * column + width) of B as rows of k, `width` floats each.
void WidenPanel(float *to, uint32_t width, const uint8_t *from, Element element, uint32_t column, const Tile &tile) {
    for (uint32_t part = 0; part < width / 16; ++part) {
        float *place = to + part * 16;
        if (IsNarrow(element)) {
            const uint16_t *fractal = reinterpret_cast<const uint16_t *>(from) + (column + part) * kFractal;
            Kernels().widen_panel[IndexOf(element)](place, width, fractal,
                                                    static_cast<uint64_t>(tile.block_columns) * kFractal, tile.depth);
            continue;
        }
        if (IsCoded(element)) {
            alignas(64) uint16_t halves[4 * kFractal];
            for (uint32_t depth = 0; depth < tile.stored_depth; ++depth) {
                const uint64_t fractal = static_cast<uint64_t>(depth) * tile.block_columns + column + part;
                const uint32_t made = CodesToHalves(halves, from + fractal * kFractalBytes, element);
                Kernels().widen_panel[static_cast<int>(Narrow::Half)](
                    place + static_cast<uint64_t>(depth) * made * 16 * width, width, halves, kFractal, made);
            }
            continue;
        }
        const float *source = reinterpret_cast<const float *>(from);
        for (uint32_t k = 0; k < tile.k; ++k) {
            const uint64_t fractal = static_cast<uint64_t>(k / 8) * tile.block_columns + column + part;
            for (uint32_t line = 0; line < 16; ++line) {
                place[static_cast<uint64_t>(k) * width + line] = source[fractal * (kFractal / 2) + line * 8 + k % 8];
            }
        }
    }
}

// Negative numbers to zero. Sign bits are alike in float and int32; NaN becomes zero.
void ClampLine(uint32_t *to, const float *from, uint32_t count, Element element) {
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof(bits));
        const bool positive = element == Element::Float ? from[i] > 0 : static_cast<int32_t>(bits) > 0;
        to[i] = positive ? bits : 0;
    }
}

// Begins to fetch B of the next panel, as much as the first level of the caches takes beside the panel at work.
void FetchPanel(const uint8_t *from, uint32_t columns, const Tile &tile) {
    constexpr uint64_t kLine = 64;
    constexpr uint64_t kLimit = 8192;
    const uint64_t bytes = columns * kFractalBytes;
    for (uint64_t depth = 0; depth < tile.stored_depth && depth * bytes < kLimit; ++depth) {
        for (uint64_t line = 0; line < bytes; line += kLine) {
            __builtin_prefetch(from + depth * tile.block_columns * kFractalBytes + line);
        }
    }
}

// 2^(code - 127); the largest code is NaN.
float ScaleOf(uint8_t code) {
    const uint32_t bits = code == 0xff ? 0x7fc00000u : code == 0 ? 0x00400000u : static_cast<uint32_t>(code) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof(scale));
    return scale;
}

// The scale of line `line` (a row of A, a column of B) for the 32 numbers from 32 * block on along k. Scales lie in
// fractals of 16 lines of two, `pairs` of them for each 16 lines.
float ScaleAt(const uint8_t *scales, uint32_t pairs, uint64_t line, uint32_t block) {
    return ScaleOf(scales[((line / 16 * pairs + block / 2) * 16 + line % 16) * 2 + block % 2]);
}

void ScaleA(float *a, uint64_t a_pitch, const uint8_t *scales, const Tile &tile) {
    for (uint64_t row = 0; row < tile.block_rows * 16ull; ++row) {
        for (uint32_t depth = 0; depth < tile.depth; ++depth) {
            const float scale = ScaleAt(scales, tile.k / 64, row, depth / 2);
            float *line = a + row / 16 * a_pitch + depth * kFractal + row % 16 * 16;
            for (uint32_t i = 0; i < 16; ++i) {
                line[i] *= scale;
            }
        }
    }
}

void ScalePanel(float *panel, uint32_t width, const uint8_t *scales, uint32_t column, const Tile &tile) {
    for (uint32_t block = 0; block < tile.k / 32; ++block) {
        float factors[32];
        for (uint32_t i = 0; i < width; ++i) {
            factors[i] = ScaleAt(scales, tile.k / 64, column * 16ull + i, block);
        }
        float *line = panel + static_cast<uint64_t>(block) * 32 * width;
        for (uint32_t k = 0; k < 32; ++k, line += width) {
            for (uint32_t i = 0; i < width; ++i) {
                line[i] *= factors[i];
            }
        }
    }
}

// One panel, so deep a step at a time, each summed up on its own and then added. Float outputs show every rounding, and
// short sums have smaller ones; a cube core adds up 32 such products at once.
void MultiplyInSteps(const float *a, uint64_t a_pitch, const float *panel, uint32_t width, float *c0, float *c1,
                     float *sums, uint64_t rows, const MultiplyShape &shape) {
    constexpr uint32_t kStep = 128;
    const auto count = static_cast<uint32_t>(rows);
    float *sums1 = c1 != nullptr ? sums + rows * 16 : nullptr;
    for (uint32_t k = 0; k < shape.k; k += kStep) {
        const uint32_t depth = shape.k - k < kStep ? shape.k - k : kStep;
        const float *left = a + k / 16 * kFractal;
        const float *right = panel + static_cast<uint64_t>(k) * width;
        if (k == 0 && shape.initialises) {
            Kernels().multiply(left, a_pitch, right, c0, c1, count, depth, true);
            continue;
        }
        Kernels().multiply(left, a_pitch, right, sums, sums1, count, depth, true);
        Kernels().add(c0, sums, rows * 16);
        if (c1 != nullptr) {
            Kernels().add(c1, sums1, rows * 16);
        }
    }
}

}  // namespace

void PerformLoadFractals(Core &core, const Instruction &instruction) {
    const FractalShape &shape = instruction.fractals;
    const int64_t last = shape.start + static_cast<int64_t>(shape.source_step) * (shape.repeat - 1);
    const uint64_t highest = static_cast<uint64_t>(last < shape.start ? shape.start : last);
    if (last < 0) {
        FailCore(core, instruction.where, "LoadData: fractal %lld", static_cast<long long>(last));
    }
    const uint8_t *source = Resolve(core, instruction.first, (highest + 1) * kFractalBytes, instruction.where);
    uint8_t *to = Resolve(core, instruction.destination,
                          (static_cast<uint64_t>(shape.destination_step) * (shape.repeat - 1) + 1) * kFractalBytes,
                          instruction.where);
    const uint8_t *from = source + shape.start * kFractalBytes;
    const auto load = shape.transposes ? Kernels().transpose_fractals : Kernels().copy_fractals;
    load(to, static_cast<int64_t>(shape.destination_step * kFractalBytes), from,
         static_cast<int64_t>(shape.source_step) * static_cast<int64_t>(kFractalBytes), shape.repeat);
}

void PerformLoadRegion(Core &core, const Instruction &instruction) {
    const RegionShape &shape = instruction.region;
    const bool bytes = ElementsOfRow(instruction.first.element) == 32;
    const int64_t first = static_cast<int64_t>(shape.first_column) * std::abs(shape.source_pitch) + shape.first_row;
    const int64_t last = first + static_cast<int64_t>(shape.columns - 1) * shape.source_pitch;
    if (last < 0) {
        FailCore(core, instruction.where, "LoadData: fractal %lld", static_cast<long long>(last));
    }
    const auto end = static_cast<uint64_t>(first < last ? last : first) + shape.rows;
    const uint8_t *from = Resolve(core, instruction.first, end * kFractalBytes, instruction.where);
    from += first * static_cast<int64_t>(kFractalBytes);
    const auto pitch = static_cast<uint64_t>(shape.destination_pitch);
    if (!shape.transposes) {
        const uint64_t taken = (shape.columns - 1) * pitch + shape.rows;
        uint8_t *to = Resolve(core, instruction.destination, taken * kFractalBytes, instruction.where);
        for (uint32_t column = 0; column < shape.columns; ++column) {
            Kernels().copy_fractals(to + column * pitch * kFractalBytes, kFractalBytes,
                                    from + column * shape.source_pitch * static_cast<int64_t>(kFractalBytes),
                                    kFractalBytes, shape.rows);
        }
        return;
    }
    // Numbers of 8 bits are transposed in squares of two fractals of a column, which become two of a row.
    const uint32_t high = bytes ? 2 : 1;
    const uint32_t rows = shape.rows / high;
    const uint64_t taken = (rows - 1) * pitch + static_cast<uint64_t>(shape.columns) * high;
    uint8_t *to = Resolve(core, instruction.destination, taken * kFractalBytes, instruction.where);
    const int64_t column_step = shape.source_pitch * static_cast<int64_t>(kFractalBytes);
    for (uint32_t row = 0; row < rows; ++row) {
        uint8_t *line = to + row * pitch * kFractalBytes;
        const uint8_t *source = from + row * high * kFractalBytes;
        if (bytes) {
            Integers().transpose_squares(line, 2 * kFractalBytes, kFractalBytes, source, column_step, shape.columns);
        } else {
            Kernels().transpose_fractals(line, kFractalBytes, source, column_step, shape.columns);
        }
    }
}

void PerformCopyBias(Core &core, const Instruction &instruction) {
    const CopyShape &shape = instruction.copy;
    const uint64_t blocks = shape.block_count - 1;
    uint8_t *to =
        Resolve(core, instruction.destination,
                blocks * static_cast<uint64_t>(shape.destination_pitch) + 2 * shape.block_bytes, instruction.where);
    const uint8_t *from =
        Resolve(core, instruction.first, blocks * static_cast<uint64_t>(shape.source_pitch) + shape.block_bytes,
                instruction.where);
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        Kernels().widen[IndexOf(instruction.first.element)](
            reinterpret_cast<float *>(to + block * shape.destination_pitch),
            reinterpret_cast<const uint16_t *>(from + block * shape.source_pitch), shape.block_bytes / 2);
    }
}

void PerformMultiply(Core &core, const Instruction &instruction) {
    const MultiplyShape &shape = instruction.multiply;
    const Element element = instruction.first.element;
    if (element == Element::Int8 || element == Element::Int4) {
        return PerformIntegerMultiply(core, instruction);
    }
    const Element right = instruction.second.element;
    const bool mixed = IsCoded(element) && IsCoded(right) &&
                       (element == Element::HiFloat8) == (right == Element::HiFloat8) &&
                       IsHalfByte(element) == IsHalfByte(right);
    const bool supported = instruction.destination.element == Element::Float &&
                           (mixed || (element == right && (IsNarrow(element) || element == Element::Float)));
    if (!supported) {
        FailCore(core, instruction.where, "Mmad: this combination of types is not implemented");
    }
    // One row selects the vector form: A is then one plain row of k elements.
    const bool is_vector = shape.takes_vector;
    const uint32_t row_elements = ElementsOfRow(element);
    if (IsHalfByte(element) && !shape.has_scales) {
        FailCore(core, instruction.where, "Mmad: numbers of 4 bits are multiplied with scales alone, by MmadMx");
    }
    if (is_vector && IsCoded(element)) {
        FailCore(core, instruction.where, "Mmad: one row of codes as a vector is not implemented; disableGemv");
    }
    Tile tile = {};
    tile.m = shape.m;
    tile.n = shape.n;
    tile.k = shape.k;
    tile.block_rows = CeilDivide(shape.m, 16);
    tile.block_columns = CeilDivide(shape.n, 16);
    tile.stored_depth = CeilDivide(shape.k, row_elements);
    tile.depth = IsCoded(element) ? row_elements / 16 * tile.stored_depth : CeilDivide(shape.k, 16);
    if (shape.aligns_k_to_16 && element == Element::Float) {
        tile.stored_depth = 2 * tile.depth;
    }
    tile.left_by_columns = shape.left_by_columns;
    const uint64_t depth_bytes = tile.stored_depth * kFractalBytes;
    const uint64_t rows = static_cast<uint64_t>(tile.block_rows) * 16;
    const uint64_t column_floats = rows * 16;

    const uint8_t *a =
        Resolve(core, instruction.first, is_vector ? shape.k * 32ull / row_elements : tile.block_rows * depth_bytes,
                instruction.where);
    const uint8_t *b = Resolve(core, instruction.second, tile.block_columns * depth_bytes, instruction.where);
    float *c = reinterpret_cast<float *>(
        Resolve(core, instruction.destination, tile.block_columns * column_floats * sizeof(float), instruction.where));
    if (shape.has_bias) {
        const float *bias = reinterpret_cast<const float *>(
            Resolve(core, instruction.third, shape.n * sizeof(float), instruction.where));
        for (uint32_t column = 0; column < shape.n; ++column) {
            for (uint64_t row = 0; row < rows; ++row) {
                c[column / 16 * column_floats + row * 16 + column % 16] = bias[column];
            }
        }
    }

    const MicroKernels &kernels = Kernels();
    const uint64_t a_pitch = static_cast<uint64_t>(tile.depth) * kFractal;
    const uint64_t a_floats = tile.block_rows * a_pitch;
    const uint64_t panel_floats = static_cast<uint64_t>(tile.depth) * 16 * kernels.panel_columns;
    const uint64_t sum_floats = IsCoded(element) ? rows * kernels.panel_columns : 0;
    float *wide_a = core.worker->Scratch(a_floats + panel_floats + sum_floats);
    float *panel = wide_a + a_floats;
    float *sums = panel + panel_floats;
    if (is_vector) {
        memset(wide_a, 0, a_floats * sizeof(float));
        for (uint32_t k = 0; k < shape.k; ++k) {
            float &place = wide_a[k / 16 * kFractal + k % 16];
            if (element == Element::Float) {
                place = reinterpret_cast<const float *>(a)[k];
            } else {
                const uint16_t bits = reinterpret_cast<const uint16_t *>(a)[k];
                place = element == Element::Half ? HalfToFloat(bits) : BrainToFloat(bits);
            }
        }
    } else {
        WidenA(wide_a, a, element, tile);
    }
    const uint8_t *scales_b = nullptr;
    if (shape.has_scales) {
        if (element == Element::HiFloat8 || !IsCoded(element)) {
            FailCore(core, instruction.where, "MmadMx: this type has no scales");
        }
        // Beside L0A and L0B, at a sixteenth of the address.
        const Operand of_a = {instruction.first.address / 16, Memory::L0AScales, Element::Float8E8M0};
        const Operand of_b = {instruction.second.address / 16, Memory::L0BScales, Element::Float8E8M0};
        const uint64_t bytes = shape.k / 64 * 32ull;
        ScaleA(wide_a, a_pitch, Resolve(core, of_a, tile.block_rows * bytes, instruction.where), tile);
        scales_b = Resolve(core, of_b, tile.block_columns * bytes, instruction.where);
    }
    for (uint32_t column = 0; column < tile.block_columns;) {
        const uint32_t left = (tile.block_columns - column) * 16;
        const uint32_t width = left < kernels.panel_columns ? 16 : kernels.panel_columns;
        WidenPanel(panel, width, b, right, column, tile);
        if (scales_b != nullptr) {
            ScalePanel(panel, width, scales_b, column, tile);
        }
        const uint32_t next = column + width / 16;
        if (next < tile.block_columns) {
            FetchPanel(b + next * kFractalBytes, width / 16, tile);
        }
        float *c0 = c + column * column_floats;
        float *c1 = width == 32 ? c0 + column_floats : nullptr;
        if (IsCoded(element)) {
            MultiplyInSteps(wide_a, a_pitch, panel, width, c0, c1, sums, rows, shape);
        } else {
            kernels.multiply(wide_a, a_pitch, panel, c0, c1, static_cast<uint32_t>(rows), shape.k, shape.initialises);
        }
        column = next;
    }
}

void PerformStoreTile(Core &core, const Instruction &instruction) {
    const StoreShape &shape = instruction.store;
    const Element to_element = instruction.destination.element;
    const Element from_element = instruction.first.element;
    if (shape.conversion == DEQF16 || shape.conversion == VDEQF16) {
        return PerformScaledStore(core, instruction);
    }
    const bool plain = shape.conversion == NoQuant && to_element == from_element &&
                       (from_element == Element::Float || from_element == Element::Int32);
    const bool narrows =
        from_element == Element::Float && ((shape.conversion == F322F16 && to_element == Element::Half) ||
                                           (shape.conversion == F322BF16 && to_element == Element::Brain));
    if (!plain && !narrows) {
        FailCore(core, instruction.where, "Fixpipe: this conversion of types is not implemented");
    }
    const uint32_t element_bytes = plain ? 4 : 2;
    const uint32_t block_columns = CeilDivide(shape.columns, 16);
    const uint64_t column_pitch = shape.block_column_pitch * 16ull;  // in elements
    const uint64_t matrix_pitch = shape.source_matrix_pitch * kFractal;
    const uint64_t span = (shape.matrices - 1) * matrix_pitch + (block_columns - 1) * column_pitch + shape.rows * 16ull;
    const float *source =
        reinterpret_cast<const float *>(Resolve(core, instruction.first, span * sizeof(float), instruction.where));

    // Row major: rows of `destination_pitch` elements. NZ: columns of 16 elements, 32-byte units between them.
    const uint64_t row_bytes =
        shape.row_major ? static_cast<uint64_t>(shape.destination_pitch) * element_bytes : 16ull * element_bytes;
    const uint64_t column_bytes = shape.row_major ? 16ull * element_bytes : shape.destination_pitch * 32ull;
    const uint64_t destination_span =
        (shape.matrices - 1) * static_cast<uint64_t>(shape.destination_matrix_pitch) * element_bytes +
        (shape.rows - 1) * row_bytes + (block_columns - 1) * column_bytes +
        (shape.columns - (block_columns - 1) * 16) * element_bytes;
    uint8_t *to = Resolve(core, instruction.destination, destination_span, instruction.where);
    for (uint32_t matrix = 0; matrix < shape.matrices; ++matrix) {
        const float *tile = source + matrix * matrix_pitch;
        uint8_t *place = to + matrix * static_cast<uint64_t>(shape.destination_matrix_pitch) * element_bytes;
        if (narrows && shape.row_major) {
            Kernels().narrow_tile[IndexOf(to_element)](reinterpret_cast<uint16_t *>(place), shape.destination_pitch,
                                                       tile, column_pitch, shape.rows, shape.columns,
                                                       shape.clamps_negative);
            continue;
        }
        for (uint32_t column = 0; column < block_columns; ++column) {
            const uint32_t left = shape.columns - column * 16;
            const uint32_t width = left < 16 ? left : 16;
            const float *from = tile + column * column_pitch;
            uint8_t *block = place + column * column_bytes;
            if (narrows) {
                Kernels().narrow_tile[IndexOf(to_element)](reinterpret_cast<uint16_t *>(block), 16, from, column_pitch,
                                                           shape.rows, width, shape.clamps_negative);
                continue;
            }
            for (uint32_t row = 0; row < shape.rows; ++row) {
                if (shape.clamps_negative) {
                    ClampLine(reinterpret_cast<uint32_t *>(block + row * row_bytes), from + row * 16, width,
                              from_element);
                } else {
                    memcpy(block + row * row_bytes, from + row * 16, width * element_bytes);
                }
            }
        }
    }
}

}  // namespace dovetail
