#include "report.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint32_t kReportedLines = 12;

std::string Format(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return text;
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
            break;
        }
        default:
            text += " runs";
            break;
    }
    const std::string where = NameOf(core.where);
    return where.empty() ? text : text + " (" + where + ")";
}

}  // namespace

std::string NameOf(const Core &core) {
    std::string name = Format("rank %u, block %u, ", core.rank->index, core.identity.block);
    return name + (core.identity.kind == CoreKind::Cube ? "AIC" : Format("AIV %u", core.identity.sub_block));
}

std::string NameOf(const Location &where) {
    if (where.file == nullptr || where.line == 0) {
        return "";
    }
    const char *slash = strrchr(where.file, '/');
    return Format("%s:%u", slash != nullptr ? slash + 1 : where.file, where.line);
}

const char *NameOf(AscendC::HardEvent event) {
    static const char *const names[] = {
        "MTE2_MTE1", "MTE1_MTE2", "MTE1_M",    "M_MTE1",    "MTE2_V",   "V_MTE2",   "MTE3_V",   "V_MTE3", "M_V",
        "V_M",       "V_V",       "MTE3_MTE1", "MTE1_MTE3", "MTE1_V",   "MTE2_M",   "M_MTE2",   "V_MTE1", "M_FIX",
        "FIX_M",     "MTE3_MTE2", "MTE2_MTE3", "S_V",       "V_S",      "S_MTE2",   "MTE2_S",   "S_MTE3", "MTE3_S",
        "MTE2_FIX",  "FIX_MTE2",  "FIX_S",     "M_S",       "FIX_MTE3", "MTE1_FIX", "FIX_MTE1", "FIX_FIX"};
    static_assert(sizeof(names) / sizeof(names[0]) == kEvents, "one name for each event");
    return static_cast<int>(event) < kEvents ? names[static_cast<int>(event)] : "?";
}

const char *NameOf(Memory memory) {
    static const char *const names[] = {"global memory", "L1",    "L0A", "L0B", "L0C", "UB", "BT", "FB",
                                        "L0A_MX",        "L0B_MX"};
    static_assert(sizeof(names) / sizeof(names[0]) == static_cast<int>(Memory::Count), "one name for each memory");
    return names[static_cast<int>(memory)];
}

const char *NameOf(pipe_t pipe) {
    static const char *const names[] = {"S", "V", "M", "MTE1", "MTE2", "MTE3", "ALL", "MTE4", "MTE5", "V2", "FIX"};
    return names[pipe];
}

std::string NameOfAddress(const Launch &launch, const uint8_t *address) {
    const DovetailLaunch &request = *launch.request;
    for (uint32_t rank = 0; request.windows != nullptr && rank < request.ranks; ++rank) {
        const uint8_t *window = static_cast<const uint8_t *>(request.windows[rank]);
        if (window != nullptr && address >= window && address < window + request.window_bytes) {
            return Format("the window of rank %u at byte %llu", rank,
                          static_cast<unsigned long long>(address - window));
        }
    }
    return Format("global memory at %p", static_cast<const void *>(address));
}

std::string DescribeWaits(const Rank &rank, uint32_t lines) {
    std::string text;
    uint32_t omitted = 0;
    for (const auto &core : rank.cores) {
        if (core->wait == Wait::Ended) {
            continue;
        }
        if (lines == 0) {
            ++omitted;
            continue;
        }
        --lines;
        text += (text.empty() ? "" : "\n  ") + DescribeWait(*core);
    }
    return omitted == 0 ? text : text + Format("\n  and %u more cores of rank %u", omitted, rank.index);
}

std::string DescribeDeadlock(const Launch &launch) {
    const DovetailLaunch &request = *launch.request;
    const auto has_begun = [&](uint32_t rank) { return launch.control->ranks[rank].started.load() >= launch.number; };
    std::string text;
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
    return text;
}

void FailCore(Core &core, Location where, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const std::string line = NameOf(where);
    core.rank->launch->control->Fail((NameOf(core) + (line.empty() ? "" : " (" + line + ")") + ": " + text).c_str());
    core.worker->Abandon(core);
}

void Fail(Location where, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    FailCore(CurrentCore(), where, "%s", text);
}

}  // namespace dovetail
