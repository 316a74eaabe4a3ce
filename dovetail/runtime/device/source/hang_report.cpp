#include "hang_report.h"

#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "checked_core.h"
#include "executor.h"
#include "flags.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr uint32_t kReportedLines = 12;

std::string InBrackets(const Core &core, Location where) {
    const std::string line = NameOf(where), user = UserLine(*core.rank->launch, where);
    return line.empty() ? "" : " (" + line + (user.empty() ? "" : ", " + user) + ")";
}

std::string NameOfFlag(uint32_t flag) {
    return Format("%s %u", NameOf(static_cast<AscendC::HardEvent>(flag / kEventIds)), flag % kEventIds);
}

std::string DescribeWait(const Core &core) {
    std::string text = NameOf(core);
    switch (core.wait) {
        case Wait::CrossCore:
            text += Format(" waits for cross-core flag %u", core.awaited_flag);
            break;
        case Wait::SyncAll: {
            const Rendezvous &meeting = core.awaits_vectors_only ? core.rank->vectors : core.rank->everyone;
            text += Format(" waits in SyncAll<%s>, where %u cores have arrived",
                           core.awaits_vectors_only ? "true" : "false", meeting.arrived);
            break;
        }
        case Wait::Poll: {
            text += " polls " + NameOfAddress(*core.rank->launch, core.polled) + ", which holds";
            // Counters lie 32 bytes apart; the first word of each.
            const uint64_t step = 32;
            for (uint64_t offset = 0; offset < core.polled_bytes && offset < 8 * step; offset += step) {
                int32_t value = 0;
                const uint64_t bytes = core.polled_bytes - offset < 4 ? core.polled_bytes - offset : 4;
                memcpy(&value, core.polled + offset, bytes);
                text += Format(" %d", value);
            }
            if (core.has_target) {
                text += Format(", and goes on from %d", core.target);
            }
            break;
        }
        case Wait::Flag:
            text += " waits for " + NameOfFlag(core.checked->awaited_flag);
            break;
        case Wait::Queue:
            text += Format(" waits for room in the queue of %s", NameOf(PipeOf(core.checked->awaited_pipe)));
            break;
        case Wait::Drain:
            text += " waits for its pipes to be empty";
            break;
        default:
            text += " runs";
            break;
    }
    return text + InBrackets(core, core.where);
}

// The pipes of a core that cannot go on, in checked execution.
std::string DescribePipes(const Core &core) {
    std::string text;
    if (core.checked == nullptr) {
        return text;
    }
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        const PipeState &pipe = core.checked->pipes[lane];
        if (!pipe.queue.empty() && pipe.in_flight.empty()) {
            const Entry &entry = pipe.queue.front();
            const bool awaits_scalar = entry.kind == Entry::Kind::Wait &&
                                       PipesOf(static_cast<AscendC::HardEvent>(entry.flag / kEventIds)).from == PIPE_S;
            if (awaits_scalar && core.wait != Wait::Ended) {
                continue;  // whose own wait is the reason
            }
            text += Format("; %s waits for %s", NameOf(PipeOf(lane)),
                           entry.kind == Entry::Kind::Wait ? NameOfFlag(entry.flag).c_str() : "a buffer of a queue") +
                    InBrackets(core, entry.where);
        }
    }
    return text;
}

// A pipe of a core, as what waits and is waited for. The scalar unit is one of them.
struct Waiter {
    const Core *core;
    uint32_t lane;
    bool operator<(const Waiter &other) const { return core != other.core ? core < other.core : lane < other.lane; }
};

std::string NameOfWaiter(const Waiter &waiter) {
    return NameOf(*waiter.core) + (waiter.lane == kScalar ? "" : Format(", %s", NameOf(PipeOf(waiter.lane))));
}

std::optional<Waiter> OtherCore(const Core &core, CoreKind kind) {
    for (const auto &other : core.rank->cores) {
        const bool same_block = other->identity.block == core.identity.block && other.get() != &core;
        if (same_block && other->identity.kind == kind && other->takes_part && other->wait != Wait::CrossCore &&
            other->wait != Wait::Ended) {
            return Waiter{other.get(), kScalar};
        }
    }
    for (const auto &other : core.rank->cores) {
        if (other->identity.block == core.identity.block && other.get() != &core && other->identity.kind == kind &&
            other->takes_part && other->wait != Wait::Ended) {
            return Waiter{other.get(), kScalar};
        }
    }
    return std::nullopt;
}

