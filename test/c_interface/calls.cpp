// Makes calls of an operator's first stage, one for each line of the standard input, and says what each was answered.
// `caller.py` writes the lines, compiles this file for an operator and reads the answers.
//
// Defined when compiling: OPERATOR_HEADER; STAGE_ONE and STAGE_TWO, its functions; ARGUMENTS, those of stage 1 in the
// words In(i), Out(i), Integer(i), Text(i), Size(i), Executor(i), with i their position in a line; TYPES, by name the
// type and the bits of an element.
#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../acl/check.h"
#include "dovetail/kernels.h"
#include OPERATOR_HEADER

namespace {

struct Type {
    aclDataType type;
    int64_t bits;
};
const std::map<std::string, Type> kTypes = {TYPES};

constexpr int32_t kElsewhere = 9;  // a device that no group uses
char host_memory[1 << 16];

// Device memory that lives until the end: for each device and name one piece, for each other size another one.
void *Memory(int32_t device, const std::string &name, uint64_t bytes) {
    static std::map<std::string, void *> pieces;
    void *&piece = pieces[std::to_string(device) + " " + name + " " + std::to_string(bytes)];
    if (piece == nullptr) {
        CHECK_OK(aclrtSetDevice(device));
        CHECK_OK(aclrtMalloc(&piece, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    }
    return piece;
}

struct Group {
    std::vector<HcclComm> comms;
    std::vector<aclrtStream> streams;
    std::string name;
};

std::map<std::pair<uint32_t, uint64_t>, Group> groups;

Group &GroupOf(uint32_t ranks, uint64_t megabytes) {
    Group &group = groups[{ranks, megabytes}];
    if (group.comms.empty()) {
        DovetailCommOptions options = {};
        options.struct_size = sizeof(options);
        options.window_bytes = megabytes << 20;
        group.comms.resize(ranks);
        group.streams.resize(ranks);
        CHECK_OK(dovetail_comm_init_all(ranks, &options, group.comms.data()));
        for (uint32_t rank = 0; rank < ranks; ++rank) {
            CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
            CHECK_OK(aclrtCreateStream(&group.streams[rank]));
        }
        char name[COMM_NAME_MAX_LENGTH];
        CHECK_OK(HcclGetCommName(group.comms[0], name));
        group.name = name;
    }
    return group;
}

struct Value {
    bool is_null = true;
    bool is_output = false;
    std::string handle, text, place;
    int64_t number = 0;
    Type type = {};
    int format = 0;
    std::vector<int64_t> shape, strides, storage;
    bool has_strides = false;
    int64_t offset = 0;
    uint64_t skip = 0, room = 0;
};

std::vector<int64_t> Numbers(std::istream &line) {
    size_t count = 0;
    line >> count;
    std::vector<int64_t> numbers(count);
    for (int64_t &each : numbers) {
        line >> each;
    }
    return numbers;
}

std::string Unquoted(const std::string &hexadecimal) {
    std::string text;
    for (size_t i = 1; i + 1 < hexadecimal.size(); i += 2) {  // behind a letter, so that an empty text is a word
        text += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
    }
    return text;
}

std::string Quoted(const std::string &text) {
    std::string hexadecimal = "x";
    for (const char each : text) {
        hexadecimal += "0123456789abcdef"[each >> 4 & 15];
        hexadecimal += "0123456789abcdef"[each & 15];
    }
    return hexadecimal;
}

Value ReadValue(std::istream &line) {
    Value value;
    std::string kind;
    line >> kind;
    value.is_null = kind == "-";
    if (kind == "in" || kind == "out") {
        value.is_output = kind == "out";
        int has_strides = 0;
        std::string type;
        line >> value.handle >> type;
        value.type = kTypes.at(type);
        line >> value.format >> value.offset >> value.place >> value.skip >> value.room;
        value.shape = Numbers(line);
        line >> has_strides;
        value.has_strides = has_strides != 0;
        value.strides = Numbers(line);
        value.storage = Numbers(line);
    } else if (kind == "integer") {
        line >> value.number;
    } else if (kind == "text") {
        line >> value.text;
        value.text = Unquoted(value.text);
    } else if (kind == "group") {
        value.place = "group";
    }
    return value;
}

// The arguments of one rank.
class Arguments {
public:
    Arguments(const std::vector<Value> &values, const std::vector<std::string> &names, const Group &group,
              int32_t device)
        : values_(values), names_(names), group_(group), device_(device), tensors_(values.size(), nullptr) {
        for (size_t i = 0; i < values.size(); ++i) {
            if (!values[i].handle.empty()) {
                tensors_[i] = Make(i);
            }
        }
    }
    void Destroy() {
        for (size_t i = 0; i < values_.size(); ++i) {
            if (tensors_[i] != nullptr && values_[i].handle == "good") {
                CHECK_OK(aclDestroyTensor(tensors_[i]));
            }
        }
    }

    aclnnStatus Call() { return STAGE_ONE(ARGUMENTS); }

    uint64_t workspace_bytes = 77;
    aclOpExecutor *executor = reinterpret_cast<aclOpExecutor *>(77);

    char *Address(size_t i) const {
        const Value &value = values_[i];
        if (value.place == "null") {
            return nullptr;
        }
        if (value.place == "host") {
            return host_memory;
        }
        const std::string &owner = value.place == "own" || value.place == "elsewhere" ? names_[i] : value.place;
        const int32_t device = value.place == "elsewhere" ? kElsewhere : device_;
        return static_cast<char *>(Memory(device, owner, value.room)) + value.skip;
    }

private:
    aclTensor *Make(size_t i) const {
        const Value &value = values_[i];
        if (value.handle == "garbage") {
            return reinterpret_cast<aclTensor *>(host_memory);
        }
        aclTensor *tensor = aclCreateTensor(
            value.shape.data(), value.shape.size(), value.type.type, value.has_strides ? value.strides.data() : nullptr,
            value.offset, static_cast<aclFormat>(value.format), value.storage.data(), value.storage.size(), Address(i));
        CHECK(tensor != nullptr);
        if (value.handle == "stale") {
            CHECK_OK(aclDestroyTensor(tensor));
        }
        return tensor;
    }

    const aclTensor *In(size_t i) const { return tensors_[i]; }
    aclTensor *Out(size_t i) const { return tensors_[i]; }
    int64_t Integer(size_t i) const { return values_[i].number; }
    const char *Text(size_t i) const {
        const Value &value = values_[i];
        return value.is_null ? nullptr : value.place == "group" ? group_.name.c_str() : value.text.c_str();
    }
    uint64_t *Size(size_t i) { return values_[i].is_null ? nullptr : &workspace_bytes; }
    aclOpExecutor **Executor(size_t i) { return values_[i].is_null ? nullptr : &executor; }

    const std::vector<Value> &values_;
    const std::vector<std::string> &names_;
    const Group &group_;
    const int32_t device_;
    std::vector<aclTensor *> tensors_;
};

// -- one rank's call --

struct Answer {
    aclnnStatus code = 0;
    std::string message, fault;
};

Answer Ask(Arguments &arguments, bool has_size, bool has_executor) {
    Answer answer;
    answer.code = arguments.Call();
    if (answer.code != 0) {
        const char *message = aclGetRecentErrMsg();
        answer.message = message != nullptr ? message : "";
        if (has_size && arguments.workspace_bytes != 0) {
            answer.fault = "a refused call leaves workspaceSize";
        }
        if (has_executor && arguments.executor != nullptr) {
            answer.fault = "a refused call leaves an executor";
        }
    } else if (arguments.workspace_bytes == 0 || arguments.executor == nullptr) {
        answer.fault = "no workspace or no executor";
    }
    return answer;
}

// -- a launch on all ranks --

// Small numbers, whatever the type is.
char ByteOf(uint32_t rank, size_t at) { return static_cast<char>(0x30 + (rank * 13 + at * 7) % 11); }

size_t BytesOf(const Value &value) {
    int64_t elements = 1;
    for (const int64_t each : value.shape) {
        elements *= each;
    }
    return static_cast<size_t>(elements * value.type.bits + 7) / 8;
}

size_t OffsetOf(const Value &value) { return static_cast<size_t>(value.offset * value.type.bits) / 8; }

Answer LaunchOnAllRanks(const std::vector<Value> &values, const std::vector<std::string> &names, Group &group,
                        int gathered_from, int gathered_to) {
    const auto ranks = static_cast<uint32_t>(group.comms.size());
    std::vector<Arguments> calls;
    std::vector<void *> workspaces(ranks, nullptr);
    Answer answer;
    for (uint32_t rank = 0; rank < ranks && answer.code == 0 && answer.fault.empty(); ++rank) {
        CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
        calls.emplace_back(values, names, group, static_cast<int32_t>(rank));
        for (size_t i = 0; i < values.size(); ++i) {
            if (values[i].handle.empty() || values[i].place == "null") {
                continue;
            }
            const size_t first = OffsetOf(values[i]);
            std::vector<char> bytes(first + BytesOf(values[i]));
            for (size_t at = first; at < bytes.size(); ++at) {
                bytes[at] = values[i].is_output ? '\xff' : ByteOf(rank, at - first);
            }
            CHECK_OK(aclrtMemcpy(calls.back().Address(i), bytes.size(), bytes.data(), bytes.size(),
                                 ACL_MEMCPY_HOST_TO_DEVICE));
        }
        answer = Ask(calls.back(), true, true);
    }
    for (uint32_t rank = 0; rank < ranks && answer.code == 0 && answer.fault.empty(); ++rank) {
        CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
        CHECK_OK(aclrtMalloc(&workspaces[rank], calls[rank].workspace_bytes, ACL_MEM_MALLOC_HUGE_FIRST));
        CHECK_OK(STAGE_TWO(workspaces[rank], calls[rank].workspace_bytes, calls[rank].executor, group.streams[rank]));
    }
    for (uint32_t rank = 0; rank < calls.size(); ++rank) {
        CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
        calls[rank].Destroy();
        if (workspaces[rank] == nullptr) {
            continue;
        }
        CHECK_OK(aclrtSynchronizeStream(group.streams[rank]));
        CHECK_OK(aclrtFree(workspaces[rank]));
        for (size_t i = 0; i < values.size(); ++i) {
            const size_t size = values[i].handle.empty() ? 0 : BytesOf(values[i]);
            if (!values[i].is_output || size == 0) {
                continue;
            }
            const size_t first = OffsetOf(values[i]);
            std::vector<char> bytes(size);
            CHECK_OK(aclrtMemcpy(bytes.data(), size, calls[rank].Address(i) + first, size, ACL_MEMCPY_DEVICE_TO_HOST));
            const bool is_gathered = static_cast<int>(i) == gathered_to;
            const size_t part = is_gathered ? BytesOf(values[static_cast<size_t>(gathered_from)]) : size;
            bool is_right = is_gathered;
            for (size_t at = 0; at < size; ++at) {
                is_right = is_gathered ? is_right && bytes[at] == ByteOf(static_cast<uint32_t>(at / part), at % part)
                                       : is_right || bytes[at] != '\xff';
            }
            if (!is_right) {
                answer.fault = names[i] + (is_gathered ? " is not what was gathered" : " was not written");
            }
        }
    }
    return answer;
}

// -- lines --

std::string Answered(const std::string &text, const std::vector<std::string> &names) {
    std::istringstream line(text);
    uint32_t ranks = 0;
    uint64_t megabytes = 0;
    std::string device;
    int is_launched = 0, gathered_from = 0, gathered_to = 0;
    line >> ranks >> megabytes >> device >> is_launched >> gathered_from >> gathered_to;
    std::vector<Value> values(names.size());
    bool has_size = false, has_executor = false;
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = ReadValue(line);
        has_size = has_size || (names[i] == "workspaceSize" && !values[i].is_null);
        has_executor = has_executor || (names[i] == "executor" && !values[i].is_null);
    }
    CHECK(!line.fail());
    Group &group = GroupOf(ranks, megabytes);
    Answer answer;
    if (is_launched != 0) {
        answer = LaunchOnAllRanks(values, names, group, gathered_from, gathered_to);
    } else {
        Arguments arguments(values, names, group, 0);
        CHECK_OK(aclrtSetDevice(device == "another" ? kElsewhere : 0));
        const auto ask = [&] { answer = Ask(arguments, has_size, has_executor); };
        if (device == "none") {
            std::thread(ask).join();
        } else {
            ask();
        }
        if (answer.code == 0) {
            CHECK_OK(aclDestroyAclOpExecutor(arguments.executor));
        }
        arguments.Destroy();
    }
    return std::to_string(answer.code) + " " + Quoted(answer.message) + " " + Quoted(answer.fault);
}

void End() {
    for (auto &each : groups) {
        for (size_t rank = 0; rank < each.second.comms.size(); ++rank) {
            CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
            CHECK_OK(aclrtDestroyStream(each.second.streams[rank]));
            CHECK_OK(HcclCommDestroy(each.second.comms[rank]));
        }
    }
    CHECK_OK(aclFinalize());
}

}  // namespace

// The first line has the names of the parameters.
int main() {
    CHECK_OK(aclInit(nullptr));
    std::string text, name;
    std::getline(std::cin, text);
    std::istringstream words(text);
    std::vector<std::string> names;
    while (words >> name) {
        names.push_back(name);
    }
    while (std::getline(std::cin, text)) {
        std::cout << Answered(text, names) << std::endl;
    }
    End();
    return 0;
}
