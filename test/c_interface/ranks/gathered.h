// HcclAllGather on one rank, of bytes that every rank can compute.
#ifndef GATHERED_H
#define GATHERED_H

#include <cstdint>

#include "hccl/hccl.h"
#include "reply.h"

class Gathered {
public:
    // `bytes`: of each rank. In place, what is sent lies where it is received.
    Gathered(int64_t ranks, int64_t rank, uint64_t bytes, uint64_t seed, bool in_place)
        : ranks_(ranks), rank_(rank), bytes_(bytes), seed_(seed), in_place_(in_place) {}
    ~Gathered();
    Gathered(const Gathered &) = delete;
    Gathered &operator=(const Gathered &) = delete;

    Reply Prepare();
    Reply Launch(HcclComm comm, uint64_t count, HcclDataType type, aclrtStream stream);
    Reply Check() const;

private:
    uint8_t Byte(int64_t rank, uint64_t index) const;

    const int64_t ranks_, rank_;
    const uint64_t bytes_, seed_;
    const bool in_place_;
    void *send_ = nullptr, *receive_ = nullptr;
};

#endif
