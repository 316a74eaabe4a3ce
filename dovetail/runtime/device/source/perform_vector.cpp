// Element-wise functions of the vector core.
#include <cmath>
#include <cstring>

#include "footprint.h"
#include "perform.h"
#include "report.h"

namespace dovetail {

namespace {

template <typename T>
T ScalarOf(uint64_t bits) {
    T value;
    memcpy(&value, &bits, sizeof(T));
    return value;
}

// Arithmetic of half happens in float and is rounded once, which is exact for +, -, * and /.
template <typename T>
struct Wide {
    using Type = T;
};
template <>
struct Wide<half> {
    using Type = float;
};
template <>
struct Wide<bfloat16_t> {
    using Type = float;
};

template <typename T>
T Compute(VectorFunction function, T first_value, T second_value) {
    using W = typename Wide<T>::Type;
    const W first = first_value;
    const W second = second_value;
    switch (function) {
        case VectorFunction::Add:
        case VectorFunction::Adds:
            return static_cast<T>(first + second);
        case VectorFunction::Sub:
            return static_cast<T>(first - second);
        case VectorFunction::Mul:
        case VectorFunction::Muls:
            return static_cast<T>(first * second);
        case VectorFunction::Div:
            return static_cast<T>(first / second);
        case VectorFunction::Max:
        case VectorFunction::Maxs:
            return static_cast<T>(first > second ? first : second);
        case VectorFunction::Min:
        case VectorFunction::Mins:
            return static_cast<T>(first < second ? first : second);
        case VectorFunction::Abs:
            return static_cast<T>(first < 0 ? -first : first);
        case VectorFunction::Relu:
            return static_cast<T>(first > 0 ? first : W(0));
        case VectorFunction::Exp:
            return static_cast<T>(static_cast<W>(std::exp(static_cast<float>(first))));
        case VectorFunction::Ln:
            return static_cast<T>(static_cast<W>(std::log(static_cast<float>(first))));
        case VectorFunction::Sqrt:
            return static_cast<T>(static_cast<W>(std::sqrt(static_cast<float>(first))));
        default:
            return second_value;
    }
}

template <typename T>
void Map(const VectorShape &shape, T *to, const T *first, const T *second) {
    const T scalar = ScalarOf<T>(shape.scalar);
    for (uint32_t i = 0; i < shape.count; ++i) {
        to[i] =
            Compute<T>(shape.function, first != nullptr ? first[i] : scalar, second != nullptr ? second[i] : scalar);
    }
}

bool IsShift(VectorFunction function) {
    return function == VectorFunction::ShiftLeft || function == VectorFunction::ShiftRight;
}

void Shift(const VectorShape &shape, uint32_t *to, const uint32_t *from) {
    const auto bits = ScalarOf<uint32_t>(shape.scalar);
    for (uint32_t i = 0; i < shape.count; ++i) {
        to[i] = bits > 31 ? 0 : shape.function == VectorFunction::ShiftLeft ? from[i] << bits : from[i] >> bits;
    }
}

void MapBits(const VectorShape &shape, uint16_t *to, const uint16_t *first, const uint16_t *second) {
    for (uint32_t i = 0; i < shape.count; ++i) {
        to[i] = shape.function == VectorFunction::And ? first[i] & second[i] : first[i] | second[i];
    }
}

double Load(const uint8_t *from, Element element, uint32_t index) {
    switch (element) {
        case Element::Int8:
            return reinterpret_cast<const int8_t *>(from)[index];
        case Element::UInt8:
            return from[index];
        case Element::Int16:
            return reinterpret_cast<const int16_t *>(from)[index];
        case Element::UInt16:
            return reinterpret_cast<const uint16_t *>(from)[index];
        case Element::Int32:
            return reinterpret_cast<const int32_t *>(from)[index];
        case Element::UInt32:
            return reinterpret_cast<const uint32_t *>(from)[index];
        case Element::Half:
            return HalfToFloat(reinterpret_cast<const uint16_t *>(from)[index]);
        case Element::Brain:
            return BrainToFloat(reinterpret_cast<const uint16_t *>(from)[index]);
        default:
            return reinterpret_cast<const float *>(from)[index];
    }
}

double RoundTo(double value, AscendC::RoundMode mode) {
    switch (mode) {
        case AscendC::RoundMode::CAST_FLOOR:
            return std::floor(value);
        case AscendC::RoundMode::CAST_CEIL:
            return std::ceil(value);
        case AscendC::RoundMode::CAST_ROUND:
            return std::round(value);
        case AscendC::RoundMode::CAST_TRUNC:
            return std::trunc(value);
        default:
            return std::nearbyint(value);
    }
}

// Out of range saturates; NaN becomes 0.
template <typename T>
T Saturate(double value, double low, double high) {
    return value != value ? T(0) : static_cast<T>(value < low ? low : value > high ? high : value);
}

void Store(uint8_t *to, Element element, uint32_t index, double value, AscendC::RoundMode mode) {
    switch (element) {
        case Element::Int8:
            reinterpret_cast<int8_t *>(to)[index] = Saturate<int8_t>(RoundTo(value, mode), -128, 127);
            return;
        case Element::UInt8:
            to[index] = Saturate<uint8_t>(RoundTo(value, mode), 0, 255);
            return;
        case Element::Int16:
            reinterpret_cast<int16_t *>(to)[index] = Saturate<int16_t>(RoundTo(value, mode), -32768, 32767);
            return;
        case Element::Int32:
            reinterpret_cast<int32_t *>(to)[index] =
                Saturate<int32_t>(RoundTo(value, mode), -2147483648.0, 2147483647.0);
            return;
        case Element::Half:
            reinterpret_cast<uint16_t *>(to)[index] = FloatToHalf(static_cast<float>(value));
            return;
        case Element::Brain:
            reinterpret_cast<uint16_t *>(to)[index] = FloatToBrain(static_cast<float>(value));
            return;
        default:
            reinterpret_cast<float *>(to)[index] = static_cast<float>(value);
            return;
    }
}

}  // namespace

void PerformVector(Core &core, const Instruction &instruction) {
    const VectorShape &shape = instruction.vector;
    const Element element = instruction.destination.element;
    uint8_t *to = Resolve(core, instruction.destination, static_cast<uint64_t>(shape.count) * BytesOf(element),
                          instruction.where);
    const uint8_t *sources[2] = {};
    const Operand *operands[2] = {&instruction.first, &instruction.second};
    for (int i = 0; i < 2; ++i) {
        if (operands[i]->element != Element::None) {
            sources[i] = Resolve(core, *operands[i], static_cast<uint64_t>(shape.count) * BytesOf(operands[i]->element),
                                 instruction.where);
        }
    }
    if (shape.function == VectorFunction::Cast) {
        for (uint32_t i = 0; i < shape.count; ++i) {
            Store(to, element, i, Load(sources[0], instruction.first.element, i), shape.rounding);
        }
        return;
    }
    if (shape.function == VectorFunction::And || shape.function == VectorFunction::Or) {
        if (BytesOf(element) != 2) {
            FailCore(core, instruction.where, "And and Or take elements of 16 bits");
        }
        MapBits(shape, reinterpret_cast<uint16_t *>(to), reinterpret_cast<const uint16_t *>(sources[0]),
                reinterpret_cast<const uint16_t *>(sources[1]));
        return;
    }
    if (IsShift(shape.function) && element != Element::UInt32) {
        FailCore(core, instruction.where, "ShiftLeft and ShiftRight are implemented for uint32_t");
    }
    switch (element) {
        case Element::Half:
            return Map(shape, reinterpret_cast<half *>(to), reinterpret_cast<const half *>(sources[0]),
                       reinterpret_cast<const half *>(sources[1]));
        case Element::Float:
            return Map(shape, reinterpret_cast<float *>(to), reinterpret_cast<const float *>(sources[0]),
                       reinterpret_cast<const float *>(sources[1]));
        case Element::Int16:
            return Map(shape, reinterpret_cast<int16_t *>(to), reinterpret_cast<const int16_t *>(sources[0]),
                       reinterpret_cast<const int16_t *>(sources[1]));
        case Element::Int32:
            return Map(shape, reinterpret_cast<int32_t *>(to), reinterpret_cast<const int32_t *>(sources[0]),
                       reinterpret_cast<const int32_t *>(sources[1]));
        case Element::Brain:
        case Element::UInt16:
        case Element::UInt32:
            if (element == Element::UInt32 && IsShift(shape.function)) {
                return Shift(shape, reinterpret_cast<uint32_t *>(to), reinterpret_cast<const uint32_t *>(sources[0]));
            }
            if (shape.function == VectorFunction::Duplicate) {
                if (BytesOf(element) == 2) {
                    return Map(shape, reinterpret_cast<uint16_t *>(to), static_cast<const uint16_t *>(nullptr),
                               static_cast<const uint16_t *>(nullptr));
                }
                return Map(shape, reinterpret_cast<uint32_t *>(to), static_cast<const uint32_t *>(nullptr),
                           static_cast<const uint32_t *>(nullptr));
            }
            [[fallthrough]];
        default:
            FailCore(core, instruction.where, "this vector function does not take this type of element");
    }
}

}  // namespace dovetail
