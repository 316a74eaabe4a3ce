#include "rank.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dovetail/kernels.h"

namespace {

// The next word, or what stands for a missing one.
template <typename Value>
Value Next(std::istringstream &words, Value missing) {
    Value value;
    return words >> value ? value : missing;
}

std::string Word(std::istringstream &words) {
    std::string word;
    if (!(words >> word)) {
        throw std::runtime_error("the command needs more words");
    }
    return word;
}

template <typename Map>
auto &Named(Map &map, const std::string &name) {
    const auto place = map.find(name);
    if (place == map.end()) {
        throw std::runtime_error("nothing is called " + name);
    }
    return place->second;
}

DovetailCommFacts FactsOf(HcclComm comm) {
    DovetailCommFacts facts = {};
    dovetail_comm_facts(comm, &facts);
    return facts;
}

uint64_t BytesOf(HcclDataType type) {
    switch (type) {
        case HCCL_DATA_TYPE_INT8:
            return 1;
        case HCCL_DATA_TYPE_FP16:
            return 2;
        case HCCL_DATA_TYPE_INT32:
            return 4;
        default:
            return 8;
    }
}

}  // namespace

Reply Rank::Begin() {
    const int code = aclInit(nullptr);  // every thread does it; the first counts
    return code != 0 && code != ACL_ERROR_REPEAT_INITIALIZE ? After(code) : After(aclrtSetDevice(number_));
}

Reply Rank::Obey(const std::string &line) try {
    Words words(line);
    const std::string command = Word(words);
    // Communicators. GROUP is our name for one.
    if (command == "join") return Join(words);                   // GROUP KEY RANKS RANK [BYTES PER SECOND OF LINKS]
    if (command == "join-config") return JoinWithConfig(words);  // GROUP KEY RANKS RANK MEGABYTES NAME
    if (command == "leave") return Leave(words);                 // GROUP
    if (command == "name") return NameOfGroup(words);            // GROUP
    if (command == "failure") return FailureOfGroup(words);      // GROUP
    if (command == "counters") return SetCounters(words);        // GROUP VALUE
    if (command == "arrival") return AwaitArrival(words);        // GROUP
    // Streams and events.
    if (command == "stream") return MakeStream(words);  // STREAM [DEVICE]
    if (command == "destroy") return DestroyStream(words, aclrtDestroyStream);
    if (command == "destroy-force") return DestroyStream(words, aclrtDestroyStreamForce);
    if (command == "synchronize") return Synchronize(words);  // STREAM
    if (command == "query") return Query(words);              // STREAM
    if (command == "begun") return AwaitBegin(words);         // STREAM
    if (command == "event") return OnEvent(words, command);   // EVENT
    if (command == "record") return OnEvent(words, command);  // EVENT STREAM
    if (command == "wait") return OnEvent(words, command);    // EVENT STREAM
    // Work.
    if (command == "prepare") return Prepare(words);  // PRODUCT GROUP M K N SEED [of PRODUCT | host | device NUMBER]
    if (command == "launch") return Launch(words);    // PRODUCT STREAM
    if (command == "check") return Check(words);      // PRODUCT or GATHERED
    if (command == "free") return Free(words);        // PRODUCT TENSOR
    if (command == "copy") return Copy(words);        // PRODUCT TENSOR from PRODUCT TENSOR STREAM, the output's bytes
    if (command == "gather") return Gather(words);    // GATHERED GROUP STREAM COUNT TYPE SEED IN_PLACE
    if (command == "barrier") {                       // GROUP STREAM
        const HcclComm comm = Group(words);
        return After(HcclBarrier(comm, StreamOf(words)));
    }
    // The end.
    if (command == "exit") std::exit(Next(words, 0));
    if (command == "finish") return Finish();
    return {kWrong, "there is no command " + command};
} catch (const std::exception &error) {
    return {kWrong, error.what()};
}

// -- communicators --

void Rank::Take(const std::string &group, HcclComm comm) {
    std::lock_guard<std::mutex> lock(mutex_);
    groups_[group] = comm;
}

HcclComm Rank::Group(Words &words) {
    const std::string name = Word(words);
    std::lock_guard<std::mutex> lock(mutex_);
    return Named(groups_, name);
}

