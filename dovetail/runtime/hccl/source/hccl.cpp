// The calls that make, describe and end communicators.
#include "hccl/hccl.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "dovetail/kernels.h"
#include "hccl/source/registry.h"
#include "hccl/source/settings.h"

namespace dovetail {

namespace {

HcclResult Refused(HcclResult code, const std::string &message) {
    return static_cast<HcclResult>(Refuse(code, message));
}

class NoDevice : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Runs `body`, and turns what it throws into a code and a message that begins with `function`.
template <typename Body>
HcclResult Guarded(const char *function, Body body) {
    const std::string prefix = std::string(function) + ": ";
    try {
        body();
        return HCCL_SUCCESS;
    } catch (const RendezvousError &error) {
        return Refused(error.timed_out ? HCCL_E_TIMEOUT : HCCL_E_PARA, prefix + error.what());
    } catch (const std::invalid_argument &error) {
        return Refused(HCCL_E_PARA, prefix + error.what());
    } catch (const NoDevice &error) {
        return Refused(HCCL_E_RUNTIME, prefix + error.what());
    } catch (const std::bad_alloc &) {
        return Refused(HCCL_E_MEMORY, prefix + "no memory");
    } catch (const std::system_error &error) {
        return Refused(HCCL_E_SYSCALL, prefix + error.what());
    } catch (const std::exception &error) {
        return Refused(HCCL_E_INTERNAL, prefix + error.what());
    }
}

Options OptionsOf(const DovetailCommOptions *given) {
    if (given != nullptr && given->struct_size != sizeof(DovetailCommOptions)) {
        throw std::invalid_argument(Format("DovetailCommOptions has %zu bytes here and %u at the caller",
                                           sizeof(DovetailCommOptions), given->struct_size));
    }
    const DovetailCommOptions wanted = given != nullptr ? *given : DovetailCommOptions{};
    Options options;
    std::string fault = "there is no machine of that name";
    options.machine = wanted.machine != nullptr ? FindMachine(wanted.machine) : DeviceMachine(&fault);
    if (options.machine == nullptr) {
        throw std::invalid_argument(fault);
    }
    options.window_bytes = wanted.window_bytes != 0 ? wanted.window_bytes : WindowBytes();
    options.workers = wanted.workers;
    options.link_bytes_per_second = wanted.link_bytes_per_second;
    options.timeout_seconds = wanted.timeout_seconds > 0 ? wanted.timeout_seconds : TimeoutSeconds();
    if (wanted.mode > DOVETAIL_CHECKED) {
        throw std::invalid_argument(Format("mode %u; allowed are 0 to %d", wanted.mode, DOVETAIL_CHECKED));
    }
    if (wanted.mode == 0 ? IsChecked() : wanted.mode == DOVETAIL_CHECKED) {
        options.check = wanted.check != nullptr ? *wanted.check : DovetailCheck{};
        options.check->seed = wanted.check != nullptr ? wanted.check->seed : Seed();
    }
    return options;
}

void CheckRanks(uint32_t ranks, uint32_t rank) {
    if (ranks < 1 || ranks > DOVETAIL_MAX_RANKS) {
        throw std::invalid_argument(Format("%u ranks; allowed are 1 to %d", ranks, DOVETAIL_MAX_RANKS));
    }
    if (rank >= ranks) {
        throw std::invalid_argument(Format("rank %u; allowed are 0 to %u", rank, ranks - 1));
    }
}

std::string UniqueName() {
    static std::atomic<uint64_t> made{0};
    return Format("dovetail_%d_%llu", getpid(), static_cast<unsigned long long>(++made));
}

HcclComm Add(std::shared_ptr<Communicator> communicator, uint32_t rank, int device) {
    auto local = std::make_shared<LocalRank>();
    local->communicator = std::move(communicator);
    local->rank = rank;
    local->device = device;
    return Register(std::move(local));
}

void InitAll(const std::vector<int32_t> &devices, const Options &options, HcclComm *comms) {
    const auto ranks = static_cast<uint32_t>(devices.size());
    CheckRanks(ranks, 0);
    uint32_t present = 0;
    aclrtGetDeviceCount(&present);
    for (size_t i = 0; i < devices.size(); ++i) {
        if (devices[i] < 0 || static_cast<uint32_t>(devices[i]) >= present) {
            throw std::invalid_argument(
                Format("device %d of rank %zu; allowed are 0 to %u (DOVETAIL_DEVICES says how "
                       "many there are)",
                       devices[i], i, present - 1));
        }
        if (std::find(devices.begin(), devices.begin() + static_cast<std::ptrdiff_t>(i), devices[i]) !=
            devices.begin() + static_cast<std::ptrdiff_t>(i)) {
            throw std::invalid_argument(Format("device %d is given to two ranks", devices[i]));
        }
    }
    Met met;
    met.name = UniqueName();
    auto communicator = std::make_shared<Communicator>(ranks, 0, ranks, options, std::move(met));
    for (uint32_t rank = 0; rank < ranks; ++rank) {
        comms[rank] = Add(communicator, rank, devices[rank]);
    }
}

void InitOne(uint32_t ranks, const HcclRootInfo &root_info, uint32_t rank, const Options &options,
             const std::string &name, HcclComm *comm) {
    CheckRanks(ranks, rank);
    aclError code = ACL_SUCCESS;
    const int device = CurrentDevice(&code);
    if (device < 0) {
        throw NoDevice("this thread has no device: call aclrtSetDevice first");
    }
    const std::string key(root_info.internal, strnlen(root_info.internal, sizeof(root_info.internal)));
    if (key.empty()) {
        throw std::invalid_argument("the root info is empty");
    }
    Newcomer newcomer;
    newcomer.ranks = ranks;
    newcomer.rank = rank;
    newcomer.device = device;
    newcomer.window_bytes = options.window_bytes;
    newcomer.machine = options.machine->name;
    newcomer.mode = options.check ? "checked" : "fast";
    newcomer.name = name;
    if (!name.empty() && !RanksNamed(&name, device).empty()) {
        throw std::invalid_argument(Format("device %d has a communicator %s already", device, name.c_str()));
    }
    Met met = Meet(key, newcomer, Segment::Bytes(ranks, options.window_bytes, options.CheckBytes(ranks)),
                   ConnectTimeoutSeconds());
    *comm = Add(std::make_shared<Communicator>(ranks, rank, 1, options, std::move(met)), rank, device);
}

// The field of a configuration, where the caller's version of the struct has it.
template <typename T>
T Field(const HcclCommConfig &config, size_t offset, T absent) {
    size_t size = 0;
    memcpy(&size, config.reserved, sizeof(size));
    T value = absent;
    if (offset + sizeof(T) <= size) {
        memcpy(&value, reinterpret_cast<const char *>(&config) + offset, sizeof(T));
    }
    return value;
}

// What a configuration says of windows and time-outs, and the name that it wants.
std::string Configure(const HcclCommConfig &config, Options &options) {
    uint32_t magic = 0;
    memcpy(&magic, config.reserved + sizeof(size_t), sizeof(magic));
    if (magic != HCCL_COMM_CONFIG_MAGIC_WORD) {
        throw std::invalid_argument("config was not filled by HcclCommConfigInit");
    }
    const auto megabytes =
        Field<uint32_t>(config, offsetof(HcclCommConfig, hcclBufferSize), HCCL_COMM_BUFFSIZE_CONFIG_NOT_SET);
    if (megabytes == 0) {
        throw std::invalid_argument("config.hcclBufferSize is 0; allowed is a whole number of megabytes, at least 1");
    }
    if (megabytes != HCCL_COMM_BUFFSIZE_CONFIG_NOT_SET) {
        options.window_bytes = static_cast<uint64_t>(megabytes) << 20;
    }
    const auto seconds =
        Field<int32_t>(config, offsetof(HcclCommConfig, hcclExecTimeOut), HCCL_COMM_EXECTIMEOUT_CONFIG_NOT_SET);
    if (seconds != HCCL_COMM_EXECTIMEOUT_CONFIG_NOT_SET) {
        options.timeout_seconds = seconds;
    }
    const auto name = Field<std::array<char, COMM_NAME_MAX_LENGTH>>(config, offsetof(HcclCommConfig, hcclCommName), {});
    return std::string(name.data(), strnlen(name.data(), name.size() - 1));
}

}  // namespace

}  // namespace dovetail

