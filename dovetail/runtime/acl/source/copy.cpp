#include <cstring>
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/host_memory.h"
#include "acl/source/memory.h"

namespace dovetail {

namespace {

enum class Side { Host, Device, Either };

const char *NameOf(aclrtMemcpyKind kind) {
    switch (kind) {
        case ACL_MEMCPY_HOST_TO_HOST:
            return "ACL_MEMCPY_HOST_TO_HOST";
        case ACL_MEMCPY_HOST_TO_DEVICE:
            return "ACL_MEMCPY_HOST_TO_DEVICE";
        case ACL_MEMCPY_DEVICE_TO_HOST:
            return "ACL_MEMCPY_DEVICE_TO_HOST";
        case ACL_MEMCPY_DEVICE_TO_DEVICE:
            return "ACL_MEMCPY_DEVICE_TO_DEVICE";
        case ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE:
            return "ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE";
        default:
            return "ACL_MEMCPY_DEFAULT";
    }
}

Side DestinationOf(aclrtMemcpyKind kind) {
    switch (kind) {
        case ACL_MEMCPY_DEFAULT:
            return Side::Either;
        case ACL_MEMCPY_HOST_TO_HOST:
        case ACL_MEMCPY_DEVICE_TO_HOST:
            return Side::Host;
        default:
            return Side::Device;
    }
}

Side SourceOf(aclrtMemcpyKind kind) {
    switch (kind) {
        case ACL_MEMCPY_DEFAULT:
            return Side::Either;
        case ACL_MEMCPY_DEVICE_TO_HOST:
        case ACL_MEMCPY_DEVICE_TO_DEVICE:
            return Side::Device;
        default:
            return Side::Host;
    }
}

// Memory at one end of a copy.
struct End {
    Region region;
    bool on_device = false;
    bool pinned = false;  // or pageable, on the host

    bool is_held() const { return on_device || pinned; }
};

// Finds out where `end` lies. Returns "" or what is wrong with it.
std::string Locate(End &end) {
    end.on_device = IsDeviceAddress(end.region.address);
    if (end.on_device) {
        return FindAllocation(end.region, -1);
    }
    end.pinned = PinnedMemory().Contains(end.region.address);
    const std::string what = Format("%s at %p", end.region.name, end.region.address);
    if (end.pinned) {
        const std::string fault = PinnedMemory().Find(end.region.address, end.region.bytes, &end.region.allocation);
        return fault.empty() ? "" : what + " (pinned memory) " + fault;
    }
    return IsMapped(end.region.address, end.region.bytes) ? "" : what + " is no memory of this process";
}

// A copy of bytes, or of one byte into all of them.
struct Copy {
    const char *function;
    End ends[2];  // the destination, and the source if there is one
    int count;
    int32_t value;

    bool is_pageable() const { return !ends[0].is_held() || (count == 2 && !ends[1].is_held()); }
    Outcome Run() const;

private:
    void Move() const;
};

Outcome Copy::Run() const {
    const char *lost = nullptr;
    bool held[2] = {};
    for (int each = 0; each < count && lost == nullptr; ++each) {
        held[each] = ends[each].is_held() && Hold(ends[each].region);
        lost = ends[each].is_held() && !held[each] ? ends[each].region.name : nullptr;
    }
    if (lost == nullptr) {
        Move();
    }
    for (int each = 0; each < count; ++each) {
        if (held[each] && !Release(ends[each].region)) {
            lost = ends[each].region.name;
        }
    }
    if (lost != nullptr) {
        return {ACL_ERROR_RT_SYS_DMA, Format("%s: %s was freed before the copy was done", function, lost)};
    }
    return {};
}

void Copy::Move() const {
    void *const destination = const_cast<void *>(ends[0].region.address);
    if (count == 2) {
        memmove(destination, ends[1].region.address, ends[1].region.bytes);
    } else {
        memset(destination, value, ends[0].region.bytes);
    }
}

class CopyTask : public Task {
public:
    explicit CopyTask(const Copy &copy) : copy_(copy) {}
    Outcome Run(Stream &) override { return copy_.Run(); }
    const char *name() const override { return copy_.function; }

private:
    const Copy copy_;
};

// Tells why `end` is not where the kind of the copy says that it is; ACL_SUCCESS if it is there.
aclError CheckSide(const char *function, const End &end, Side wanted, aclrtMemcpyKind kind) {
    if (wanted == Side::Either || end.on_device == (wanted == Side::Device)) {
        return ACL_SUCCESS;
    }
    return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                  Format("%s: %s says that %s is memory of the %s, and %p is memory of the %s", function, NameOf(kind),
                         end.region.name, wanted == Side::Device ? "device" : "host", end.region.address,
                         end.on_device ? "device" : "host"));
}

aclError CheckRoom(const char *function, const char *room_name, size_t room, size_t count) {
    if (count <= room) {
        return ACL_SUCCESS;
    }
    return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                  Format("%s: count is %zu, more than %s, which is %zu", function, count, room_name, room));
}

