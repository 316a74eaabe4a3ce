#include "dovetail/launch.h"

#include <dlfcn.h>
#include <sched.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#include "check_memory.h"
#include "executor.h"
#include "micro_kernels.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint64_t kScaled = 16;  // bytes of L0A and L0B that share a byte of scales on average

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
    try {
        CallWithCount(launch.request->kernel, core.rank->arguments, launch.request->argument_count,
                      std::make_index_sequence<DOVETAIL_MAX_ARGUMENTS>());
        launch.executor->End(core);
    } catch (const std::exception &error) {
        // Nothing may leave the stack of a context but by a switch.
        launch.control->Fail(Describe(core, {}, "%s", error.what()).c_str());
    }
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
    } arenas[] = {{&cube, Memory::L1, machine.l1},
                  {&cube, Memory::L0A, machine.l0a},
                  {&cube, Memory::L0B, machine.l0b},
                  {&cube, Memory::L0AScales, machine.l0a / kScaled},
                  {&cube, Memory::L0BScales, machine.l0b / kScaled},
                  {&cube, Memory::L0C, machine.l0c},
                  {&cube, Memory::BT, machine.bt},
                  {&cube, Memory::FB, machine.fb},
                  {vectors[0], Memory::UB, machine.ub},
                  {vectors[1], Memory::UB, machine.ub}};
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
                    snprintf(text, sizeof(text), "unpaired flag: %s ends with cross-core flag %d unpaired: %u %s",
                             NameOf(*core).c_str(), flag, core->arrived[flag] != 0 ? core->arrived[flag] : pending,
                             core->arrived[flag] != 0 ? "arrived and not waited for"
                                                      : "set while others of its group did not");
                    launch.control->Fail(WithSeed(launch, text).c_str());
                    return;
                }
            }
        }
    }
}

}  // namespace

}  // namespace dovetail

struct DovetailRun {
    DovetailLaunch request;
    DovetailCheck check = {};
    dovetail::Control own_control = {};
    dovetail::Launch launch;
    std::vector<std::unique_ptr<dovetail::Worker>> workers;
};

namespace dovetail {

namespace {

// The lines of the user's source, which the object of a compiled kernel has beside it. Null if it has none.
const char *SourceLinesOf(void *kernel) {
    Dl_info found;
    if (dladdr(kernel, &found) == 0) {
        return nullptr;
    }
    void *object = dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (object == nullptr) {
        return nullptr;
    }
    const auto *lines = static_cast<const char *>(dlsym(object, "dovetail_source_lines"));
    dlclose(object);
    return lines;
}

std::unique_ptr<DovetailRun> Begin(const DovetailLaunch &request, std::string &refusal) {
    refusal = Check(request);
    if (!refusal.empty()) {
        return nullptr;
    }
    auto run = std::make_unique<DovetailRun>();
    run->request = request;
    Launch &launch = run->launch;
    launch.request = &run->request;
    launch.control = request.control == nullptr ? &run->own_control : static_cast<Control *>(request.control);
    launch.has_remote_ranks = request.local_ranks != request.ranks;
    Control &control = *launch.control;
    if (control.Failed()) {
        refusal = std::string("an earlier launch of this communicator failed: ") + control.message;
        return nullptr;
    }
    if (request.check != nullptr) {
        run->check = *request.check;
        if (run->check.source_lines == nullptr) {
            run->check.source_lines = SourceLinesOf(request.kernel);
        }
        run->request.check = &run->check;
    }
    launch.number = control.ranks[request.first_rank].started.load() + 1;
    launch.executor = request.check == nullptr ? NewFastExecutor() : NewCheckedExecutor(launch);
    for (uint32_t local = 0; local < request.local_ranks; ++local) {
        auto rank = std::make_unique<Rank>();
        rank->launch = &launch;
        rank->index = request.first_rank + local;
        rank->arguments = request.arguments + static_cast<uint64_t>(local) * request.argument_count;
        for (uint32_t block = 0; block < request.blocks; ++block) {
            AddBlock(*rank, block);
        }
        launch.executor->Begin(*rank);
        launch.ranks.push_back(std::move(rank));
    }
    static const uint32_t physical_cores = PhysicalCores();
    uint32_t count = request.workers != 0 ? request.workers : physical_cores;
    count = count < request.local_ranks ? count : request.local_ranks;
    // One worker alone runs in an order that the seed determines.
    count = request.check != nullptr ? 1 : count;
    for (uint32_t i = 0; i < count; ++i) {
        run->workers.push_back(launch.executor->NewWorker(launch));
    }
    for (uint32_t local = 0; local < request.local_ranks; ++local) {
        run->workers[local % count]->Add(*launch.ranks[local]);
    }
    for (const auto &rank : launch.ranks) {
        Control::Rank &shared = control.ranks[rank->index];
        shared.idle_at.store(0);
        shared.started.store(launch.number);
    }
    control.Advance();
    return run;
}

std::string End(std::unique_ptr<DovetailRun> run) {
    Control &control = *run->launch.control;
    run->launch.executor->EndLaunch();
    if (!control.Failed() && !run->launch.suspicion.empty()) {
        control.Fail(WithSeed(run->launch, run->launch.suspicion).c_str());
    }
    if (!control.Failed()) {
        CheckCrossCoreFlags(run->launch);
        for (const auto &rank : run->launch.ranks) {
            run->launch.executor->EndRank(*rank);
        }
    }
    return control.Failed() ? control.message : "";
}

int Say(const std::string &failure, char *message, uint64_t message_size) {
    if (message != nullptr && message_size != 0) {
        snprintf(message, message_size, "%s", failure.c_str());
    }
    return failure.empty() ? 0 : 1;
}

}  // namespace

}  // namespace dovetail

