// Copies: strided blocks between memories, and rows of global memory into NZ fractals.
#include <atomic>
#include <cstring>

#include "micro_kernels.h"
#include "perform.h"
#include "report.h"

namespace dovetail {

namespace {

// Flags between ranks are words of windows that other threads and processes poll, so short copies go word by word.
constexpr uint64_t kWordCopyBytes = 256;

bool IsWordCopy(const void *to, const void *from, uint64_t bytes) {
    return bytes <= kWordCopyBytes &&
           (reinterpret_cast<uint64_t>(to) | reinterpret_cast<uint64_t>(from) | bytes) % 4 == 0;
}

void CopyBytes(uint8_t *to, const uint8_t *from, uint64_t bytes) {
    if (!IsWordCopy(to, from, bytes)) {
        memcpy(to, from, bytes);
        return;
    }
    for (uint64_t i = 0; i < bytes / 4; ++i) {
        const uint32_t word = __atomic_load_n(reinterpret_cast<const uint32_t *>(from) + i, __ATOMIC_RELAXED);
        __atomic_store_n(reinterpret_cast<uint32_t *>(to) + i, word, __ATOMIC_RELAXED);
    }
}

template <typename T>
void AddIntegers(uint8_t *to, const uint8_t *from, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes / sizeof(T); ++i) {
        __atomic_fetch_add(reinterpret_cast<T *>(to) + i, reinterpret_cast<const T *>(from)[i], __ATOMIC_RELAXED);
    }
}

template <typename T, typename Bits>
void AddFloats(uint8_t *to, const uint8_t *from, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes / sizeof(T); ++i) {
        Bits *place = reinterpret_cast<Bits *>(to) + i;
        T addend;
        memcpy(&addend, from + i * sizeof(T), sizeof(T));
        Bits expected = __atomic_load_n(place, __ATOMIC_RELAXED);
        Bits desired;
        do {
            T sum;
            memcpy(&sum, &expected, sizeof(T));
            sum = static_cast<T>(static_cast<float>(sum) + static_cast<float>(addend));
            memcpy(&desired, &sum, sizeof(T));
        } while (!__atomic_compare_exchange_n(place, &expected, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    }
}

void AddBytes(Core &core, Element added, uint8_t *to, const uint8_t *from, uint64_t bytes, Location where) {
    switch (added) {
        case Element::Int8:
            return AddIntegers<int8_t>(to, from, bytes);
        case Element::Int16:
            return AddIntegers<int16_t>(to, from, bytes);
        case Element::Int32:
            return AddIntegers<int32_t>(to, from, bytes);
        case Element::Half:
            return AddFloats<half, uint16_t>(to, from, bytes);
        case Element::Brain:
            return AddFloats<bfloat16_t, uint16_t>(to, from, bytes);
        case Element::Float:
            return AddFloats<float, uint32_t>(to, from, bytes);
        default:
            FailCore(core, where, "SetAtomicAdd does not take this type");
    }
}

void Fill(uint8_t *to, uint64_t bytes, uint64_t value, uint32_t value_bytes) {
    for (uint64_t i = 0; i + value_bytes <= bytes; i += value_bytes) {
        memcpy(to + i, &value, value_bytes);
    }
}

// Bytes from the first to past the last of `count` blocks.
uint64_t Span(uint64_t count, int64_t pitch, uint64_t bytes) {
    return (count - 1) * static_cast<uint64_t>(pitch) + bytes;
}

}  // namespace

uint8_t *Resolve(Core &core, const Operand &operand, uint64_t bytes, Location where) {
    if (operand.memory == Memory::Global) {
        return reinterpret_cast<uint8_t *>(operand.address);
    }
    const Arena &arena = core.memories[static_cast<int>(operand.memory)];
    if (operand.address + bytes > arena.bytes) {
        FailCore(core, where, "out of bounds: bytes [%llu, %llu) of %s, which has %llu%s",
                 static_cast<unsigned long long>(operand.address),
                 static_cast<unsigned long long>(operand.address + bytes), NameOf(operand.memory),
                 static_cast<unsigned long long>(arena.bytes), arena.bytes == 0 ? " on this kind of core" : "");
    }
    return arena.data + operand.address;
}

void PerformCopy(Core &core, const Instruction &instruction) {
    const CopyShape &shape = instruction.copy;
    const uint64_t written = shape.left_bytes + shape.block_bytes + shape.right_bytes;
    uint8_t *to = Resolve(core, instruction.destination, Span(shape.block_count, shape.destination_pitch, written),
                          instruction.where);
    const uint8_t *from = Resolve(core, instruction.first,
                                  Span(shape.block_count, shape.source_pitch, shape.block_bytes), instruction.where);
    const bool stores = instruction.destination.memory == Memory::Global;
    const bool loads = instruction.first.memory == Memory::Global;
    if (stores) {
        // What this core wrote before becomes visible before these words do.
        std::atomic_thread_fence(std::memory_order_release);
    }
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        uint8_t *block_to = to + static_cast<int64_t>(block) * shape.destination_pitch;
        const uint8_t *block_from = from + static_cast<int64_t>(block) * shape.source_pitch;
        if (shape.fills) {
            Fill(block_to, shape.left_bytes, shape.fill, shape.fill_bytes);
            Fill(block_to + shape.left_bytes + shape.block_bytes, shape.right_bytes, shape.fill, shape.fill_bytes);
            block_to += shape.left_bytes;
        }
        if (shape.accumulates) {
            AddBytes(core, shape.added, block_to, block_from, shape.block_bytes, instruction.where);
        } else {
            CopyBytes(block_to, block_from, shape.block_bytes);
        }
    }
    if (loads) {
        std::atomic_thread_fence(std::memory_order_acquire);
    }
}