using namespace dovetail;

extern "C" HcclResult HcclGetRootInfo(HcclRootInfo *rootInfo) {
    if (rootInfo == nullptr) {
        return Refused(HCCL_E_PTR, "HcclGetRootInfo: rootInfo is null");
    }
    return Guarded("HcclGetRootInfo", [&] {
        uint64_t random[2];
        if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        memset(rootInfo, 0, sizeof(*rootInfo));
        snprintf(rootInfo->internal, sizeof(rootInfo->internal), "dovetail-%016llx%016llx",
                 static_cast<unsigned long long>(random[0]), static_cast<unsigned long long>(random[1]));
    });
}

extern "C" HcclResult HcclCommInitRootInfo(uint32_t nRanks, const HcclRootInfo *rootInfo, uint32_t rank,
                                           HcclComm *comm) {
    if (rootInfo == nullptr || comm == nullptr) {
        return Refused(HCCL_E_PTR,
                       Format("HcclCommInitRootInfo: %s is null", rootInfo == nullptr ? "rootInfo" : "comm"));
    }
    return Guarded("HcclCommInitRootInfo", [&] { InitOne(nRanks, *rootInfo, rank, OptionsOf(nullptr), "", comm); });
}

extern "C" HcclResult HcclCommInitRootInfoConfig(uint32_t nRanks, const HcclRootInfo *rootInfo, uint32_t rank,
                                                 const HcclCommConfig *config, HcclComm *comm) {
    if (rootInfo == nullptr || config == nullptr || comm == nullptr) {
        return Refused(HCCL_E_PTR, "HcclCommInitRootInfoConfig: rootInfo, config or comm is null");
    }
    return Guarded("HcclCommInitRootInfoConfig", [&] {
        Options options = OptionsOf(nullptr);
        const std::string name = Configure(*config, options);
        InitOne(nRanks, *rootInfo, rank, options, name, comm);
    });
}

