// TPipe places buffers in a core's memories; TBuf is one buffer; TQue hands buffers from one pipe to the next.
#ifndef DOVETAIL_PIPE_H
#define DOVETAIL_PIPE_H

#include "dovetail/synchronization.h"
#include "dovetail/tensor.h"

namespace dovetail {

// Next free byte of each memory of the running core, as one TPipe sees it.
struct Placement {
    uint64_t used[static_cast<int>(Memory::Count)];
    uint32_t buffers;
};

// Takes `bytes` (rounded up to 32) of the memory of `position`. Fails when the machine has no more of it.
uint32_t Place(Placement &placement, AscendC::TPosition position, uint64_t bytes, Location where);

// A queue orders its two pipes by these: `pipe` of this core is done with a buffer; `pipe` may not start before that.
void SignalBuffer(const void *queue, int32_t buffer, pipe_t pipe, Location where);
void AwaitBuffer(const void *queue, int32_t buffer, pipe_t pipe, Location where);

constexpr pipe_t ProducerOf(AscendC::TPosition position) {
    using AscendC::TPosition;
    return position == TPosition::A2 || position == TPosition::B2 || position == TPosition::C2 ? PIPE_MTE1
           : position == TPosition::CO1                                                        ? PIPE_M
           : position == TPosition::VECOUT || position == TPosition::VECCALC                   ? PIPE_V
                                                                                               : PIPE_MTE2;
}

constexpr pipe_t ConsumerOf(AscendC::TPosition position) {
    using AscendC::TPosition;
    return position == TPosition::A2 || position == TPosition::B2 || position == TPosition::C2   ? PIPE_M
           : position == TPosition::A1 || position == TPosition::B1 || position == TPosition::C1 ? PIPE_MTE1
           : position == TPosition::CO1                                                          ? PIPE_FIX
           : position == TPosition::VECOUT                                                       ? PIPE_MTE3
                                                                                                 : PIPE_V;
}

}  // namespace dovetail

namespace AscendC {

constexpr int32_t kMaximumQueueBuffers = 16;

template <TPosition pos, int32_t depth, auto mask = 0>
class TQue {
public:
    template <typename T>
    __aicore__ inline LocalTensor<T> AllocTensor(::dovetail::Location where = ::dovetail::Location::Here()) {
        int32_t buffer = 0;
        while (buffer < buffers_ && (in_use_ >> buffer & 1) != 0) {
            ++buffer;
        }
        if (buffer == buffers_) {
            ::dovetail::Fail(where, "over capacity: AllocTensor: all %d buffers of the queue are in use", buffers_);
        }
        in_use_ |= 1u << buffer;
        ::dovetail::AwaitBuffer(this, buffer, ::dovetail::ProducerOf(pos), where);
        return LocalTensor<T>(address_ + static_cast<uint32_t>(buffer) * bytes_, bytes_, pos, buffer);
    }
    template <typename T>
    __aicore__ inline bool EnQue(const LocalTensor<T> &tensor,
                                 ::dovetail::Location where = ::dovetail::Location::Here()) {
        if (tensor.Buffer() < 0 || tensor.Buffer() >= buffers_) {
            ::dovetail::Fail(where, "buffer: EnQue: the tensor does not come from this queue's AllocTensor");
        }
        if (queued_ == buffers_) {
            ::dovetail::Fail(where, "buffer: EnQue: all %d buffers are in the queue already", buffers_);
        }
        order_[(head_ + queued_) % kMaximumQueueBuffers] = static_cast<int8_t>(tensor.Buffer());
        ++queued_;
        ::dovetail::SignalBuffer(this, tensor.Buffer(), ::dovetail::ProducerOf(pos), where);
        return true;
    }
    template <typename T>
    __aicore__ inline LocalTensor<T> DeQue(::dovetail::Location where = ::dovetail::Location::Here()) {
        if (queued_ == 0) {
            ::dovetail::Fail(where, "buffer: DeQue: the queue is empty");
        }
        const int32_t buffer = order_[head_];
        head_ = (head_ + 1) % kMaximumQueueBuffers;
        --queued_;
        ::dovetail::AwaitBuffer(this, buffer, ::dovetail::ConsumerOf(pos), where);
        return LocalTensor<T>(address_ + static_cast<uint32_t>(buffer) * bytes_, bytes_, pos, buffer);
    }
    template <typename T>
    __aicore__ inline void FreeTensor(LocalTensor<T> &tensor,
                                      ::dovetail::Location where = ::dovetail::Location::Here()) {
        if (tensor.Buffer() < 0 || (in_use_ >> tensor.Buffer() & 1) == 0) {
            ::dovetail::Fail(where, "buffer: FreeTensor: the tensor is not in use");
        }
        in_use_ &= ~(1u << tensor.Buffer());
        ::dovetail::SignalBuffer(this, tensor.Buffer(), ::dovetail::ConsumerOf(pos), where);
    }
    __aicore__ inline bool HasTensorInQue() { return queued_ != 0; }
    __aicore__ inline bool VacantInQue() { return queued_ < buffers_; }
    __aicore__ inline int32_t GetTensorCountInQue() { return queued_; }
    __aicore__ inline bool HasIdleBuffer() { return in_use_ != (1u << buffers_) - 1; }

private:
    friend class TPipe;
    uint32_t address_ = 0;
    uint32_t bytes_ = 0;
    int32_t buffers_ = 0;
    uint32_t in_use_ = 0;
    int32_t head_ = 0;
    int32_t queued_ = 0;
    int8_t order_[kMaximumQueueBuffers] = {};
};

template <TPosition pos = TPosition::VECCALC>
class TBuf {
public:
    template <typename T>
    __aicore__ inline LocalTensor<T> Get() {
        return LocalTensor<T>(address_, bytes_, pos, -1);
    }
    // The first `len` elements.
    template <typename T>
    __aicore__ inline LocalTensor<T> Get(uint32_t len, ::dovetail::Location where = ::dovetail::Location::Here()) {
        return GetWithOffset<T>(len, 0, where);
    }
    // `size` elements from byte `bufOffset` on.
    template <typename T>
    __aicore__ inline LocalTensor<T> GetWithOffset(uint32_t size, uint32_t bufOffset,
                                                   ::dovetail::Location where = ::dovetail::Location::Here()) {
        const uint64_t end = bufOffset + ::dovetail::BytesFor<T>(size);
        if (end > bytes_) {
            ::dovetail::Fail(where, "out of bounds: GetWithOffset: bytes [%u, %llu) of a buffer of %u bytes", bufOffset,
                             static_cast<unsigned long long>(end), bytes_);
        }
        if (bufOffset % 32 != 0) {
            ::dovetail::Fail(where, "misaligned: GetWithOffset: offset %u is not a multiple of 32 bytes", bufOffset);
        }
        return LocalTensor<T>(address_ + bufOffset, static_cast<uint32_t>(::dovetail::BytesFor<T>(size)), pos, -1);
    }

private:
    friend class TPipe;
    uint32_t address_ = 0;
    uint32_t bytes_ = 0;
};

// Like the vendor's, it holds M_MTE1 flags 0, 1 and 2 of an AIC from its construction to Destroy().
class TPipe {
public:
    __aicore__ inline explicit TPipe(::dovetail::Location where = ::dovetail::Location::Here()) : placement_() {
        if (::dovetail::CoreRegisters().kind == ::dovetail::CoreKind::Cube) {
            for (int32_t id = 0; id < kHeldFlags; ++id) {
                ::dovetail::RaiseFlag(HardEvent::M_MTE1, id, where);
            }
        }
    }
    TPipe(const TPipe &) = delete;
    TPipe &operator=(const TPipe &) = delete;
    __aicore__ inline ~TPipe() { Destroy(); }

