// GlobalTensor and LocalTensor: typed views of global memory and of a core's own memories.
#ifndef DOVETAIL_TENSOR_H
#define DOVETAIL_TENSOR_H

#include "dovetail/instruction.h"

namespace dovetail {

// Which element of a tensor. Of those that share a byte, the first.
class Offset {
public:
    template <typename Integer>
    Offset(Integer elements, Location where = Location::Here())
        : elements_(static_cast<uint64_t>(elements)), where_(where) {}

    template <typename T>
    uint64_t Bytes() const {
        if (elements_ % ElementOf<T>::shared != 0) {
            Fail(where_, "misaligned: element %llu lies in the middle of a byte",
                 static_cast<unsigned long long>(elements_));
        }
        return BytesFor<T>(elements_);
    }

private:
    uint64_t elements_;
    Location where_;
};

}  // namespace dovetail

namespace AscendC {

template <typename T>
class GlobalTensor {
public:
    using PrimType = T;
    __aicore__ inline GlobalTensor() {}
    __aicore__ inline void SetGlobalBuffer(__gm__ T *buffer, uint64_t bufferSize) {
        address_ = buffer;
        size_ = bufferSize;
        end_ = bufferSize != 0 ? reinterpret_cast<uint64_t>(buffer) + ::dovetail::BytesFor<T>(bufferSize)
                               : ::dovetail::kUnbounded;
    }
    __aicore__ inline void SetGlobalBuffer(__gm__ T *buffer) { SetGlobalBuffer(buffer, 0); }
    __aicore__ inline const __gm__ T *GetPhyAddr() const { return address_; }
    __aicore__ inline __gm__ T *GetPhyAddr(const ::dovetail::Offset &offset) const { return (*this)[offset].address_; }
    __aicore__ inline T GetValue(const uint64_t offset,
                                 ::dovetail::Location where = ::dovetail::Location::Here()) const {
        static_assert(::dovetail::ElementOf<T>::shared == 1, "half a byte is not implemented");
        return *static_cast<T *>(::dovetail::ScalarAccess(At(offset), sizeof(T), false, where));
    }
    __aicore__ inline void SetValue(const uint64_t offset, T value,
                                    ::dovetail::Location where = ::dovetail::Location::Here()) {
        *static_cast<T *>(::dovetail::ScalarAccess(At(offset), sizeof(T), true, where)) = value;
    }
    __aicore__ inline uint64_t GetSize() const { return size_; }
    __aicore__ inline GlobalTensor operator[](const ::dovetail::Offset &offset) const {
        GlobalTensor moved = *this;
        moved.address_ = reinterpret_cast<T *>(reinterpret_cast<uint64_t>(address_) + offset.Bytes<T>());
        return moved;
    }
    ::dovetail::Operand At(uint64_t offset = 0) const {
        const uint64_t address = reinterpret_cast<uint64_t>(address_) + ::dovetail::BytesFor<T>(offset);
        const uint64_t extent = end_ == ::dovetail::kUnbounded ? end_ : address < end_ ? end_ - address : 0;
        return {address, ::dovetail::Memory::Global, ::dovetail::ElementOf<T>::value, extent};
    }

private:
    T *address_ = nullptr;
    uint64_t size_ = 0;
    uint64_t end_ = ::dovetail::kUnbounded;  // the address behind the buffer, if its size was given
};

template <typename T>
class LocalTensor {
public:
    using PrimType = T;
    __aicore__ inline LocalTensor() {}
    // `addr` is a byte address in the memory of `pos`, `tileSize` a number of elements.
    __aicore__ inline LocalTensor(TPosition pos, uint32_t addr, uint32_t tileSize)
        : address_(addr), bytes_(static_cast<uint32_t>(::dovetail::BytesFor<T>(tileSize))), position_(pos) {}
    __aicore__ inline LocalTensor(uint32_t addr, uint32_t bytes, TPosition pos, int32_t buffer)
        : address_(addr), bytes_(bytes), position_(pos), buffer_(buffer) {}

    __aicore__ inline uint64_t GetPhyAddr() const { return address_; }
    __aicore__ inline uint64_t GetPhyAddr(const ::dovetail::Offset &offset) const {
        return address_ + offset.Bytes<T>();
    }
    __aicore__ inline T GetValue(const uint32_t index,
                                 ::dovetail::Location where = ::dovetail::Location::Here()) const {
        static_assert(::dovetail::ElementOf<T>::shared == 1, "half a byte is not implemented");
        return *static_cast<T *>(::dovetail::ScalarAccess(At(index), sizeof(T), false, where));
    }
    template <typename S>
    __aicore__ inline void SetValue(const uint32_t index, const S value,
                                    ::dovetail::Location where = ::dovetail::Location::Here()) const {
        *static_cast<T *>(::dovetail::ScalarAccess(At(index), sizeof(T), true, where)) = static_cast<T>(value);
    }
    __aicore__ inline LocalTensor operator[](const ::dovetail::Offset &offset) const {
        LocalTensor moved = *this;
        const uint64_t skipped = offset.Bytes<T>();
        moved.address_ = static_cast<uint32_t>(address_ + skipped);
        moved.bytes_ = skipped < bytes_ ? static_cast<uint32_t>(bytes_ - skipped) : 0;
        return moved;
    }
    template <typename U>
    __aicore__ inline LocalTensor<U> ReinterpretCast() const {
        return LocalTensor<U>(address_, bytes_, position_, buffer_);
    }
    __aicore__ inline int32_t GetPosition() const { return static_cast<int32_t>(position_); }
    __aicore__ inline void SetSize(const uint32_t size) {
        bytes_ = static_cast<uint32_t>(::dovetail::BytesFor<T>(size));
    }
    __aicore__ inline uint32_t GetSize() const { return bytes_ / sizeof(T) * ::dovetail::ElementOf<T>::shared; }

    ::dovetail::Operand At(uint32_t offset = 0) const {
        const uint64_t skipped = ::dovetail::BytesFor<T>(offset);
        return {address_ + skipped, ::dovetail::MemoryOf(position_), ::dovetail::ElementOf<T>::value,
                skipped < bytes_ ? bytes_ - skipped : 0};
    }
    int32_t Buffer() const { return buffer_; }

private:
    uint32_t address_ = 0;
    uint32_t bytes_ = 0;
    TPosition position_ = TPosition::MAX;
    int32_t buffer_ = -1;  // which buffer of its queue it came from
};

}  // namespace AscendC

#endif
