// Vector functions in repeats, and the broadcast of numbers to blocks.
#include <cstring>

#include "micro_kernels.h"
#include "perform.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr uint32_t kBlockBytes = 32;
constexpr uint32_t kMostLanes = 128;  // of 16 bits

// Bytes from the first to past the last that a repeated operand covers.
uint64_t Covered(const RepeatShape &shape, int operand, uint32_t element_bytes) {
    const uint32_t bytes = shape.lanes * element_bytes;
    const uint64_t last = (bytes - 1) / kBlockBytes;
    return static_cast<uint64_t>(shape.repeats - 1) * shape.repeat_pitch[operand] * kBlockBytes +
           last * shape.block_pitch[operand] * kBlockBytes + (bytes - last * kBlockBytes);
}

// The elements of one repeat: where they lie, if they lie together, otherwise copied.
const uint8_t *Gathered(uint8_t *buffer, const uint8_t *from, uint32_t bytes, uint16_t block_pitch) {
    if (block_pitch == 1) {
        return from;
    }
    for (uint32_t begin = 0; begin < bytes; begin += kBlockBytes) {
        const uint32_t left = bytes - begin;
        memcpy(buffer + begin, from + begin * block_pitch, left < kBlockBytes ? left : kBlockBytes);
    }
    return buffer;
}

void Scattered(uint8_t *to, const uint8_t *from, uint32_t bytes, uint16_t block_pitch) {
    for (uint32_t begin = 0; begin < bytes; begin += kBlockBytes) {
        const uint32_t left = bytes - begin;
        memcpy(to + begin * block_pitch, from + begin, left < kBlockBytes ? left : kBlockBytes);
    }
}

template <typename T>
void Combine(VectorFunction function, T *to, const T *first, const T *second, uint32_t count) {
    switch (function) {
        case VectorFunction::Add:
            for (uint32_t i = 0; i < count; ++i) {
                to[i] = first[i] + second[i];
            }
            return;
        case VectorFunction::Sub:
            for (uint32_t i = 0; i < count; ++i) {
                to[i] = first[i] - second[i];
            }
            return;
        default:
            for (uint32_t i = 0; i < count; ++i) {
                to[i] = first[i] * second[i];
            }
            return;
    }
}

// One repeat. False where there is no such function of these types.
bool Apply(const RepeatShape &shape, Element to_element, Element from_element, uint8_t *to, const uint8_t *first,
           const uint8_t *second) {
    if (shape.function != VectorFunction::Cast) {
        if (to_element == Element::Float) {
            Combine(shape.function, reinterpret_cast<float *>(to), reinterpret_cast<const float *>(first),
                    reinterpret_cast<const float *>(second), shape.lanes);
        } else if (to_element == Element::Int32) {
            Combine(shape.function, reinterpret_cast<uint32_t *>(to), reinterpret_cast<const uint32_t *>(first),
                    reinterpret_cast<const uint32_t *>(second), shape.lanes);
        } else {
            return false;
        }
        return true;
    }
    using Mode = AscendC::RoundMode;
    const bool to_nearest = shape.rounding == Mode::CAST_RINT || shape.rounding == Mode::CAST_NONE;
    if (from_element == Element::Int32 && to_element == Element::Float && to_nearest) {
        for (uint32_t i = 0; i < shape.lanes; ++i) {
            reinterpret_cast<float *>(to)[i] = static_cast<float>(reinterpret_cast<const int32_t *>(first)[i]);
        }
        return true;
    }
    const bool narrows =
        from_element == Element::Float && ((to_element == Element::Half && to_nearest) ||
                                           (to_element == Element::Brain && shape.rounding == Mode::CAST_RINT));
    if (narrows) {
        const int type = static_cast<int>(to_element == Element::Half ? Narrow::Half : Narrow::Brain);
        Kernels().narrow_tile[type](reinterpret_cast<uint16_t *>(to), 0, reinterpret_cast<const float *>(first), 16, 1,
                                    shape.lanes, false);
    }
    return narrows;
}

}  // namespace

void PerformVectorRepeat(Core &core, const Instruction &instruction) {
    const RepeatShape &shape = instruction.repeat;
    const Operand *operands[3] = {&instruction.destination, &instruction.first, &instruction.second};
    uint8_t *places[3] = {};
    uint32_t bytes[3] = {};
    for (int i = 0; i < 3; ++i) {
        if (operands[i]->element != Element::None) {
            const uint32_t element_bytes = BytesOf(operands[i]->element);
            places[i] = Resolve(core, *operands[i], Covered(shape, i, element_bytes), instruction.where);
            bytes[i] = shape.lanes * element_bytes;
        }
    }
    alignas(64) uint8_t buffers[3][kMostLanes * 8];
    for (uint32_t repeat = 0; repeat < shape.repeats; ++repeat) {
        const uint8_t *sources[3] = {};
        for (int i = 1; i < 3; ++i) {
            if (places[i] != nullptr) {
                sources[i] = Gathered(buffers[i], places[i] + repeat * shape.repeat_pitch[i] * kBlockBytes, bytes[i],
                                      shape.block_pitch[i]);
            }
        }
        uint8_t *target = places[0] + repeat * shape.repeat_pitch[0] * kBlockBytes;
        const bool together = shape.block_pitch[0] == 1;
        if (!Apply(shape, instruction.destination.element, instruction.first.element, together ? target : buffers[0],
                   sources[1], sources[2])) {
            FailCore(core, instruction.where, "this vector function does not take these types of elements in repeats");
        }
        if (!together) {
            Scattered(target, buffers[0], bytes[0], shape.block_pitch[0]);
        }
    }
}

void PerformSelect(Core &core, const Instruction &instruction) {
    const SelectShape &shape = instruction.select;
    const uint32_t element_bytes = BytesOf(instruction.first.element);
    const uint32_t step = shape.pattern == 7 ? 1 : shape.pattern > 2 ? 4 : 2;
    const uint32_t first = shape.pattern == 7 ? 0 : shape.pattern > 2 ? shape.pattern - 3 : shape.pattern - 1;
    const uint64_t selected = shape.count > first ? (shape.count - first + step - 1) / step : 0;
    uint8_t *to = Resolve(core, instruction.destination, selected * element_bytes, instruction.where);
    const uint8_t *from =
        Resolve(core, instruction.first, static_cast<uint64_t>(shape.count) * element_bytes, instruction.where);
    for (uint64_t i = 0; i < selected; ++i) {
        memcpy(to + i * element_bytes, from + (first + i * step) * element_bytes, element_bytes);
    }
}

void PerformBroadcast(Core &core, const Instruction &instruction) {
    const BroadcastShape &shape = instruction.broadcast;
    const uint32_t element_bytes = BytesOf(instruction.first.element);
    const uint64_t span =
        (static_cast<uint64_t>(shape.repeats - 1) * shape.repeat_pitch + 7ull * shape.block_pitch + 1) * kBlockBytes;
    uint8_t *to = Resolve(core, instruction.destination, span, instruction.where);
    const uint8_t *from = Resolve(core, instruction.first, 8ull * shape.repeats * element_bytes, instruction.where);
    for (uint32_t number = 0; number < 8u * shape.repeats; ++number) {
        uint8_t *block =
            to +
            (number / 8 * static_cast<uint64_t>(shape.repeat_pitch) + number % 8 * shape.block_pitch) * kBlockBytes;
        for (uint32_t i = 0; i < kBlockBytes; i += element_bytes) {
            memcpy(block + i, from + number * element_bytes, element_bytes);
        }
    }
}

}  // namespace dovetail