extern "C" DovetailRun *dovetail_launch_begin(const DovetailLaunch *launch, char *message, uint64_t message_size) {
    std::string refusal;
    std::unique_ptr<DovetailRun> run;
    try {
        run = dovetail::Begin(*launch, refusal);
    } catch (const std::exception &error) {
        refusal = error.what();
    }
    dovetail::Say(refusal, message, message_size);
    return run.release();
}

extern "C" uint32_t dovetail_launch_workers(const DovetailRun *run) {
    return static_cast<uint32_t>(run->workers.size());
}

extern "C" void dovetail_launch_work(DovetailRun *run, uint32_t worker) {
    try {
        run->workers[worker]->Run();
    } catch (const std::exception &error) {
        run->launch.control->Fail(error.what());
    }
}

extern "C" int dovetail_launch_end(DovetailRun *run, char *message, uint64_t message_size) {
    return dovetail::Say(dovetail::End(std::unique_ptr<DovetailRun>(run)), message, message_size);
}

extern "C" int dovetail_launch(const DovetailLaunch *launch, char *message, uint64_t message_size) {
    DovetailRun *run = dovetail_launch_begin(launch, message, message_size);
    if (run == nullptr) {
        return 1;
    }
    std::vector<std::thread> threads;
    for (uint32_t worker = 1; worker < dovetail_launch_workers(run); ++worker) {
        threads.emplace_back(dovetail_launch_work, run, worker);
    }
    dovetail_launch_work(run, 0);
    for (std::thread &thread : threads) {
        thread.join();
    }
    return dovetail_launch_end(run, message, message_size);
}

extern "C" void dovetail_control_fail(void *control, const char *message) {
    static_cast<dovetail::Control *>(control)->Fail(message);
}

extern "C" const char *dovetail_control_failure(const void *control) {
    const auto *shared = static_cast<const dovetail::Control *>(control);
    return shared->failed.load(std::memory_order_acquire) != 0 ? shared->message : nullptr;
}

extern "C" uint64_t dovetail_check_bytes(uint32_t ranks, uint32_t cores, uint64_t window_bytes) {
    return dovetail::CheckMemory::Bytes(ranks, cores, window_bytes);
}

extern "C" const char *dovetail_instruction_set(void) { return dovetail::Kernels().name; }