extern "C" HcclResult HcclCommInitAll(uint32_t ndev, int32_t *devices, HcclComm *comms) {
    if (devices == nullptr || comms == nullptr) {
        return Refused(HCCL_E_PTR, Format("HcclCommInitAll: %s is null", devices == nullptr ? "devices" : "comms"));
    }
    return Guarded("HcclCommInitAll", [&] {
        CheckRanks(ndev, 0);
        InitAll(std::vector<int32_t>(devices, devices + ndev), OptionsOf(nullptr), comms);
    });
}

extern "C" HcclResult HcclCommDestroy(HcclComm comm) {
    if (comm == nullptr) {
        return HCCL_SUCCESS;
    }
    const std::shared_ptr<LocalRank> rank = Unregister(comm);
    if (rank == nullptr) {
        return Refused(HCCL_E_PARA, "HcclCommDestroy: comm is no communicator of this process");
    }
    rank->communicator->AwaitAll(rank->rank);
    rank->communicator->segment.member(rank->rank).destroyed.store(1);
    return HCCL_SUCCESS;
}

// What a query asks, of a live communicator, into a place that is there.
static HcclResult Query(const char *function, HcclComm comm, const void *result,
                        const std::function<void(const LocalRank &)> &answer) {
    if (comm == nullptr || result == nullptr) {
        return Refused(HCCL_E_PTR, Format("%s: %s is null", function, comm == nullptr ? "comm" : "the result"));
    }
    const std::shared_ptr<LocalRank> rank = Find(comm);
    if (rank == nullptr) {
        return Refused(HCCL_E_PARA, Format("%s: comm is no communicator of this process", function));
    }
    answer(*rank);
    return HCCL_SUCCESS;
}

