#include "gathered.h"

#include <vector>

uint8_t Gathered::Byte(int64_t rank, uint64_t index) const {
    const uint64_t bits = (index * 64 + static_cast<uint64_t>(rank) + seed_ * 977) * 0x9e3779b97f4a7c15u;
    return static_cast<uint8_t>(bits >> 56);
}

Gathered::~Gathered() {
    if (send_ != nullptr && !in_place_) {
        aclrtFree(send_);
    }
    if (receive_ != nullptr) {
        aclrtFree(receive_);
    }
}

Reply Gathered::Prepare() {
    Reply reply = After(aclrtMalloc(&receive_, ranks_ * bytes_ + 1, ACL_MEM_MALLOC_HUGE_FIRST));
    if (reply.code == 0 && in_place_) {
        send_ = static_cast<uint8_t *>(receive_) + rank_ * bytes_;
    } else if (reply.code == 0) {
        reply = After(aclrtMalloc(&send_, bytes_ + 1, ACL_MEM_MALLOC_HUGE_FIRST));
    }
    if (reply.code != 0) {
        return reply;
    }
    std::vector<uint8_t> bytes(bytes_);
    for (uint64_t i = 0; i < bytes_; ++i) {
        bytes[i] = Byte(rank_, i);
    }
    return After(aclrtMemcpy(send_, bytes_, bytes.data(), bytes_, ACL_MEMCPY_HOST_TO_DEVICE));
}

Reply Gathered::Launch(HcclComm comm, uint64_t count, HcclDataType type, aclrtStream stream) {
    return After(HcclAllGather(send_, receive_, count, type, comm, stream));
}

Reply Gathered::Check() const {
    std::vector<uint8_t> bytes(ranks_ * bytes_);
    const Reply reply =
        After(aclrtMemcpy(bytes.data(), bytes.size(), receive_, bytes.size(), ACL_MEMCPY_DEVICE_TO_HOST));
    for (uint64_t i = 0; reply.code == 0 && i < bytes.size(); ++i) {
        const int expected = Byte(static_cast<int64_t>(i / bytes_), i % bytes_);
        if (bytes[i] != expected) {
            return {kWrong, "byte " + std::to_string(i) + " is " + std::to_string(bytes[i]) + " and not " +
                                std::to_string(expected)};
        }
    }
    return reply;
}
