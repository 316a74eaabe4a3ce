// The state of a core, of the rank that it belongs to, and of the launch.
#ifndef DOVETAIL_SOURCE_CORE_H
#define DOVETAIL_SOURCE_CORE_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "context.h"
#include "control.h"
#include "dovetail/instruction.h"
#include "dovetail/launch.h"
#include "dovetail/system.h"
#include "pages.h"

namespace dovetail {

class Executor;
struct CheckedCore;
class Worker;
struct Rank;

constexpr int kEvents = static_cast<int>(AscendC::HardEvent::MAX);
constexpr int kEventIds = 8;
constexpr int kCrossCoreFlags = 16;
constexpr uint32_t kCrossCoreLimit = 15;
constexpr int kCrossCoreModes = 3;
constexpr uint32_t kCoresOfBlock = 3;  // an AIC and two AIVs

enum class Wait : uint8_t {
    Nothing,    // can run
    Slice,      // has run for long and lets others have a turn
    Turn,       // others have their turns: a cube core that has stored a tile, or any core whose calls are used up
    CrossCore,  // for a flag of other cores
    SyncAll,
    Poll,     // read global memory, and will read it again
    Link,     // until a transfer has passed
    Flag,     // in checked execution, for one of the core's own flags
    Queue,    // ... for room in the queue of a pipe
    Drain,    // ... for its pipes to be empty
    Stopped,  // ... for nothing: it has read what nobody wrote
    Ended,
};

// A local memory of a core.
struct Arena {
    uint8_t *data = nullptr;
    uint64_t bytes = 0;
};

struct Core {
    Rank *rank = nullptr;
    Worker *worker = nullptr;
    Identity identity = {};
    Registers registers = {};
    Arena memories[static_cast<int>(Memory::Count)];
    Context context;
    bool takes_part = true;

    // Hard events: the line that raised each, or line 0.
    Location raised[kEvents][kEventIds] = {};

    // Flags between cores: what has come in, and what this core has set while others of its group have not.
    uint32_t arrived[kCrossCoreFlags] = {};
    uint32_t pending[kCrossCoreModes][kCrossCoreFlags] = {};

    Wait wait = Wait::Nothing;
    Location where = {};  // the call that waits
    uint16_t awaited_flag = 0;
    bool awaits_vectors_only = false;
    int64_t wake_time = 0;  // nanoseconds, for Wait::Link

    // The last load from global memory, until the scalar waits for it.
    bool loaded = false;
    const uint8_t *polled = nullptr;
    uint64_t polled_bytes = 0;
    Operand polled_into = {};  // UB, or nothing after a scalar read
    CopyShape polled_shape = {};

    // A loop polls: the same load brought the same bytes again. It sleeps while they stay so, but not for ever, since
    // it may count its rounds.
    bool polls_again = false;
    uint32_t rounds_slept = 0;
    Operand last_polled_into = {};
    const uint8_t *last_polled = nullptr;
    std::vector<uint8_t> last_seen;
    uint32_t scalar_reads = 0;
    bool has_target = false;  // it is known which value would end the loop
    int32_t target = 0;

    CheckedCore *checked = nullptr;  // of the executor
};

struct Rendezvous {
    uint32_t arrived = 0;
    uint64_t generation = 0;
};

struct Launch;

struct Rank {
    Launch *launch = nullptr;
    uint32_t index = 0;
    void *const *arguments = nullptr;
    std::vector<Pages> memories;               // of each block
    std::vector<std::unique_ptr<Core>> cores;  // of each block: AIC, AIV 0, AIV 1
    Rendezvous vectors, everyone;              // SyncAll<true>, SyncAll<false>
    int64_t link_free_at[DOVETAIL_MAX_RANKS] = {};
    uint32_t ended = 0;
};

struct Launch {
    const DovetailLaunch *request = nullptr;
    Control *control = nullptr;
    uint64_t number = 0;  // of this launch, counted by the control block
    bool has_remote_ranks = false;
    std::shared_ptr<Executor> executor;
    std::vector<std::unique_ptr<Rank>> ranks;  // those of this process
    bool probes = false;                       // has failed, and asks cores what they wait for
    std::string suspicion;                     // what is wrong unless something else turns out to be the reason
};

// The core whose program runs on this thread, or null.
extern thread_local Core *current_core;
Core &CurrentCore();

// The rank whose window holds `address`, or -1.
int WindowOwner(const Launch &launch, uint64_t address);

// "rank 0, block 3, AIV 1"
std::string NameOf(const Core &core);
// "gather.cpp:17" or "" when unknown
std::string NameOf(const Location &where);

// What FailCore says.
std::string Describe(const Core &core, Location where, const char *format, ...) __attribute__((format(printf, 3, 4)));
[[noreturn]] void FailCore(Core &core, Location where, const char *format, ...) __attribute__((format(printf, 3, 4)));

}  // namespace dovetail

#endif
