// One call of aclnnAllGatherMatmulV2 on one rank, on matrices of whole numbers whose product FP16 holds exactly.
#ifndef PRODUCT_H
#define PRODUCT_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "aclnnop/aclnn_all_gather_matmul_v2.h"
#include "reply.h"

// The numbers, which every rank can compute of all ranks. They depend on the seed, so that what another call has left
// somewhere is not taken for right.
struct Numbers {
    int64_t ranks, m, k, n;
    uint64_t seed;
    std::shared_ptr<const Numbers> source;  // if x1 is the output of another product: that one's

    int X1(int64_t rank, int64_t row, int64_t column) const;
    // Each column of x2 adds two columns of x1.
    int64_t Addend(int64_t column, int which) const;
    int X2(int64_t row, int64_t column) const;
    int Output(int64_t row, int64_t column) const;
};

// Where x1 lies, if not in memory of its own on the rank's device.
struct PlaceOfX1 {
    void *output = nullptr;  // of another product
    bool on_host = false;
    int device = -1;
};

class Product {
public:
    Product(const Numbers &numbers, int64_t rank, int device) : numbers_(numbers), rank_(rank), device_(device) {}
    ~Product();
    Product(const Product &) = delete;
    Product &operator=(const Product &) = delete;

    // Makes the matrices, and the executor by stage 1.
    Reply Prepare(const std::string &group, const PlaceOfX1 &place);
    // Stage 2.
    Reply Launch(aclrtStream stream);
    // Compares output and gatherOut.
    Reply Check() const;

    // x1, x2, output, gatherOut or workspace.
    void *memory(const std::string &name) const;
    Reply Free(const std::string &name);
    uint64_t output_bytes() const { return numbers_.ranks * numbers_.m * numbers_.n * sizeof(uint16_t); }
    const Numbers &numbers() const { return numbers_; }

private:
    Reply Allocate(const std::string &name, uint64_t bytes);
    template <typename ElementAt>
    Reply Fill(const std::string &name, int64_t rows, int64_t columns, ElementAt element_at);
    template <typename ElementAt>
    Reply Compare(const std::string &name, int64_t rows, int64_t columns, ElementAt element_at) const;
    aclTensor *Tensor(const std::string &name, int64_t rows, int64_t columns) const;

    const Numbers numbers_;
    const int64_t rank_;
    const int device_;
    std::map<std::string, void *> memory_;
    std::map<std::string, void *> own_;  // of it: what this product has allocated on the device
    uint64_t workspace_bytes_ = 0;
    aclOpExecutor *executor_ = nullptr;
};

#endif