void PerformCopyNdToNz(Core &core, const Instruction &instruction) {
    const NdToNzShape &shape = instruction.nd_to_nz;
    const uint64_t row_bytes = static_cast<uint64_t>(shape.columns) * shape.element_bytes;
    const uint64_t whole_bytes = row_bytes / 32 * 32;
    const uint64_t block_columns = (row_bytes + 31) / 32;
    const uint64_t column_pitch = shape.block_column_pitch * 32ull;
    const uint64_t row_pitch = shape.row_pitch * 32ull;
    const uint64_t source_pitch = static_cast<uint64_t>(shape.source_row_pitch) * shape.element_bytes;
    const uint64_t matrix_pitch = static_cast<uint64_t>(shape.destination_matrix_pitch) * shape.element_bytes;
    const uint64_t span =
        (shape.matrices - 1) * matrix_pitch + (block_columns - 1) * column_pitch + (shape.rows - 1) * row_pitch + 32;
    uint8_t *base = Resolve(core, instruction.destination, span, instruction.where);
    for (uint32_t matrix = 0; matrix < shape.matrices; ++matrix) {
        uint8_t *to = base + matrix * matrix_pitch;
        const uint8_t *from = reinterpret_cast<const uint8_t *>(instruction.first.address) +
                              static_cast<uint64_t>(matrix) * shape.source_matrix_pitch * shape.element_bytes;
        if (row_pitch == 32) {
            Kernels().copy_to_columns(to, column_pitch, from, source_pitch, shape.rows, whole_bytes);
        } else {
            for (uint32_t row = 0; row < shape.rows; ++row) {
                Kernels().copy_to_columns(to + row * row_pitch, column_pitch, from + row * source_pitch, source_pitch,
                                          1, whole_bytes);
            }
        }
        if (whole_bytes != row_bytes) {
            // The last 32 bytes of each row are completed with zeros.
            uint8_t *last = to + (block_columns - 1) * column_pitch;
            for (uint32_t row = 0; row < shape.rows; ++row) {
                uint8_t *place = last + row * row_pitch;
                memcpy(place, from + row * source_pitch + whole_bytes, row_bytes - whole_bytes);
                memset(place + row_bytes - whole_bytes, 0, 32 - (row_bytes - whole_bytes));
            }
        }
    }
    std::atomic_thread_fence(std::memory_order_acquire);
}

void PerformCopyDnToNz(Core &core, const Instruction &instruction) {
    const NdToNzShape &shape = instruction.nd_to_nz;
    const uint32_t in_block = 32u / shape.element_bytes;
    const uint64_t block_pitch = shape.block_column_pitch * 32ull, row_pitch = shape.row_pitch * 32ull;
    const uint64_t blocks = (shape.rows + in_block - 1) / in_block;
    uint8_t *to = Resolve(core, instruction.destination,
                          (blocks - 1) * block_pitch + (shape.columns - 1) * row_pitch + 32, instruction.where);
    const uint8_t *from = reinterpret_cast<const uint8_t *>(instruction.first.address);
    for (uint32_t column = 0; column < shape.columns; ++column) {
        for (uint64_t row = 0; row < blocks * in_block; ++row) {
            uint8_t *place =
                to + row / in_block * block_pitch + column * row_pitch + row % in_block * shape.element_bytes;
            if (row < shape.rows) {
                memcpy(place, from + (row * shape.source_row_pitch + column) * shape.element_bytes,
                       shape.element_bytes);
            } else {
                memset(place, 0, shape.element_bytes);  // the last 32 bytes are completed with zeros
            }
        }
    }
    std::atomic_thread_fence(std::memory_order_acquire);
}

void PerformFill(Core &core, const Instruction &instruction) {
    const CopyShape &shape = instruction.copy;
    uint8_t *to = Resolve(core, instruction.destination,
                          Span(shape.block_count, shape.destination_pitch, shape.block_bytes), instruction.where);
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        Fill(to + block * shape.destination_pitch, shape.block_bytes, shape.fill, shape.fill_bytes);
    }
}

void Perform(Core &core, const Instruction &instruction) {
    switch (instruction.operation) {
        case Operation::Copy:
            return PerformCopy(core, instruction);
        case Operation::CopyNdToNz:
            return PerformCopyNdToNz(core, instruction);
        case Operation::CopyDnToNz:
            return PerformCopyDnToNz(core, instruction);
        case Operation::Fill:
            return PerformFill(core, instruction);
        case Operation::LoadFractals:
            return PerformLoadFractals(core, instruction);
        case Operation::LoadSquares:
            return PerformLoadSquares(core, instruction);
        case Operation::LoadRegion:
            return PerformLoadRegion(core, instruction);
        case Operation::CopyBias:
            return PerformCopyBias(core, instruction);
        case Operation::Multiply:
            return PerformMultiply(core, instruction);
        case Operation::StoreTile:
            return PerformStoreTile(core, instruction);
        case Operation::Vector:
            return PerformVector(core, instruction);
        case Operation::VectorRepeat:
            return PerformVectorRepeat(core, instruction);
        case Operation::Broadcast:
            return PerformBroadcast(core, instruction);
        case Operation::Select:
            return PerformSelect(core, instruction);
    }
}

}  // namespace dovetail