Reply Rank::Join(Words &words) {
    const std::string group = Word(words), key = Word(words);
    const auto ranks = Next<uint32_t>(words, 0), rank = Next<uint32_t>(words, 0);
    DovetailCommOptions options = {};
    options.struct_size = sizeof(options);
    options.link_bytes_per_second = Next(words, 0.0);
    HcclRootInfo info;
    snprintf(info.internal, sizeof(info.internal), "%s", key.c_str());
    HcclComm comm = nullptr;
    const Reply reply =
        After(options.link_bytes_per_second == 0 ? HcclCommInitRootInfo(ranks, &info, rank, &comm)
                                                 : dovetail_comm_init(ranks, &info, rank, &options, &comm));
    Take(group, comm);
    return reply;
}

Reply Rank::JoinWithConfig(Words &words) {
    const std::string group = Word(words), key = Word(words);
    const auto ranks = Next<uint32_t>(words, 0), rank = Next<uint32_t>(words, 0);
    HcclCommConfig config;
    HcclCommConfigInit(&config);
    config.hcclBufferSize = Next<uint32_t>(words, 200);
    snprintf(config.hcclCommName, sizeof(config.hcclCommName), "%s", Next<std::string>(words, "").c_str());
    HcclRootInfo info;
    snprintf(info.internal, sizeof(info.internal), "%s", key.c_str());
    HcclComm comm = nullptr;
    const Reply reply = After(HcclCommInitRootInfoConfig(ranks, &info, rank, &config, &comm));
    Take(group, comm);
    return reply;
}

Reply Rank::Leave(Words &words) { return After(HcclCommDestroy(Group(words))); }

Reply Rank::NameOfGroup(Words &words) {
    char name[COMM_NAME_MAX_LENGTH] = "";
    const Reply reply = After(HcclGetCommName(Group(words), name));
    return reply.code == 0 ? Reply{0, name} : reply;
}

Reply Rank::FailureOfGroup(Words &words) {
    const HcclComm comm = Group(words);
    HcclResult error = HCCL_SUCCESS;
    const Reply reply = After(HcclGetCommAsyncError(comm, &error));
    const char *failure = dovetail_comm_failure(comm);
    return reply.code != 0 ? reply : Reply{error, failure == nullptr ? "" : failure};
}

Reply Rank::SetCounters(Words &words) {
    const HcclComm comm = Group(words);
    const auto value = Next<uint32_t>(words, 0);
    const auto bytes = Next<uint64_t>(words, 0);  // of a window that hold counters
    auto *const counters = static_cast<uint32_t *>(dovetail_comm_window(comm, FactsOf(comm).rank));
    for (uint64_t i = 0; i < bytes / sizeof(uint32_t); ++i) {
        counters[i] = value;
    }
    return {};
}

