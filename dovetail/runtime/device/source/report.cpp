#include "report.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "scheduler.h"

namespace dovetail {

std::string Format(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return text;
}

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

std::string UserLine(const Launch &launch, Location where) {
    const DovetailCheck *check = launch.request->check;
    if (check == nullptr || check->source_lines == nullptr) {
        return "";
    }
    const std::string lines = std::string("\n") + check->source_lines;
    const size_t found = lines.find(Format("\n%u ", where.line));
    if (found == std::string::npos) {
        return "";
    }
    const size_t begin = lines.find(' ', found) + 1;
    return lines.substr(begin, lines.find('\n', begin) - begin);
}

std::string WithSeed(const Launch &launch, const std::string &text) {
    const DovetailCheck *check = launch.request->check;
    return check == nullptr ? text : text + Format("\n  seed %llu", static_cast<unsigned long long>(check->seed));
}

void FailLaunch(Core &core, const std::string &text) {
    Launch &launch = *core.rank->launch;
    if (!launch.probes) {  // otherwise it is known why the launch failed
        const bool explains = launch.suspicion.empty() || text.compare(0, 5, "race:") == 0;
        launch.control->Fail(WithSeed(launch, explains ? text : launch.suspicion).c_str());
    }
    if (current_core == nullptr) {
        throw LaunchFailed();  // from a step of a pipe, which runs on no core's stack
    }
    current_core->worker->Abandon(*current_core);
}

// "limit: m is 5000" becomes "limit: rank 0, block 1, AIC (gather.cpp:5): m is 5000".
std::string DescribeFault(const Core &core, Location where, const std::string &text) {
    const size_t kind = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz ");
    const bool has_kind = kind != 0 && kind != std::string::npos && text.compare(kind, 2, ": ") == 0;
    const std::string line = NameOf(where), user = UserLine(*core.rank->launch, where);
    return (has_kind ? text.substr(0, kind + 2) : "") + NameOf(core) +
           (line.empty() ? "" : " (" + line + (user.empty() ? "" : ", " + user) + ")") + ": " +
           text.substr(has_kind ? kind + 2 : 0);
}

std::string Describe(const Core &core, Location where, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return DescribeFault(core, where, text);
}

void FailCore(Core &core, Location where, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    FailLaunch(core, DescribeFault(core, where, text));
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
