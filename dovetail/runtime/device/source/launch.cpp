#include "dovetail/launch.h"

#include <sched.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#include "executor.h"
#include "micro_kernels.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

template <size_t... index>
void CallKernel(void *kernel, void *const *arguments, std::index_sequence<index...>) {
    using Entry = void (*)(decltype(static_cast<void>(index), static_cast<void *>(nullptr))...);
    reinterpret_cast<Entry>(kernel)(arguments[index]...);
}

template <size_t count>
void CallWith(void *kernel, void *const *arguments) {
    CallKernel(kernel, arguments, std::make_index_sequence<count>());
}

template <size_t... index>
void CallWithCount(void *kernel, void *const *arguments, uint32_t count, std::index_sequence<index...>) {
    using Caller = void (*)(void *, void *const *);
    static constexpr Caller callers[] = {&CallWith<index + 1>...};
    callers[count - 1](kernel, arguments);
}

void RunCore(void *argument) {
    Core &core = *static_cast<Core *>(argument);
    Launch &launch = *core.rank->launch;
    CallWithCount(launch.request->kernel, core.rank->arguments, launch.request->argument_count,
                  std::make_index_sequence<DOVETAIL_MAX_ARGUMENTS>());
    launch.executor->End(core);
    core.worker->Abandon(core);
}

uint64_t RoundToPages(uint64_t bytes) {
    constexpr uint64_t kPage = 4096;
    return (bytes + kPage - 1) / kPage * kPage;
}

Core &AddCore(Rank &rank, CoreKind kind, uint32_t block, uint32_t sub_block) {
    auto core = std::make_unique<Core>();
    core->rank = &rank;
    core->identity = {kind, block, rank.launch->request->blocks, sub_block, kind == CoreKind::Cube ? 1u : 2u};
    core->registers.kind = kind;
    core->context.Prepare(&RunCore, core.get());
    rank.cores.push_back(std::move(core));
    return *rank.cores.back();
}

// The cores of a block, their memories side by side.
void AddBlock(Rank &rank, uint32_t block) {
    const DovetailMachine &machine = rank.launch->request->machine;
    Core &cube = AddCore(rank, CoreKind::Cube, block, 0);
    Core *const vectors[] = {&AddCore(rank, CoreKind::Vector, block, 0), &AddCore(rank, CoreKind::Vector, block, 1)};
    const struct {
        Core *core;
        Memory memory;
        uint64_t bytes;
    } arenas[] = {{&cube, Memory::L1, machine.l1},      {&cube, Memory::L0A, machine.l0a},
                  {&cube, Memory::L0B, machine.l0b},    {&cube, Memory::L0C, machine.l0c},
                  {&cube, Memory::BT, machine.bt},      {&cube, Memory::FB, machine.fb},
                  {vectors[0], Memory::UB, machine.ub}, {vectors[1], Memory::UB, machine.ub}};
    uint64_t bytes = 0;
    for (const auto &arena : arenas) {
        bytes += RoundToPages(arena.bytes);
    }
    rank.memories.emplace_back(bytes, PageUse::Memory);
    uint8_t *next = rank.memories.back().data();
    for (const auto &arena : arenas) {
        arena.core->memories[static_cast<int>(arena.memory)] = {next, arena.bytes};
        next += RoundToPages(arena.bytes);
    }
}

// Physical cores on which this process may run.
uint32_t PhysicalCores() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return 1;
    }
    std::set<std::pair<int, int>> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &allowed)) {
            const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
            int package = 0;
            int core = cpu;
            std::ifstream(topology + "physical_package_id") >> package;
            std::ifstream(topology + "core_id") >> core;
            cores.insert({package, core});
        }
    }
    return cores.empty() ? 1 : static_cast<uint32_t>(cores.size());
}

std::string Check(const DovetailLaunch &request) {
    char text[256] = "";
    if (request.struct_size != sizeof(DovetailLaunch)) {
        snprintf(text, sizeof(text), "DovetailLaunch has %zu bytes here and %u at the caller", sizeof(DovetailLaunch),
                 request.struct_size);
    } else if (request.kernel == nullptr) {
        return "no kernel";
    } else if (request.argument_count < 1 || request.argument_count > DOVETAIL_MAX_ARGUMENTS) {
        snprintf(text, sizeof(text), "%u arguments, not 1..%d", request.argument_count, DOVETAIL_MAX_ARGUMENTS);
    } else if (request.ranks < 1 || request.ranks > DOVETAIL_MAX_RANKS) {
        snprintf(text, sizeof(text), "%u ranks, not 1..%d", request.ranks, DOVETAIL_MAX_RANKS);
    } else if (request.local_ranks < 1 || request.first_rank + request.local_ranks > request.ranks) {
        snprintf(text, sizeof(text), "ranks %u..%u of %u", request.first_rank,
                 request.first_rank + request.local_ranks - 1, request.ranks);
    } else if (request.control == nullptr && request.local_ranks != request.ranks) {
        return "ranks in other processes need a control block";
    } else if (request.arguments == nullptr) {
        return "no arguments";
    } else if (request.blocks < 1 || request.blocks > request.machine.cores) {
        snprintf(text, sizeof(text), "%u blocks on a machine of %u cores", request.blocks, request.machine.cores);
    } else if (!(request.link_bytes_per_second >= 0)) {
        return "the bandwidth of links is negative";
    }
    return text;
}