// Until this rank's window has something that another rank has sent.
Reply Rank::AwaitArrival(Words &words) {
    const HcclComm comm = Group(words);
    const auto first = Next<uint64_t>(words, 0), end = Next<uint64_t>(words, 0);  // bytes of a window
    const auto *const window = static_cast<const volatile uint32_t *>(dovetail_comm_window(comm, FactsOf(comm).rank));
    for (;;) {
        for (uint64_t i = first / sizeof(uint32_t); i < end / sizeof(uint32_t); ++i) {
            if (window[i] != 0) {
                return {};
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// -- streams and events --

aclrtStream Rank::StreamOf(Words &words) { return Named(streams_, Word(words)); }

Reply Rank::MakeStream(Words &words) {
    const std::string name = Word(words);
    const int device = Next(words, number_);
    const int code = aclrtSetDevice(device);
    const Reply reply = After(code != 0 ? code : aclrtCreateStream(&streams_[name]));
    aclrtSetDevice(number_);
    return reply;
}

Reply Rank::DestroyStream(Words &words, aclError (*destroy)(aclrtStream)) {
    const std::string name = Word(words);
    const Reply reply = After(destroy(Named(streams_, name)));
    streams_.erase(name);
    return reply;
}

Reply Rank::Synchronize(Words &words) { return After(aclrtSynchronizeStream(StreamOf(words))); }

Reply Rank::Query(Words &words) {
    aclrtStreamStatus status = ACL_STREAM_STATUS_RESERVED;
    const Reply reply = After(aclrtStreamQuery(StreamOf(words), &status));
    return reply.code != 0 ? reply : Reply{0, status == ACL_STREAM_STATUS_COMPLETE ? "idle" : "busy"};
}

// Until the stream's worker is at something.
Reply Rank::AwaitBegin(Words &words) {
    const aclrtStream stream = StreamOf(words);
    while (aclrtSynchronizeStreamWithTimeout(stream, 1) == ACL_ERROR_RT_STREAM_SYNC_TIMEOUT) {
        if (strstr(aclGetRecentErrMsg(), "is at its start") == nullptr) {
            return {};
        }
    }
    return {kWrong, "the stream has nothing to do"};
}

Reply Rank::OnEvent(Words &words, const std::string &command) {
    const std::string name = Word(words);
    if (command == "event") {  // a stream waits for it even if it is recorded later
        return After(aclrtCreateEventWithFlag(&events_[name], ACL_EVENT_SYNC));
    }
    const aclrtEvent event = Named(events_, name);
    const aclrtStream stream = StreamOf(words);
    return After(command == "record" ? aclrtRecordEvent(event, stream) : aclrtStreamWaitEvent(stream, event));
}

// -- work --

Reply Rank::Prepare(Words &words) {
    const std::string name = Word(words);
    const HcclComm comm = Group(words);
    char group[COMM_NAME_MAX_LENGTH] = "";
    HcclGetCommName(comm, group);
    const DovetailCommFacts facts = FactsOf(comm);
    Numbers numbers = {facts.ranks, 0, 0, 0, 0, nullptr};
    words >> numbers.m >> numbers.k >> numbers.n >> numbers.seed;
    PlaceOfX1 place;
    const auto option = Next<std::string>(words, "");
    if (option == "of") {
        const Product &source = *Named(products_, Word(words));
        numbers.source = std::make_shared<Numbers>(source.numbers());
        place.output = source.memory("output");
    } else if (option == "device") {
        place.device = Next(words, 0);
    }
    place.on_host = option == "host";
    products_[name] = std::make_unique<Product>(numbers, facts.rank, number_);
    return products_[name]->Prepare(group, place);
}

Reply Rank::Launch(Words &words) {
    Product &product = *Named(products_, Word(words));
    return product.Launch(StreamOf(words));
}

Reply Rank::Check(Words &words) {
    const std::string name = Word(words);
    const auto product = products_.find(name);
    return product != products_.end() ? product->second->Check() : Named(gathered_, name)->Check();
}

Reply Rank::Free(Words &words) {
    Product &product = *Named(products_, Word(words));
    return product.Free(Word(words));
}

Reply Rank::Copy(Words &words) {
    const Product &to = *Named(products_, Word(words));
    void *const target = to.memory(Word(words));
    Word(words);
    const Product &from = *Named(products_, Word(words));
    const void *const source = from.memory(Word(words));
    const uint64_t bytes = from.output_bytes();
    return After(aclrtMemcpyAsync(target, bytes, source, bytes, ACL_MEMCPY_DEVICE_TO_DEVICE, StreamOf(words)));
}

Reply Rank::Gather(Words &words) {
    const std::string name = Word(words);
    const HcclComm comm = Group(words);
    const aclrtStream stream = StreamOf(words);
    const auto count = Next<uint64_t>(words, 0);
    const auto type = static_cast<HcclDataType>(Next(words, 0));
    const auto seed = Next<uint64_t>(words, 0);
    const DovetailCommFacts facts = FactsOf(comm);
    const bool in_place = Next(words, 0) != 0;
    auto &gathered = gathered_[name];
    gathered = std::make_unique<Gathered>(facts.ranks, facts.rank, count * BytesOf(type), seed, in_place);
    const Reply reply = gathered->Prepare();
    return reply.code != 0 ? reply : gathered->Launch(comm, count, type, stream);
}

Reply Rank::Finish() {
    products_.clear();
    gathered_.clear();
    for (const auto &[name, event] : events_) {
        aclrtDestroyEvent(event);
    }
    for (const auto &[name, stream] : streams_) {
        aclrtDestroyStream(stream);
    }
    for (const auto &[name, comm] : groups_) {
        HcclCommDestroy(comm);
    }
    return After(aclrtResetDevice(number_));
}