// Checks a copy that has something to do. On success `made` can be run, at once or later.
aclError Check(Copy *made, aclrtMemcpyKind kind) {
    for (int each = 0; each < made->count; ++each) {
        const std::string fault = Locate(made->ends[each]);
        aclError code =
            CheckSide(made->function, made->ends[each], each == 0 ? DestinationOf(kind) : SourceOf(kind), kind);
        if (code == ACL_SUCCESS && !fault.empty()) {
            code = Refuse(ACL_ERROR_RT_PARAM_INVALID, Format("%s: %s", made->function, fault.c_str()));
        }
        if (code != ACL_SUCCESS) {
            return code;
        }
    }
    return ACL_SUCCESS;
}

aclError RunNow(const Copy &copy) {
    const Outcome outcome = copy.Run();
    return outcome.code == ACL_SUCCESS ? ACL_SUCCESS : Refuse(outcome.code, outcome.message);
}

// Memory that is neither the device's nor pinned may be gone, or changed, as soon as the call returns: then the copy is
// done by that time.
aclError RunLater(const Copy &copy, Stream &stream) {
    aclError code;
    if (Submit(stream, std::make_unique<CopyTask>(copy), &code) && copy.is_pageable() && !stream.IsRunningHere()) {
        std::string state;
        stream.WaitUntil(Clock::time_point::max(), &state);
    }
    return code;
}

// What aclrtMemcpy and aclrtMemcpyAsync have in common.
struct Memcpy {
    const char *function;
    void *dst;
    size_t destMax;
    const void *src;
    size_t count;
    aclrtMemcpyKind kind;

    // `*nothing`: there is nothing to do, and no error.
    aclError Check(Copy *copy, bool *nothing) const {
        if (kind < ACL_MEMCPY_HOST_TO_HOST || kind > ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE) {
            return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: kind is %d; allowed are 0 to 5", function, kind));
        }
        *nothing = count == 0;
        if (*nothing) {
            return ACL_SUCCESS;
        }
        if (dst == nullptr || src == nullptr) {
            return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: %s is null", function, dst == nullptr ? "dst" : "src"));
        }
        const aclError code = CheckRoom(function, "destMax", destMax, count);
        *nothing = dst == src;
        if (code != ACL_SUCCESS || *nothing) {
            return code;
        }
        *copy = {function, {{{"dst", dst, count}}, {{"src", src, count}}}, 2, 0};
        return dovetail::Check(copy, kind);
    }
};

struct Memset {
    const char *function;
    void *address;
    size_t room;
    int32_t value;
    size_t count;

    aclError Check(Copy *copy, bool *nothing) const {
        *nothing = count == 0;
        if (*nothing) {
            return ACL_SUCCESS;
        }
        if (address == nullptr) {
            return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: devPtr is null", function));
        }
        const aclError code = CheckRoom(function, "maxCount", room, count);
        if (code != ACL_SUCCESS) {
            return code;
        }
        *copy = {function, {{{"devPtr", address, count}}, {}}, 1, value};
        return dovetail::Check(copy, ACL_MEMCPY_DEFAULT);
    }
};

template <class Request>
aclError Now(const Request &request) {
    aclError code;
    if (CurrentContext(&code) == nullptr) {
        return code;
    }
    Copy copy;
    bool nothing;
    code = request.Check(&copy, &nothing);
    return code != ACL_SUCCESS || nothing ? code : RunNow(copy);
}

template <class Request>
aclError Later(const Request &request, aclrtStream handle) {
    aclError code;
    const std::shared_ptr<Stream> stream = FindStream(handle, &code);
    if (stream == nullptr) {
        return code;
    }
    Copy copy;
    bool nothing;
    code = request.Check(&copy, &nothing);
    if (code != ACL_SUCCESS || nothing) {
        return code;
    }
    if (copy.count == 2 && !copy.ends[0].on_device && !copy.ends[1].on_device) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      Format("%s: no stream copies from host to host", copy.function));
    }
    return RunLater(copy, *stream);
}

}  // namespace

}  // namespace dovetail

using namespace dovetail;

aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind) {
    return Now(Memcpy{"aclrtMemcpy", dst, destMax, src, count, kind});
}

aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind,
                          aclrtStream stream) {
    return Later(Memcpy{"aclrtMemcpyAsync", dst, destMax, src, count, kind}, stream);
}

aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count) {
    return Now(Memset{"aclrtMemset", devPtr, maxCount, value, count});
}

aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count, aclrtStream stream) {
    return Later(Memset{"aclrtMemsetAsync", devPtr, maxCount, value, count}, stream);
}
