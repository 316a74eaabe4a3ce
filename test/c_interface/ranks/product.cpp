#include "product.h"

#include <vector>

namespace {

using Half = aclFloat16;

uint64_t Hash(uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    uint64_t bits = ((a * 64 + b) * 0x9e3779b97f4a7c15u + c) * 0xbf58476d1ce4e5b9u + d;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

Half HalfOf(int number) { return aclFloatToFloat16(static_cast<float>(number)); }

}  // namespace

int Numbers::X1(int64_t rank, int64_t row, int64_t column) const {
    return source != nullptr ? source->Output(row, column)
                             : static_cast<int>(Hash(seed, rank, row, column) % 256) - 128;
}

int64_t Numbers::Addend(int64_t column, int which) const {
    return static_cast<int64_t>(Hash(seed, 64, column, which) % static_cast<uint64_t>(k));
}

int Numbers::X2(int64_t row, int64_t column) const { return (Addend(column, 0) == row) + (Addend(column, 1) == row); }

int Numbers::Output(int64_t row, int64_t column) const {
    return X1(row / m, row % m, Addend(column, 0)) + X1(row / m, row % m, Addend(column, 1));
}

Product::~Product() {
    if (executor_ != nullptr) {
        aclDestroyAclOpExecutor(executor_);
    }
    for (const auto &[name, address] : own_) {
        aclrtFree(address);
    }
}

Reply Product::Allocate(const std::string &name, uint64_t bytes) {
    void *address = nullptr;
    const Reply reply = After(aclrtMalloc(&address, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    if (reply.code == 0) {
        memory_[name] = own_[name] = address;
    }
    return reply;
}

template <typename ElementAt>
Reply Product::Fill(const std::string &name, int64_t rows, int64_t columns, ElementAt element_at) {
    std::vector<Half> elements;
    elements.reserve(static_cast<size_t>(rows * columns));
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t column = 0; column < columns; ++column) {
            elements.push_back(HalfOf(element_at(row, column)));
        }
    }
    const uint64_t bytes = elements.size() * sizeof(Half);
    return After(aclrtMemcpy(memory_.at(name), bytes, elements.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE));
}

aclTensor *Product::Tensor(const std::string &name, int64_t rows, int64_t columns) const {
    const int64_t dimensions[] = {rows, columns};
    return aclCreateTensor(dimensions, 2, ACL_FLOAT16, nullptr, 0, ACL_FORMAT_ND, dimensions, 2, memory_.at(name));
}

Reply Product::Prepare(const std::string &group, const PlaceOfX1 &place) {
    const int64_t ranks = numbers_.ranks, m = numbers_.m, k = numbers_.k, n = numbers_.n;
    const uint64_t size = sizeof(Half);
    Reply reply;
    const auto then = [&](const auto &step) { reply = reply.code == 0 ? step() : reply; };
    if (place.output != nullptr) {
        memory_["x1"] = place.output;
    } else if (place.on_host) {
        static std::vector<Half> host(1 << 20);
        memory_["x1"] = host.data();
    } else {
        then([&] { return After(aclrtSetDevice(place.device < 0 ? device_ : place.device)); });
        then([&] { return Allocate("x1", m * k * size); });
        then([&] { return Fill("x1", m, k, [&](int64_t i, int64_t j) { return numbers_.X1(rank_, i, j); }); });
        then([&] { return After(aclrtSetDevice(device_)); });
    }
    then([&] { return Allocate("x2", k * n * size); });
    then([&] { return Fill("x2", k, n, [&](int64_t i, int64_t j) { return numbers_.X2(i, j); }); });
    then([&] { return Allocate("output", ranks * m * n * size); });
    then([&] { return Allocate("gatherOut", ranks * m * k * size); });
    if (reply.code != 0) {
        return reply;
    }
    aclTensor *const x1 = Tensor("x1", m, k), *const x2 = Tensor("x2", k, n);
    aclTensor *const output = Tensor("output", ranks * m, n), *const gather_out = Tensor("gatherOut", ranks * m, k);
    reply = After(aclnnAllGatherMatmulV2GetWorkspaceSize(x1, x2, nullptr, nullptr, nullptr, nullptr, 0, group.c_str(),
                                                         0, 0, 1, 0, "aiv", output, gather_out, nullptr,
                                                         &workspace_bytes_, &executor_));
    for (const aclTensor *tensor : {x1, x2, output, gather_out}) {
        aclDestroyTensor(tensor);
    }
    then([&] { return Allocate("workspace", workspace_bytes_); });
    return reply;
}

Reply Product::Launch(aclrtStream stream) {
    const Reply reply = After(aclnnAllGatherMatmulV2(memory("workspace"), workspace_bytes_, executor_, stream));
    if (reply.code == 0) {
        executor_ = nullptr;  // it served its one launch
    }
    return reply;
}

template <typename ElementAt>
Reply Product::Compare(const std::string &name, int64_t rows, int64_t columns, ElementAt element_at) const {
    std::vector<Half> elements(static_cast<size_t>(rows * columns));
    const uint64_t bytes = elements.size() * sizeof(Half);
    const Reply reply = After(aclrtMemcpy(elements.data(), bytes, memory(name), bytes, ACL_MEMCPY_DEVICE_TO_HOST));
    for (int64_t i = 0; reply.code == 0 && i < rows * columns; ++i) {
        const int expected = element_at(i / columns, i % columns);
        if (elements[static_cast<size_t>(i)] != HalfOf(expected)) {
            return {kWrong, name + "[" + std::to_string(i / columns) + "][" + std::to_string(i % columns) + "] is " +
                                std::to_string(aclFloat16ToFloat(elements[static_cast<size_t>(i)])) + " and not " +
                                std::to_string(expected)};
        }
    }
    return reply;
}

Reply Product::Check() const {
    const int64_t ranks = numbers_.ranks, m = numbers_.m, k = numbers_.k, n = numbers_.n;
    const Reply reply =
        Compare("output", ranks * m, n, [&](int64_t row, int64_t column) { return numbers_.Output(row, column); });
    return reply.code != 0 ? reply : Compare("gatherOut", ranks * m, k, [&](int64_t row, int64_t column) {
        return numbers_.X1(row / m, row % m, column);
    });
}

void *Product::memory(const std::string &name) const {
    const auto place = memory_.find(name);
    return place == memory_.end() ? nullptr : place->second;
}

Reply Product::Free(const std::string &name) {
    own_.erase(name);
    return After(aclrtFree(memory(name)));
}