    __aicore__ inline void Destroy(::dovetail::Location where = ::dovetail::Location::Here()) {
        if (!alive_) {
            return;
        }
        alive_ = false;
        if (::dovetail::CoreRegisters().kind == ::dovetail::CoreKind::Cube) {
            for (int32_t id = 0; id < kHeldFlags; ++id) {
                ::dovetail::AwaitFlag(HardEvent::M_MTE1, id, where);
            }
        }
        ::dovetail::Barrier(PIPE_ALL, where);
    }

    template <TPosition pos, int32_t depth, auto mask>
    __aicore__ inline bool InitBuffer(TQue<pos, depth, mask> &que, uint8_t num, uint32_t len,
                                      ::dovetail::Location where = ::dovetail::Location::Here()) {
        if (num == 0 || num > kMaximumQueueBuffers) {
            ::dovetail::Fail(where, "limit: InitBuffer: %d buffers (1 to %d are allowed)", num, kMaximumQueueBuffers);
        }
        que.bytes_ = (len + 31) / 32 * 32;
        que.address_ = ::dovetail::Place(placement_, pos, static_cast<uint64_t>(que.bytes_) * num, where);
        que.buffers_ = num;
        return true;
    }
    template <TPosition pos>
    __aicore__ inline bool InitBuffer(TBuf<pos> &buf, uint32_t len,
                                      ::dovetail::Location where = ::dovetail::Location::Here()) {
        buf.address_ = ::dovetail::Place(placement_, pos, len, where);
        buf.bytes_ = (len + 31) / 32 * 32;
        return true;
    }
    template <HardEvent event>
    __aicore__ inline TEventID AllocEventID(::dovetail::Location where = ::dovetail::Location::Here()) {
        for (int8_t id = 0; id < 8; ++id) {
            if ((events_[static_cast<int>(event)] >> id & 1) == 0) {
                events_[static_cast<int>(event)] |= static_cast<uint8_t>(1u << id);
                return id;
            }
        }
        ::dovetail::Fail(where, "over capacity: AllocEventID: all 8 ids of this event are taken");
    }
    template <HardEvent event>
    __aicore__ inline void ReleaseEventID(TEventID id) {
        events_[static_cast<int>(event)] &= static_cast<uint8_t>(~(1u << id));
    }

private:
    static constexpr int32_t kHeldFlags = 3;
    ::dovetail::Placement placement_;
    uint8_t events_[static_cast<int>(HardEvent::MAX)] = {};
    bool alive_ = true;
};

}  // namespace AscendC

#endif
