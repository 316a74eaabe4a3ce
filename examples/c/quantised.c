// The same part of a problem with matrices of INT8, a scale for each row of x1 (per token) and one for each column of
// x2 (per channel), to FP16. Sums of products of INT8 are exact, and the operator says how it rounds what comes of
// them: every bit is compared.
#include <stdio.h>
#include <stdlib.h>

#include "aclnnop/aclnn_all_gather_matmul_v2.h"
#include "multiply.h"

// -- what the matrices hold --

static int8_t X1(uint32_t rank, int64_t row, int64_t column) {
    return (int8_t)((rank * 59 + row * 31 + column * 17) % 255 - 127);
}
static int8_t X2(int64_t row, int64_t column) { return (int8_t)((row * 13 + column * 41) % 255 - 127); }
// No power of two: all bits of a FLOAT scale count.
static float X1Scale(uint32_t rank, int64_t row) { return 1.0f / (float)(1000 + 7 * row + rank); }
static float X2Scale(int64_t column) { return 1.0f / (float)(300 + column); }

// -- device memory, as the operator sees it --

typedef struct {
    size_t bytes;
    void *memory;
    aclTensor *tensor;
} Matrix;

// A transposed matrix lies in memory column after column.
static Matrix CreateMatrix(uint32_t rank, aclDataType type, int64_t rows, int64_t columns, bool transposed) {
    const int64_t shape[] = {rows, columns};
    const int64_t strides[] = {transposed ? 1 : columns, transposed ? rows : 1};
    const int64_t storage[] = {transposed ? columns : rows, transposed ? rows : columns};
    Matrix matrix = {(size_t)(rows * columns) * aclDataTypeSize(type), NULL, NULL};
    CHECK(rank, aclrtMalloc(&matrix.memory, matrix.bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    // Bits that are no number, so that an element that nobody writes is seen.
    CHECK(rank, aclrtMemset(matrix.memory, matrix.bytes, 0xff, matrix.bytes));
    matrix.tensor = aclCreateTensor(shape, 2, type, strides, 0, ACL_FORMAT_ND, storage, 2, matrix.memory);
    Check(rank, "aclCreateTensor", matrix.tensor != NULL ? ACL_SUCCESS : ACL_ERROR_BAD_ALLOC);
    return matrix;
}

static void DestroyMatrix(uint32_t rank, Matrix matrix) {
    CHECK(rank, aclDestroyTensor(matrix.tensor));
    CHECK(rank, aclrtFree(matrix.memory));
}

static void *HostMemory(size_t bytes) {
    void *memory = malloc(bytes);
    if (memory == NULL) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void CopyToDevice(uint32_t rank, Matrix matrix, void *elements) {
    CHECK(rank, aclrtMemcpy(matrix.memory, matrix.bytes, elements, matrix.bytes, ACL_MEMCPY_HOST_TO_DEVICE));
    free(elements);
}

static void *CopyToHost(uint32_t rank, Matrix matrix) {
    void *elements = HostMemory(matrix.bytes);
    CHECK(rank, aclrtMemcpy(elements, matrix.bytes, matrix.memory, matrix.bytes, ACL_MEMCPY_DEVICE_TO_HOST));
    return elements;
}

static Matrix CreateX1(const Problem *problem, uint32_t rank) {
    const Matrix x1 = CreateMatrix(rank, ACL_INT8, problem->m, problem->k, false);
    int8_t *elements = HostMemory(x1.bytes);
    for (int64_t at = 0; at < problem->m * problem->k; ++at) {
        elements[at] = X1(rank, at / problem->k, at % problem->k);
    }
    CopyToDevice(rank, x1, elements);
    return x1;
}

static Matrix CreateX2(const Problem *problem, uint32_t rank) {
    const Matrix x2 = CreateMatrix(rank, ACL_INT8, problem->k, problem->n, problem->transposed_x2);
    int8_t *elements = HostMemory(x2.bytes);
    for (int64_t row = 0; row < problem->k; ++row) {
        for (int64_t column = 0; column < problem->n; ++column) {
            elements[problem->transposed_x2 ? column * problem->k + row : row * problem->n + column] = X2(row, column);
        }
    }
    CopyToDevice(rank, x2, elements);
    return x2;
}

static Matrix CreateX1Scale(const Problem *problem, uint32_t rank) {
    const Matrix scale = CreateMatrix(rank, ACL_FLOAT, problem->m, 1, false);
    float *elements = HostMemory(scale.bytes);
    for (int64_t row = 0; row < problem->m; ++row) {
        elements[row] = X1Scale(rank, row);
    }
    CopyToDevice(rank, scale, elements);
    return scale;
}

static Matrix CreateX2Scale(const Problem *problem, uint32_t rank) {
    const Matrix scale = CreateMatrix(rank, ACL_FLOAT, 1, problem->n, false);
    float *elements = HostMemory(scale.bytes);
    for (int64_t column = 0; column < problem->n; ++column) {
        elements[column] = X2Scale(column);
    }
    CopyToDevice(rank, scale, elements);
    return scale;
}

// -- what must come out --

// output = (x1Scale * x2Scale) * sum, each step rounded to FLOAT, and the last one to FP16.
static bool OutputIsExact(const Problem *problem, const aclFloat16 *output) {
    for (int64_t gathered = 0; gathered < problem->ranks * problem->m; ++gathered) {
        const uint32_t rank = (uint32_t)(gathered / problem->m);
        const int64_t row = gathered % problem->m;
        for (int64_t column = 0; column < problem->n; ++column) {
            int32_t sum = 0;
            for (int64_t i = 0; i < problem->k; ++i) {
                sum += X1(rank, row, i) * X2(i, column);
            }
            const float scale = X1Scale(rank, row) * X2Scale(column);
            const float scaled = (float)sum * scale;
            if (*output++ != aclFloatToFloat16(scaled)) {
                return false;
            }
        }
    }
    return true;
}

static bool IsGathered(const Problem *problem, const int8_t *gather_out) {
    for (int64_t gathered = 0; gathered < problem->ranks * problem->m; ++gathered) {
        for (int64_t column = 0; column < problem->k; ++column) {
            if (*gather_out++ != X1((uint32_t)(gathered / problem->m), gathered % problem->m, column)) {
                return false;
            }
        }
    }
    return true;
}

// -- one rank --

bool Multiply(const Problem *problem, uint32_t rank, HcclComm comm, aclrtStream stream) {
    char group[COMM_NAME_MAX_LENGTH];
    CHECK(rank, HcclGetCommName(comm, group));
    const int64_t gathered_rows = problem->ranks * problem->m;
    const Matrix x1 = CreateX1(problem, rank);
    const Matrix x2 = CreateX2(problem, rank);
    const Matrix x1_scale = CreateX1Scale(problem, rank);
    const Matrix x2_scale = CreateX2Scale(problem, rank);
    const Matrix output = CreateMatrix(rank, ACL_FLOAT16, gathered_rows, problem->n, false);
    Matrix gather_out = {0, NULL, NULL};
    if (problem->gather_out) {
        gather_out = CreateMatrix(rank, ACL_INT8, gathered_rows, problem->k, false);
    }

    uint64_t workspace_bytes = 0;
    aclOpExecutor *executor = NULL;
    CHECK(rank,
          aclnnAllGatherMatmulV2GetWorkspaceSize(
              x1.tensor, x2.tensor, /*bias=*/NULL, x1_scale.tensor, x2_scale.tensor, /*quantScale=*/NULL,
              /*blockSize=*/0, group, /*gatherIndex=*/0, /*commTurn=*/0, /*streamMode=*/1, /*groupSize=*/0,
              /*commMode=*/"aiv", output.tensor, gather_out.tensor, /*amaxOut=*/NULL, &workspace_bytes, &executor));
    void *workspace = NULL;
    CHECK(rank, aclrtMalloc(&workspace, workspace_bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK(rank, aclnnAllGatherMatmulV2(workspace, workspace_bytes, executor, stream));
    CHECK(rank, aclrtSynchronizeStream(stream));

    aclFloat16 *result = CopyToHost(rank, output);
    const bool is_exact = OutputIsExact(problem, result);
    free(result);
    const char *gathered = "not asked for";
    bool right = is_exact;
    if (problem->gather_out) {
        int8_t *rows = CopyToHost(rank, gather_out);
        const bool equal = IsGathered(problem, rows);
        free(rows);
        gathered = equal ? "equal" : "WRONG";
        right = right && equal;
        DestroyMatrix(rank, gather_out);
    }
    printf("rank %u of %u: output %s, gatherOut %s: %s\n", rank, problem->ranks,
           is_exact ? "equal in every bit" : "WRONG", gathered, right ? "PASS" : "FAIL");

    CHECK(rank, aclrtFree(workspace));
    const Matrix matrices[] = {output, x2_scale, x1_scale, x2, x1};
    for (size_t i = 0; i < sizeof(matrices) / sizeof(matrices[0]); ++i) {
        DestroyMatrix(rank, matrices[i]);
    }
    return right;
}
