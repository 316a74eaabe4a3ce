// Tensors: what is kept of them, and handles that are none.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../acl/check.h"
#include "aclnn/aclnn_base.h"
#include "aclnn/source/tensor.h"

namespace {

constexpr int kInvalid = ACLNN_ERR_PARAM_INVALID;

aclTensor *Make(std::vector<int64_t> view, const int64_t *strides = nullptr, int64_t offset = 0,
                std::vector<int64_t> storage = {1024}, aclDataType type = ACL_FLOAT16) {
    static char memory[4096];
    return aclCreateTensor(view.data(), view.size(), type, strides, offset, ACL_FORMAT_ND, storage.data(),
                           storage.size(), memory);
}

std::vector<int64_t> Shape(const aclTensor *tensor, aclnnStatus (*get)(const aclTensor *, int64_t **, uint64_t *)) {
    int64_t *values = nullptr;
    uint64_t count = 0;
    CHECK_OK(get(tensor, &values, &count));
    std::vector<int64_t> shape(values, values + count);
    delete[] values;
    return shape;
}

void WhatWasGivenIsKept() {
    const int64_t strides[] = {1, 64};
    int here = 0, there = 0;
    const int64_t view[] = {64, 3}, storage[] = {5, 64};
    aclTensor *tensor = aclCreateTensor(view, 2, ACL_BF16, strides, 7, ACL_FORMAT_NCL, storage, 2, &here);
    CHECK(tensor != nullptr);
    CHECK((Shape(tensor, aclGetViewShape) == std::vector<int64_t>{64, 3}));
    CHECK((Shape(tensor, aclGetViewStrides) == std::vector<int64_t>{1, 64}));
    CHECK((Shape(tensor, aclGetStorageShape) == std::vector<int64_t>{5, 64}));
    int64_t offset = 0;
    aclFormat format = ACL_FORMAT_ND;
    aclDataType type = ACL_FLOAT;
    void *address = nullptr;
    CHECK_OK(aclGetViewOffset(tensor, &offset));
    CHECK_OK(aclGetFormat(tensor, &format));
    CHECK_OK(aclGetDataType(tensor, &type));
    CHECK_OK(aclGetRawTensorAddr(tensor, &address));
    CHECK(offset == 7 && format == ACL_FORMAT_NCL && type == ACL_BF16 && address == &here);
    CHECK_OK(aclSetRawTensorAddr(tensor, &there));
    CHECK_OK(aclGetRawTensorAddr(tensor, &address));
    CHECK(address == &there);
    CHECK_OK(aclDestroyTensor(tensor));
}

void StridesMayBeLeftOut() {
    aclTensor *tensor = Make({2, 3, 4});
    CHECK((Shape(tensor, aclGetViewStrides) == std::vector<int64_t>{12, 4, 1}));
    aclTensor *scalar = Make({});
    CHECK(Shape(scalar, aclGetViewShape).empty());
    CHECK_EQUAL(dovetail::FindTensor(scalar)->elements, 1);
    CHECK_OK(aclDestroyTensor(tensor));
    CHECK_OK(aclDestroyTensor(scalar));
}

void Layouts() {
    const auto is = [](std::vector<int64_t> view, std::vector<int64_t> strides, bool contiguous, bool transposed) {
        aclTensor *tensor = Make(view, strides.data());
        const dovetail::TensorFacts *facts = dovetail::FindTensor(tensor);
        CHECK_EQUAL(facts->IsContiguous(), contiguous);
        CHECK_EQUAL(facts->IsTransposed(), transposed);
        CHECK_OK(aclDestroyTensor(tensor));
    };
    is({2, 3}, {3, 1}, true, false);
    is({2, 3}, {1, 2}, false, true);
    is({2, 3}, {4, 1}, false, false);
    is({2, 3}, {1, 4}, false, false);
    is({2, 3}, {0, 1}, false, false);
    is({2, 3}, {-3, 1}, false, false);
    is({5, 1}, {1, 99}, true, true);  // strides of dimensions of 1 do not matter
    is({1, 5}, {99, 1}, true, true);
    is({1, 5}, {99, 2}, false, false);
    is({2, 3, 4}, {12, 4, 1}, true, false);
    is({2, 3, 4}, {1, 2, 6}, false, false);
    is({0, 3}, {7, 7}, true, true);
    is({0, int64_t{1} << 62, 4}, {1, 1, 1}, true, false);
    aclTensor *empty = Make({0, int64_t{1} << 62, 4});
    CHECK(dovetail::FindTensor(empty)->IsEmpty());
    CHECK_OK(aclDestroyTensor(empty));
}

void Spans() {
    const int64_t strides[] = {10, 2};
    aclTensor *tensor = Make({3, 4}, strides, 5);
    const dovetail::TensorFacts *facts = dovetail::FindTensor(tensor);
    CHECK_EQUAL(facts->first, 5);
    CHECK_EQUAL(facts->end, 5 + 2 * 10 + 3 * 2 + 1);
    CHECK_EQUAL(facts->OffsetBytes(), 10u);
    CHECK_EQUAL(facts->Bytes(), 54u);
    const int64_t back[] = {-10, 2};
    aclTensor *reversed = Make({3, 4}, back, 25);
    CHECK_EQUAL(dovetail::FindTensor(reversed)->first, 5);
    CHECK_EQUAL(dovetail::FindTensor(reversed)->end, 32);
    aclTensor *pairs = Make({3, 5}, nullptr, 0, {15}, ACL_INT4);
    CHECK_EQUAL(dovetail::FindTensor(pairs)->Bytes(), 8u);
    aclTensor *huge = Make({int64_t{1} << 31, int64_t{1} << 20});
    CHECK_EQUAL(dovetail::FindTensor(huge)->Bytes(), uint64_t{1} << 52);
    aclTensor *wider = Make({int64_t{1} << 31, int64_t{1} << 31}, nullptr, 0, {1}, ACL_COMPLEX128);
    CHECK_EQUAL(dovetail::FindTensor(wider)->Bytes(), UINT64_MAX);
    for (aclTensor *each : {tensor, reversed, pairs, huge, wider}) {
        CHECK_OK(aclDestroyTensor(each));
    }
}

void WhatIsNoTensorIsRefused() {
    const int64_t dims[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    const auto refused = [](const aclTensor *tensor, const char *part) {
        CHECK(tensor == nullptr);
        CHECK_SAYS(aclGetRecentErrMsg(), part);
    };
    refused(aclCreateTensor(nullptr, 2, ACL_FLOAT, nullptr, 0, ACL_FORMAT_ND, dims, 1, nullptr), "viewDims is a null");
    refused(aclCreateTensor(dims, 1, ACL_FLOAT, nullptr, 0, ACL_FORMAT_ND, nullptr, 1, nullptr),
            "storageDims is a null");
    refused(aclCreateTensor(dims, 9, ACL_FLOAT, nullptr, 0, ACL_FORMAT_ND, dims, 1, nullptr), "9 dimensions");
    refused(aclCreateTensor(dims, ~uint64_t{0}, ACL_FLOAT, nullptr, 0, ACL_FORMAT_ND, dims, 1, nullptr), "dimensions");
    refused(Make({2, -1}), "[2, -1]");
    refused(Make({0, -1}), "[0, -1]");
    refused(Make({int64_t{1} << 32, int64_t{1} << 32}), "[4294967296, 4294967296]");
    refused(Make({2}, nullptr, -1), "offset is -1");
    refused(Make({2}, nullptr, 0, {int64_t{1} << 62, 4}), "storageDims");
    const int64_t far[] = {INT64_MAX};
    refused(Make({3}, far), "stride");
    refused(Make({1}, nullptr, INT64_MAX), "stride");
}

void HandlesAreRecognised() {
    aclTensor *tensor = Make({2});
    void *address = nullptr;
    CHECK_REFUSED(aclDestroyTensor(nullptr), ACLNN_ERR_PARAM_NULLPTR, "null pointer");
    CHECK_REFUSED(aclGetRawTensorAddr(tensor, nullptr), ACLNN_ERR_PARAM_NULLPTR, "null pointer");
    CHECK_OK(aclDestroyTensor(tensor));
    CHECK_REFUSED(aclDestroyTensor(tensor), kInvalid, "destroyed already");
    CHECK_REFUSED(aclGetRawTensorAddr(tensor, &address), kInvalid, "destroyed");
    for (uintptr_t garbage : {uintptr_t{1}, uintptr_t{0x1000}, ~uintptr_t{0}, reinterpret_cast<uintptr_t>(&address),
                              reinterpret_cast<uintptr_t>(tensor) + 1, reinterpret_cast<uintptr_t>(tensor) + 8,
                              reinterpret_cast<uintptr_t>(tensor) + (uintptr_t{1} << 29)}) {
        CHECK_REFUSED(aclDestroyTensor(reinterpret_cast<aclTensor *>(garbage)), kInvalid, "or is none");
    }
    // A thousand tensors later the handle stands for none of them.
    for (int i = 0; i < 1000; ++i) {
        aclTensor *later = Make({2});
        CHECK(later != tensor);
        CHECK_REFUSED(aclGetRawTensorAddr(tensor, &address), kInvalid, "destroyed");
        CHECK_OK(aclDestroyTensor(later));
    }
}

void ManyThreads() {
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([number] {
            std::vector<aclTensor *> held;
            for (int64_t i = 0; i < 3000; ++i) {
                held.push_back(Make({number + 1, i + 1}));
                if (held.size() == 40) {
                    for (size_t j = 0; j < held.size(); ++j) {
                        const auto shape = Shape(held[j], aclGetViewShape);
                        CHECK_EQUAL(shape[0], number + 1);
                        CHECK_EQUAL(shape[1], i - 38 + static_cast<int64_t>(j));
                        CHECK_OK(aclDestroyTensor(held[j]));
                    }
                    held.clear();
                }
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
}

void OneOfSeveralThreadsDestroys() {
    for (int i = 0; i < 200; ++i) {
        aclTensor *tensor = Make({2});
        std::atomic<int> destroyed{0};
        std::vector<std::thread> threads;
        for (int number = 0; number < 3; ++number) {
            threads.emplace_back([&] { destroyed += aclDestroyTensor(tensor) == 0 ? 1 : 0; });
        }
        for (std::thread &each : threads) {
            each.join();
        }
        CHECK_EQUAL(destroyed.load(), 1);
    }
}

}  // namespace

int main() {
    WhatWasGivenIsKept();
    StridesMayBeLeftOut();
    Layouts();
    Spans();
    WhatIsNoTensorIsRefused();
    HandlesAreRecognised();
    ManyThreads();
    OneOfSeveralThreadsDestroys();
    puts("tensors are well");
}
