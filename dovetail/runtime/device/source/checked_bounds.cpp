// Whether what an instruction touches is its own: bounds of memories, of tensors and of windows.
#include <algorithm>
#include <utility>
#include <vector>

#include "checked_executor.h"
#include "report.h"

namespace dovetail {

namespace {

unsigned long long Long(uint64_t value) { return value; }

}  // namespace

Tensor *Checked::TensorAt(const Rank &rank, uint64_t address) {
    for (Tensor &tensor : tensors_[rank.index - launch_.request->first_rank]) {
        if (address >= tensor.begin && address < tensor.end) {
            return &tensor;
        }
    }
    return nullptr;
}

void Checked::CheckBounds(Core &core, const Instruction &instruction) {
    DescribeFootprint(instruction, footprint_);
    const auto check = [&](bool writes) {
        return [&, writes](const Operand &operand, uint64_t offset, uint64_t bytes) {
            CheckBounds(core, instruction.pipe, operand, offset, bytes, writes, instruction.where);
        };
    };
    ForEachRun(footprint_.reads, check(false));
    ForEachRun(footprint_.writes, check(true));
    CheckOverlap(core, instruction);
}

void Checked::CheckBounds(Core &core, pipe_t pipe, const Operand &operand, uint64_t offset, uint64_t bytes, bool writes,
                          Location where) {
    const std::string described = std::string(NameOf(pipe)) + (writes ? " writes" : " reads");
    const char *verb = described.c_str();
    const uint64_t begin = operand.address + offset, end = begin + bytes;
    if (operand.memory != Memory::Global) {
        const uint64_t size = core.memories[static_cast<int>(operand.memory)].bytes;
        if (operand.extent != kUnbounded && operand.address + operand.extent > size) {
            FailCore(core, where, "over capacity: %s a tensor of %s that ends at byte %llu, and there are %llu", verb,
                     NameOf(operand.memory), Long(operand.address + operand.extent), Long(size));
        }
        if (static_cast<int64_t>(begin) < 0 || end > size) {
            FailCore(core, where, "out of bounds: %s bytes [%lld, %llu) of %s, which has %llu%s", verb,
                     static_cast<long long>(begin), Long(end), NameOf(operand.memory), Long(size),
                     size == 0 ? " on this kind of core" : "");
        }
    }
    if (operand.extent != kUnbounded && (static_cast<int64_t>(offset) < 0 || offset + bytes > operand.extent)) {
        const std::string place = operand.memory == Memory::Global ? NameOfRange(core, operand.memory, begin, end)
                                                                   : std::string(NameOf(operand.memory));
        FailCore(core, where, "out of bounds: %s bytes [%lld, %lld) of a tensor that has %llu, in %s", verb,
                 static_cast<long long>(offset), static_cast<long long>(offset + bytes), Long(operand.extent),
                 place.c_str());
    }
    if (operand.memory != Memory::Global || WindowOwner(launch_, begin) >= 0) {
        const int owner = operand.memory == Memory::Global ? WindowOwner(launch_, begin) : -1;
        const uint64_t window = owner < 0 ? 0 : reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
        if (owner >= 0 && end > window + launch_.request->window_bytes) {
            FailCore(core, where, "out of bounds: %s bytes [%llu, %llu) of the window of rank %d, which has %llu", verb,
                     Long(begin - window), Long(end - window), owner, Long(launch_.request->window_bytes));
        }
        return;
    }
    const std::vector<Tensor> &tensors = tensors_[core.rank->index - launch_.request->first_rank];
    if (tensors.empty()) {
        return;
    }
    const Tensor *nearest = &tensors.front();
    for (const Tensor &tensor : tensors) {
        if (begin >= tensor.begin && end <= tensor.end) {
            if (writes && (tensor.access & DOVETAIL_OUTPUT) == 0) {
                FailCore(core, where, "out of bounds: writes bytes [%llu, %llu) of %s, which is an input",
                         Long(begin - tensor.begin), Long(end - tensor.begin), tensor.name.c_str());
            }
            return;
        }
        const auto distance = [&](const Tensor &other) {
            return begin < other.begin ? other.begin - begin : begin < other.end ? 0 : begin - other.end + 1;
        };
        nearest = distance(tensor) < distance(*nearest) ? &tensor : nearest;
    }
    FailCore(core, where, "out of bounds: %s bytes [%lld, %lld) of %s, which has %llu", verb,
             static_cast<long long>(begin - nearest->begin), static_cast<long long>(end - nearest->begin),
             nearest->name.c_str(), Long(nearest->end - nearest->begin));
}

// Source and destination in one memory are the same bytes or have none in common, and nothing is written twice.
void Checked::CheckOverlap(Core &core, const Instruction &instruction) {
    for (const Strip &write : footprint_.writes) {
        if (!write.MayOverlapItself()) {
            continue;
        }
        std::vector<std::pair<uint64_t, uint64_t>> runs;
        ForEachRun({write}, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            runs.emplace_back(operand.address + offset, operand.address + offset + bytes);
        });
        std::sort(runs.begin(), runs.end());
        for (size_t i = 1; i < runs.size(); ++i) {
            if (runs[i].first < runs[i - 1].second) {
                FailCore(core, instruction.where, "overlap: %s writes %s twice", NameOf(instruction.pipe),
                         NameOfRange(core, write.operand->memory, runs[i].first, runs[i - 1].second).c_str());
            }
        }
    }
    if (instruction.operation != Operation::Vector &&
        !(instruction.operation == Operation::Copy && instruction.first.memory == instruction.destination.memory)) {
        return;
    }
    for (const Strip &read : footprint_.reads) {
        for (const Strip &write : footprint_.writes) {
            const uint64_t from = read.operand->address + read.offset, to = write.operand->address + write.offset;
            if (from < to + write.bytes && to < from + read.bytes && from != to) {
                FailCore(core, instruction.where,
                         "overlap: %s reads bytes [%llu, %llu) of %s and writes [%llu, %llu); they must be the same "
                         "or apart",
                         NameOf(instruction.pipe), Long(from), Long(from + read.bytes), NameOf(read.operand->memory),
                         Long(to), Long(to + write.bytes));
            }
        }
    }
}

}  // namespace dovetail
