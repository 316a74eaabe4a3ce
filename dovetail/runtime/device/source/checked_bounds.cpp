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
    for (const Strip &strip : footprint_.reads) {
        CheckBounds(core, instruction.pipe, *strip.operand, strip.AllRuns(), false, instruction.where);
    }
    for (const Strip &strip : footprint_.writes) {
        CheckBounds(core, instruction.pipe, *strip.operand, strip.AllRuns(), true, instruction.where);
    }
    CheckOverlap(core, instruction);
}

void Checked::CheckBounds(Core &core, pipe_t pipe, const Operand &operand, Strip::Span span, bool writes,
                          Location where) {
    const bool is_global = operand.memory == Memory::Global;
    const auto base = static_cast<int64_t>(operand.address);
    const uint64_t size = core.memories[static_cast<int>(operand.memory)].bytes;
    const bool has_extent = operand.extent != kUnbounded;
    const auto fail = [&](int64_t origin, const std::string &place, uint64_t has) {
        FailCore(core, where, "out of bounds: %s %s bytes [%lld, %lld) of %s, which has %llu", NameOf(pipe),
                 writes ? "writes" : "reads", static_cast<long long>(span.begin - origin),
                 static_cast<long long>(span.end - origin), place.c_str(), Long(has));
    };
    if (!is_global && has_extent && operand.address + operand.extent > size) {
        FailCore(core, where, "over capacity: %s takes a tensor of %s that ends at byte %llu, and there are %llu",
                 NameOf(pipe), NameOf(operand.memory), Long(operand.address + operand.extent), Long(size));
    }
    if (!is_global && (base + span.begin < 0 || base + span.end > static_cast<int64_t>(size))) {
        fail(-base, NameOf(operand.memory), size);
    }
    if (has_extent && (span.begin < 0 || span.end > static_cast<int64_t>(operand.extent))) {
        fail(0, "a tensor at " + NameOfRange(core, operand.memory, operand.address, operand.address + operand.extent),
             operand.extent);
    }
    if (!is_global) {
        return;
    }
    const int owner = WindowOwner(launch_, operand.address + static_cast<uint64_t>(span.begin));
    if (owner >= 0) {
        const auto window = reinterpret_cast<int64_t>(launch_.request->windows[owner]);
        const auto window_bytes = static_cast<int64_t>(launch_.request->window_bytes);
        if (base + span.end > window + window_bytes) {
            fail(window - base, Format("the window of rank %d", owner), launch_.request->window_bytes);
        }
        return;
    }
    CheckTensors(core, pipe, base + span.begin, base + span.end, writes, where);
}

// Where the tensors of a rank are known, it accesses no other global memory, and writes no input.
void Checked::CheckTensors(Core &core, pipe_t pipe, int64_t begin, int64_t end, bool writes, Location where) {
    const std::vector<Tensor> &tensors = tensors_[core.rank->index - launch_.request->first_rank];
    if (tensors.empty()) {
        return;
    }
    const auto distance = [&](const Tensor &tensor) {
        const auto first = static_cast<int64_t>(tensor.begin), last = static_cast<int64_t>(tensor.end);
        return begin < first ? first - begin : begin < last ? 0 : begin - last + 1;
    };
    const Tensor &nearest = *std::min_element(
        tensors.begin(), tensors.end(), [&](const Tensor &a, const Tensor &b) { return distance(a) < distance(b); });
    const auto first = static_cast<int64_t>(nearest.begin), last = static_cast<int64_t>(nearest.end);
    const bool is_inside = begin >= first && end <= last;
    if (!is_inside || (writes && (nearest.access & DOVETAIL_OUTPUT) == 0)) {
        FailCore(core, where, "out of bounds: %s %s bytes [%lld, %lld) of %s, %s", NameOf(pipe),
                 writes ? "writes" : "reads", static_cast<long long>(begin - first),
                 static_cast<long long>(end - first), nearest.name.c_str(),
                 is_inside ? "which is an input" : Format("which has %llu", Long(nearest.end - nearest.begin)).c_str());
    }
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
