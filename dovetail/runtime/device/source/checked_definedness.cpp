// Whether somebody has written what an instruction reads.
#include "checked_executor.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

unsigned long long Long(uint64_t value) { return value; }

}  // namespace

Definedness *Checked::DefinednessAt(Core &core, const Operand &operand, uint64_t offset, uint64_t *begin) {
    *begin = operand.address + offset;
    if (operand.memory != Memory::Global) {
        return &core.checked->defined[static_cast<int>(operand.memory)];
    }
    Tensor *tensor = TensorAt(*core.rank, *begin);
    if (tensor == nullptr || (tensor->access & DOVETAIL_INPUT) != 0) {
        return nullptr;
    }
    *begin -= tensor->begin;
    return &tensor->defined;
}

// Somebody reads what nobody wrote. If somebody writes it later in this run that is a race, so the run goes on until
// nothing moves; but the scalar that reads, or that waits for what is computed, would go astray.
void Checked::RequireDefined(Core &core, pipe_t pipe, const Operand &operand, uint64_t offset, uint64_t bytes,
                             Location where) {
    uint64_t begin = 0;
    const Definedness *defined = DefinednessAt(core, operand, offset, &begin);
    const uint64_t first = defined == nullptr ? begin + bytes : defined->FirstUndefined(begin, bytes);
    if (first == begin + bytes) {
        return;
    }
    core.checked->is_stopped = true;
    if (launch_.suspicion.empty()) {
        const uint64_t address = operand.address + offset;
        launch_.suspicion =
            Describe(core, where, "uninitialised: %s reads %s, of which nobody has written byte %llu", NameOf(pipe),
                     NameOfRange(core, operand.memory, address, address + bytes).c_str(), Long(first));
    }
    if (core.worker->IsRunning(core)) {
        core.wait = Wait::Stopped;
        core.worker->Suspend(core);
    }
}

void Checked::SetDefined(Core &core, const Operand &operand, uint64_t offset, uint64_t bytes, bool defined) {
    uint64_t begin = 0;
    Definedness *of = DefinednessAt(core, operand, offset, &begin);
    if (of != nullptr) {
        of->Set(begin, bytes, defined);
    }
}

// Copies carry undefined bytes along; whoever computes with them, or stores them to global memory, fails.
void Checked::MoveDefinedness(Core &core, const Instruction &instruction) {
    DescribeFootprint(instruction, footprint_);
    const auto local = [&](const Operand &operand) -> Definedness & {
        return core.checked->defined[static_cast<int>(operand.memory)];
    };
    const bool copies = instruction.operation == Operation::Copy || instruction.operation == Operation::CopyNdToNz ||
                        instruction.operation == Operation::LoadFractals ||
                        instruction.operation == Operation::LoadSquares ||
                        instruction.operation == Operation::LoadRegion || instruction.operation == Operation::CopyBias;
    if (!copies || instruction.destination.memory == Memory::Global) {
        ForEachRun(footprint_.reads, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            RequireDefined(core, instruction.pipe, operand, offset, bytes, instruction.where);
        });
        if (instruction.operation == Operation::Multiply && instruction.multiply.initialises) {
            // What lies beyond m and n in the last fractals is now of no meaning.
            const MultiplyShape &shape = instruction.multiply;
            constexpr uint64_t kFractalBytes = 1024;  // of an accumulator
            const uint64_t fractals = (shape.m + 15ull) / 16 * ((shape.n + 15ull) / 16);
            SetDefined(core, instruction.destination, 0, fractals * kFractalBytes, false);
        }
        ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            SetDefined(core, operand, offset, bytes, true);
        });
        return;
    }
    if (instruction.first.memory == Memory::Global) {
        // What is undefined in global memory is so for whoever loads it.
        ForEachRun(footprint_.reads, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            RequireDefined(core, instruction.pipe, operand, offset, bytes, instruction.where);
        });
    }
    const Operand &to = instruction.destination;
    if (instruction.operation == Operation::Copy) {
        const CopyShape &shape = instruction.copy;
        const uint64_t left = shape.fills ? shape.left_bytes : 0;
        for (uint32_t block = 0; block < shape.block_count; ++block) {
            uint64_t from_begin = 0;
            const Definedness *from =
                DefinednessAt(core, instruction.first, static_cast<uint64_t>(block * shape.source_pitch), &from_begin);
            const uint64_t place = to.address + static_cast<uint64_t>(block * shape.destination_pitch);
            if (shape.fills) {
                local(to).Set(place, left + shape.block_bytes + shape.right_bytes, true);
            }
            local(to).Copy(place + left, from, from_begin, shape.block_bytes);
        }
    } else if (instruction.operation == Operation::CopyNdToNz) {
        MoveDefinednessToNz(core, instruction);
    } else if (instruction.operation == Operation::LoadRegion) {
        MoveDefinednessOfRegion(core, instruction);
    } else if (instruction.operation == Operation::CopyBias) {
        MoveDefinednessOfBias(core, instruction);
    } else if (instruction.operation == Operation::LoadSquares) {
        MoveDefinednessOfSquares(core, instruction);
    } else {
        MoveDefinednessOfFractals(core, instruction);
    }
}

