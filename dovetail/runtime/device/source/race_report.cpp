// Words for a race: the two accesses, where they stand, and the order that is missing.
#include <fstream>
#include <utility>

#include "checked_executor.h"
#include "flags.h"
#include "report.h"

namespace dovetail {

namespace {

struct Place {
    uint32_t rank, block, core;  // core of the block: 0 = AIC
    uint32_t lane;

    Place(Component component, uint32_t cores)
        : rank(component / kLanes / kCoresOfBlock / cores),
          block(component / kLanes / kCoresOfBlock % cores),
          core(component / kLanes % kCoresOfBlock),
          lane(component % kLanes) {}

    bool IsSameCore(const Place &other) const { return IsSameBlock(other) && core == other.core; }
    bool IsSameBlock(const Place &other) const { return rank == other.rank && block == other.block; }
    std::string CoreName() const {
        std::string name = Format("rank %u, block %u, ", rank, block);
        return name + (core == 0 ? "AIC" : Format("AIV %u", core - 1));
    }
};

// The text of a line of a source file that is still there, or "".
std::string SourceText(const char *file, uint32_t line) {
    constexpr size_t kShown = 60;
    std::ifstream source(file);
    std::string text;
    for (uint32_t i = 0; i < line; ++i) {
        if (!std::getline(source, text)) {
            return "";
        }
    }
    const size_t begin = text.find_first_not_of(" \t");
    text = begin == std::string::npos ? "" : text.substr(begin);
    return text.size() > kShown ? text.substr(0, kShown - 3) + "..." : text;
}

const char *VerbOf(AccessKind kind) {
    return kind == AccessKind::Read ? "reads" : kind == AccessKind::Write ? "writes" : "adds";
}

std::string MissingOrder(const Place &earlier, const Place &later) {
    if (earlier.rank != later.rank) {
        return Format("nothing orders rank %u behind rank %u here: a counter in a window would", later.rank,
                      earlier.rank);
    }
    if (!earlier.IsSameBlock(later)) {
        return "nothing orders the second block behind the first: SyncAll or a cross-core flag of mode 0 would";
    }
    const char *from = NameOf(PipeOf(earlier.lane)), *to = NameOf(PipeOf(later.lane));
    if (!earlier.IsSameCore(later)) {
        return Format(
            "nothing orders the second core behind %s of the first: CrossCoreSetFlag<%d, PIPE_%s> and "
            "CrossCoreWaitFlag would",
            from, earlier.core == 0 || later.core == 0 ? 2 : 1, from);
    }
    if (earlier.lane == later.lane) {
        return Format("nothing orders the two within %s: PipeBarrier<PIPE_%s> between them would", from, from);
    }
    return Format("nothing orders %s behind %s: SetFlag and WaitFlag<HardEvent::%s_%s> between them would", to, from,
                  from, to);
}

}  // namespace

std::string Checked::DescribeRace(const Core &core, const Access &access, const Conflict &conflict, Memory memory) {
    const uint32_t cores = launch_.request->machine.cores;
    // In the order of the program, where there is one, and else as they came.
    const Access *first = &conflict.other, *second = &access;
    if (first->component / kLanes == second->component / kLanes && second->issue < first->issue) {
        std::swap(first, second);
    }
    const Place earlier(first->component, cores), later(second->component, cores);
    std::string text = "race: " + NameOfRange(core, memory, conflict.begin, conflict.end);
    const bool apart = !earlier.IsSameCore(later) || memory == Memory::Global;
    for (const Access *each : {first, second}) {
        const Place &place = each == second ? later : earlier;
        const char *file = memory_.FileName(each->file);
        const Location where = {file, each->line};
        text += Format("\n  %s%s%-4s %-6s  %s", apart ? place.CoreName().c_str() : "", apart ? ", " : "",
                       NameOf(PipeOf(place.lane)), VerbOf(each->kind), NameOf(where).c_str());
        const std::string source = SourceText(file, each->line), user = UserLine(launch_, where);
        text += (source.empty() ? "" : "  " + source) + (user.empty() ? "" : "  (" + user + ")");
    }
    return text + "\n  " + MissingOrder(earlier, later);
}

// "bytes [0, 64) of UB of rank 0, block 1, AIV 0", "bytes [0, 64) of x1 of rank 0"
std::string Checked::NameOfRange(const Core &core, Memory memory, uint64_t begin, uint64_t end) {
    uint64_t base = 0;
    std::string name = std::string(NameOf(memory)) + " of " + NameOf(core);
    if (memory == Memory::Global) {
        const int owner = WindowOwner(launch_, begin);
        const Tensor *tensor = TensorAt(*core.rank, begin);
        const Rank &rank = *core.rank;
        name = "global memory";
        if (owner >= 0) {
            base = reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
            name = Format("the window of rank %d", owner);
        } else if (tensor != nullptr) {
            base = tensor->begin;
            name = Format("%s of rank %u", tensor->name.c_str(), rank.index);
        } else {
            // The argument that it lies behind.
            for (uint32_t i = 0; i < launch_.request->argument_count; ++i) {
                const uint64_t argument = reinterpret_cast<uint64_t>(rank.arguments[i]);
                if (argument <= begin && argument > base) {
                    base = argument;
                    name = Format("argument %u of rank %u", i, rank.index);
                }
            }
        }
    }
    return Format("bytes [%llu, %llu) of %s", static_cast<unsigned long long>(begin - base),
                  static_cast<unsigned long long>(end - base), name.c_str());
}

}  // namespace dovetail