// Whom it waits for, as far as that is one.
std::optional<Waiter> WaitedFor(const Waiter &waiter) {
    const Core &core = *waiter.core;
    const CheckedCore &state = *core.checked;
    if (waiter.lane != kScalar) {
        const PipeState &pipe = state.pipes[waiter.lane];
        if (pipe.queue.empty()) {
            return Waiter{&core, kScalar};  // has nothing to do until more is issued
        }
        const Entry &entry = pipe.queue.front();
        return Waiter{&core, entry.kind == Entry::Kind::Wait
                                 ? LaneOf(PipesOf(static_cast<AscendC::HardEvent>(entry.flag / kEventIds)).from)
                                 : state.buffers[entry.flag].pipe};
    }
    switch (core.wait) {
        case Wait::Flag:
            return Waiter{&core, LaneOf(PipesOf(static_cast<AscendC::HardEvent>(state.awaited_flag / kEventIds)).from)};
        case Wait::Queue:
            return Waiter{&core, state.awaited_pipe};
        case Wait::Drain:
            for (uint32_t lane = 0; lane < kLanes; ++lane) {
                if (!state.pipes[lane].IsEmpty()) {
                    return Waiter{&core, lane};
                }
            }
            return std::nullopt;
        case Wait::CrossCore: {
            const bool is_cube = core.identity.kind == CoreKind::Cube;
            return OtherCore(core, is_cube ? CoreKind::Vector : CoreKind::Cube);
        }
        case Wait::Poll: {
            const auto polled = reinterpret_cast<uint64_t>(core.polled);
            const Core *writer = core.rank->launch->executor->WriterOf(polled);
            return writer == nullptr ? std::nullopt : std::optional<Waiter>({writer, kScalar});
        }
        case Wait::SyncAll:
            for (const auto &other : core.rank->cores) {
                const bool joins = !core.awaits_vectors_only || other->identity.kind == CoreKind::Vector;
                if (other->takes_part && joins && other->wait != Wait::SyncAll && other->wait != Wait::Ended) {
                    return Waiter{other.get(), kScalar};
                }
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

// A cycle among those that wait, or "".
std::string DescribeCycle(const Launch &launch) {
    for (const auto &rank : launch.ranks) {
        for (const auto &core : rank->cores) {
            if (core->checked == nullptr || core->wait == Wait::Ended) {
                continue;
            }
            std::map<Waiter, size_t> met;
            std::vector<Waiter> path;
            std::optional<Waiter> next = Waiter{core.get(), kScalar};
            while (next && met.emplace(*next, path.size()).second) {
                path.push_back(*next);
                next = WaitedFor(*next);
            }
            if (!next) {
                continue;
            }
            std::string text = "\n  cycle: ";
            for (size_t i = met[*next]; i < path.size(); ++i) {
                text += NameOfWaiter(path[i]) + " waits for ";
            }
            return text + NameOfWaiter(*next);
        }
    }
    return "";
}

}  // namespace

std::string DescribeWaits(const Rank &rank, uint32_t lines) {
    std::string text;
    uint32_t omitted = 0;
    for (const auto &core : rank.cores) {
        if (core->wait == Wait::Ended && DescribePipes(*core).empty()) {
            continue;
        }
        if (lines == 0) {
            ++omitted;
            continue;
        }
        --lines;
        text += (text.empty() ? "" : "\n  ") + DescribeWait(*core) + DescribePipes(*core);
    }
    return omitted == 0 ? text : text + Format("\n  and %u more cores of rank %u", omitted, rank.index);
}

std::string DescribeDeadlock(const Launch &launch, const std::string &how) {
    const DovetailLaunch &request = *launch.request;
    const auto has_begun = [&](uint32_t rank) { return launch.control->ranks[rank].started.load() >= launch.number; };
    std::string text = "hang: " + how;
    for (uint32_t rank = 0; rank < request.ranks; ++rank) {
        if (!has_begun(rank)) {
            text += Format("rank %u has not begun this launch; ", rank);
        }
    }
    text += "every core waits and none can wake another:";
    const uint32_t each = kReportedLines / static_cast<uint32_t>(launch.ranks.size());
    for (const auto &rank : launch.ranks) {
        const std::string waits = DescribeWaits(*rank, each < 3 ? 3 : each);
        if (!waits.empty()) {
            text += "\n  " + waits;
        }
    }
    for (uint32_t rank = 0; rank < request.ranks; ++rank) {
        const bool is_local = rank - request.first_rank < request.local_ranks;
        if (!is_local && has_begun(rank)) {
            text += std::string("\n  ") + launch.control->waiting[rank];
        }
    }
    return WithSeed(launch, text + DescribeCycle(launch));
}

}  // namespace dovetail