void Checked::MoveDefinednessToNz(Core &core, const Instruction &instruction) {
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        SetDefined(core, operand, offset, bytes, true);
    });
    uint64_t begin = 0;
    if (DefinednessAt(core, instruction.first, 0, &begin) == nullptr) {
        return;
    }
    const NdToNzShape &shape = instruction.nd_to_nz;
    const uint64_t row_bytes = static_cast<uint64_t>(shape.columns) * shape.element_bytes;
    constexpr uint64_t kRowBytes = 32;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint64_t matrix = 0; matrix < shape.matrices; ++matrix) {
        for (uint64_t row = 0; row < shape.rows; ++row) {
            const uint64_t elements = matrix * shape.source_matrix_pitch + row * shape.source_row_pitch;
            const Definedness *from = DefinednessAt(core, instruction.first, elements * shape.element_bytes, &begin);
            for (uint64_t column = 0; column * kRowBytes < row_bytes; ++column) {
                const uint64_t left = row_bytes - column * kRowBytes;
                const uint64_t place =
                    instruction.destination.address + matrix * shape.destination_matrix_pitch * shape.element_bytes +
                    column * shape.block_column_pitch * kRowBytes + row * shape.row_pitch * kRowBytes;
                to.Copy(place, from, begin + column * kRowBytes, left < kRowBytes ? left : kRowBytes);
            }
        }
    }
}

// Squares of 16 by 16 elements of two bytes, 32 by 32 of one, or 64 by 64 of half a byte. Each byte of the target is
// made of `shared` bytes that lie below each other.
void Checked::MoveDefinednessOfSquares(Core &core, const Instruction &instruction) {
    constexpr uint64_t kFractal = 512, kRow = 32, kRowsOfFractal = 16;
    const SquareShape &shape = instruction.squares;
    const uint64_t side = ElementsOfRow(instruction.first.element), square = side * kRow;
    const uint64_t element = side <= kRow ? kRow / side : 1, shared = side <= kRow ? 1 : side / kRow;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint32_t repeat = 0; repeat < shape.repeat; ++repeat) {
        const auto number = static_cast<uint64_t>(shape.start + static_cast<int64_t>(repeat) * shape.source_step);
        uint64_t begin = 0;
        const Definedness *from = DefinednessAt(core, instruction.first, number * square, &begin);
        const bool all = from == nullptr || from->FirstUndefined(begin, square) == begin + square;
        const uint64_t base = instruction.destination.address + repeat * shape.destination_step * kFractal;
        for (uint64_t column = 0; column < side; ++column) {
            const uint64_t place =
                base + column / kRowsOfFractal * shape.fractal_step * kFractal + column % kRowsOfFractal * kRow;
            if (all) {
                to.Set(place, kRow, true);
                continue;
            }
            for (uint64_t row = 0; row < side / shared; ++row) {
                const uint64_t source = begin + row * shared * kRow + column / shared * element;
                const bool below = shared > 1 && from->FirstUndefined(source + kRow, 1) == source + kRow;
                if (below) {
                    to.Set(place + row, 1, false);
                } else {
                    to.Copy(place + row * element, from, source, element);
                }
            }
        }
    }
}

// Square by square, as of one fractal high where nothing is transposed.
void Checked::MoveDefinednessOfRegion(Core &core, const Instruction &instruction) {
    constexpr uint64_t kFractal = 512;
    const RegionShape shape = instruction.region;
    const uint32_t high = shape.transposes ? ElementsOfRow(instruction.first.element) / 16 : 1;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint32_t column = 0; column < shape.columns; ++column) {
        for (uint32_t row = 0; row + high <= shape.rows; row += high) {
            Instruction square = instruction;
            const int64_t fractal =
                static_cast<int64_t>(shape.first_column + column) * shape.source_pitch + shape.first_row + row;
            square.first.address += static_cast<uint64_t>(fractal) * kFractal;
            const uint64_t place = shape.transposes ? row / high * uint64_t{shape.destination_pitch} + column * high
                                                    : column * uint64_t{shape.destination_pitch} + row;
            square.destination.address += place * kFractal;
            if (shape.transposes) {
                square.squares = {};
                square.squares.repeat = square.squares.fractal_step = 1;
                MoveDefinednessOfSquares(core, square);
                continue;
            }
            uint64_t begin = 0;
            const Definedness *from = DefinednessAt(core, square.first, 0, &begin);
            to.Copy(square.destination.address, from, begin, kFractal);
        }
    }
}

// Each number of two bytes becomes one of four.
void Checked::MoveDefinednessOfBias(Core &core, const Instruction &instruction) {
    const CopyShape &shape = instruction.copy;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        uint64_t begin = 0;
        const Definedness *from =
            DefinednessAt(core, instruction.first, static_cast<uint64_t>(block * shape.source_pitch), &begin);
        const uint64_t place = instruction.destination.address + static_cast<uint64_t>(block * shape.destination_pitch);
        for (uint64_t i = 0; i < shape.block_bytes; i += 2) {
            to.Set(place + 2 * i, 4, from == nullptr || from->FirstUndefined(begin + i, 2) == begin + i + 2);
        }
    }
}

void Checked::MoveDefinednessOfFractals(Core &core, const Instruction &instruction) {
    const FractalShape &shape = instruction.fractals;
    constexpr uint64_t kFractal = 512, kElement = 2, kLine = 16;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint32_t repeat = 0; repeat < shape.repeat; ++repeat) {
        const auto number = static_cast<uint64_t>(shape.start + static_cast<int64_t>(repeat) * shape.source_step);
        uint64_t begin = 0;
        const Definedness *from = DefinednessAt(core, instruction.first, number * kFractal, &begin);
        const uint64_t place = instruction.destination.address + repeat * shape.destination_step * kFractal;
        const bool all = from == nullptr || from->FirstUndefined(begin, kFractal) == begin + kFractal;
        if (all || !shape.transposes) {
            to.Copy(place, all ? nullptr : from, begin, kFractal);
            continue;
        }
        for (uint64_t i = 0; i < kLine * kLine; ++i) {
            to.Copy(place + i * kElement, from, begin + (i % kLine * kLine + i / kLine) * kElement, kElement);
        }
    }
}

}  // namespace dovetail