// Counters between cores that stand at the end would meet the next kernel on the same cores.
void CheckCrossCoreFlags(const Launch &launch) {
    for (const auto &rank : launch.ranks) {
        for (const auto &core : rank->cores) {
            for (int flag = 0; flag < kCrossCoreFlags; ++flag) {
                uint32_t pending = 0;
                for (const auto &counts : core->pending) {
                    pending += counts[flag];
                }
                if (core->arrived[flag] != 0 || pending != 0) {
                    char text[256];
                    snprintf(text, sizeof(text), "%s ends with cross-core flag %d unpaired: %u %s",
                             NameOf(*core).c_str(), flag, core->arrived[flag] != 0 ? core->arrived[flag] : pending,
                             core->arrived[flag] != 0 ? "arrived and not waited for"
                                                      : "set while others of its group did not");
                    launch.control->Fail(text);
                    return;
                }
            }
        }
    }
}

std::string Run(const DovetailLaunch &request) {
    const std::string refusal = Check(request);
    if (!refusal.empty()) {
        return refusal;
    }
    std::unique_ptr<Control> own;
    if (request.control == nullptr) {
        own = std::make_unique<Control>();
    }
    Launch launch;
    launch.request = &request;
    launch.control = own != nullptr ? own.get() : static_cast<Control *>(request.control);
    launch.has_remote_ranks = request.local_ranks != request.ranks;
    launch.executor = &FastExecutor();
    Control &control = *launch.control;
    if (control.Failed()) {
        return std::string("an earlier launch of this communicator failed: ") + control.message;
    }
    launch.number = control.ranks[request.first_rank].started.load() + 1;
    for (uint32_t local = 0; local < request.local_ranks; ++local) {
        auto rank = std::make_unique<Rank>();
        rank->launch = &launch;
        rank->index = request.first_rank + local;
        rank->arguments = request.arguments + static_cast<uint64_t>(local) * request.argument_count;
        for (uint32_t block = 0; block < request.blocks; ++block) {
            AddBlock(*rank, block);
        }
        launch.ranks.push_back(std::move(rank));
    }
    static const uint32_t physical_cores = PhysicalCores();
    uint32_t count = request.workers != 0 ? request.workers : physical_cores;
    count = count < request.local_ranks ? count : request.local_ranks;
    std::vector<std::unique_ptr<Worker>> workers;
    for (uint32_t i = 0; i < count; ++i) {
        workers.push_back(std::make_unique<Worker>(launch));
    }
    for (uint32_t local = 0; local < request.local_ranks; ++local) {
        workers[local % count]->Add(*launch.ranks[local]);
    }
    for (const auto &rank : launch.ranks) {
        Control::Rank &shared = control.ranks[rank->index];
        shared.process.store(getpid());
        shared.idle_at.store(0);
        shared.started.store(launch.number);
    }
    control.Advance();
    std::vector<std::thread> threads;
    for (uint32_t i = 1; i < count; ++i) {
        threads.emplace_back([&workers, i] { workers[i]->Run(); });
    }
    workers[0]->Run();
    for (std::thread &thread : threads) {
        thread.join();
    }
    if (!control.Failed()) {
        CheckCrossCoreFlags(launch);
    }
    return control.Failed() ? control.message : "";
}

}  // namespace

}  // namespace dovetail

extern "C" int dovetail_launch(const DovetailLaunch *launch, char *message, uint64_t message_size) {
    std::string failure;
    try {
        failure = dovetail::Run(*launch);
    } catch (const std::exception &error) {
        failure = error.what();
    }
    if (message != nullptr && message_size != 0) {
        snprintf(message, message_size, "%s", failure.c_str());
    }
    return failure.empty() ? 0 : 1;
}

extern "C" const char *dovetail_instruction_set(void) { return dovetail::Kernels().name; }