extern "C" HcclResult HcclGetRankSize(HcclComm comm, uint32_t *rankSize) {
    return Query("HcclGetRankSize", comm, rankSize,
                 [&](const LocalRank &rank) { *rankSize = rank.communicator->ranks; });
}

extern "C" HcclResult HcclGetRankId(HcclComm comm, uint32_t *rank) {
    return Query("HcclGetRankId", comm, rank, [&](const LocalRank &local) { *rank = local.rank; });
}

extern "C" HcclResult HcclGetCommName(HcclComm comm, char *commName) {
    return Query("HcclGetCommName", comm, commName, [&](const LocalRank &rank) {
        snprintf(commName, COMM_NAME_MAX_LENGTH, "%s", rank.communicator->name().c_str());
    });
}

extern "C" HcclResult HcclGetCommAsyncError(HcclComm comm, HcclResult *asyncError) {
    return Query("HcclGetCommAsyncError", comm, asyncError, [&](const LocalRank &rank) {
        *asyncError = rank.communicator->Failure() == nullptr ? HCCL_SUCCESS : HCCL_E_REMOTE;
    });
}

extern "C" uint32_t HcclGetCommConfigCapability(void) { return HCCL_COMM_CONFIG_COMM_NAME + 1; }

extern "C" HcclResult dovetail_comm_init_all(uint32_t ranks, const DovetailCommOptions *options, HcclComm *comms) {
    return Guarded("dovetail_comm_init_all", [&] {
        CheckRanks(ranks, 0);
        std::vector<int32_t> devices(ranks);
        for (uint32_t rank = 0; rank < ranks; ++rank) {
            devices[rank] = static_cast<int32_t>(rank);
        }
        InitAll(devices, OptionsOf(options), comms);
    });
}

extern "C" HcclResult dovetail_comm_init(uint32_t ranks, const HcclRootInfo *root_info, uint32_t rank,
                                         const DovetailCommOptions *options, HcclComm *comm) {
    return Guarded("dovetail_comm_init", [&] { InitOne(ranks, *root_info, rank, OptionsOf(options), "", comm); });
}

extern "C" HcclResult dovetail_comm_facts(HcclComm comm, DovetailCommFacts *facts) {
    return Query("dovetail_comm_facts", comm, facts, [&](const LocalRank &rank) {
        const Options &options = rank.communicator->options;
        *facts = {rank.communicator->ranks,
                  rank.rank,
                  rank.device,
                  options.window_bytes,
                  options.timeout_seconds,
                  options.machine->memories.cores,
                  options.machine->name,
                  options.machine->family};
    });
}

extern "C" HcclComm dovetail_comm_find(const char *name, int32_t device, int32_t *others) {
    const std::string wanted = name;
    const std::vector<Registered> all = RanksNamed(&wanted);
    *others = !all.empty();
    for (const auto &[handle, rank] : all) {
        if (rank->device == device) {
            return handle;
        }
    }
    return nullptr;
}

extern "C" const char *dovetail_comm_failure(HcclComm comm) {
    const std::shared_ptr<LocalRank> rank = Find(comm);
    return rank == nullptr ? "it is no communicator of this process" : rank->communicator->Failure();
}

extern "C" void *dovetail_comm_window(HcclComm comm, uint32_t rank) {
    const std::shared_ptr<LocalRank> local = Find(comm);
    return local == nullptr || rank >= local->communicator->ranks ? nullptr : local->communicator->segment.window(rank);
}
