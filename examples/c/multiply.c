#include "multiply.h"

#include <stdio.h>
#include <stdlib.h>

#include "aclnnop/aclnn_all_gather_matmul_v2.h"

// A matrix in the device's memory, and the same as the operator sees it.
typedef struct {
    int64_t elements;
    void *memory;
    aclTensor *tensor;
} Matrix;

// A transposed matrix lies in memory column after column.
static Matrix CreateMatrix(uint32_t rank, int64_t rows, int64_t columns, bool transposed) {
    const int64_t shape[] = {rows, columns};
    const int64_t strides[] = {transposed ? 1 : columns, transposed ? rows : 1};
    const int64_t storage[] = {transposed ? columns : rows, transposed ? rows : columns};
    Matrix matrix = {rows * columns, NULL, NULL};
    const size_t bytes = (size_t)matrix.elements * sizeof(Half);
    CHECK(rank, aclrtMalloc(&matrix.memory, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    // Bits that are no number, so that an element that nobody writes is seen.
    CHECK(rank, aclrtMemset(matrix.memory, bytes, 0xff, bytes));
    matrix.tensor = aclCreateTensor(shape, 2, ACL_FLOAT16, strides, 0, ACL_FORMAT_ND, storage, 2, matrix.memory);
    Check(rank, "aclCreateTensor", matrix.tensor != NULL ? ACL_SUCCESS : ACL_ERROR_BAD_ALLOC);
    return matrix;
}

static void DestroyMatrix(uint32_t rank, Matrix matrix) {
    CHECK(rank, aclDestroyTensor(matrix.tensor));
    CHECK(rank, aclrtFree(matrix.memory));
}

static Half *HostMemory(int64_t elements) {
    Half *memory = malloc((size_t)elements * sizeof(Half));
    if (memory == NULL) {
        fprintf(stderr, "no memory for %lld elements\n", (long long)elements);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void CopyToDevice(uint32_t rank, Matrix matrix, Half *elements) {
    const size_t bytes = (size_t)matrix.elements * sizeof(Half);
    CHECK(rank, aclrtMemcpy(matrix.memory, bytes, elements, bytes, ACL_MEMCPY_HOST_TO_DEVICE));
    free(elements);
}

static Half *CopyToHost(uint32_t rank, Matrix matrix) {
    const size_t bytes = (size_t)matrix.elements * sizeof(Half);
    Half *elements = HostMemory(matrix.elements);
    CHECK(rank, aclrtMemcpy(elements, bytes, matrix.memory, bytes, ACL_MEMCPY_DEVICE_TO_HOST));
    return elements;
}

static Matrix CreateX1(const Problem *problem, uint32_t rank) {
    const Matrix x1 = CreateMatrix(rank, problem->m, problem->k, false);
    Half *elements = HostMemory(x1.elements);
    for (int64_t at = 0; at < x1.elements; ++at) {
        elements[at] = ElementOfX1(rank, at / problem->k, at % problem->k);
    }
    CopyToDevice(rank, x1, elements);
    return x1;
}

static Matrix CreateX2(const Problem *problem, uint32_t rank) {
    const Matrix x2 = CreateMatrix(rank, problem->k, problem->n, problem->transposed_x2);
    Half *elements = HostMemory(x2.elements);
    for (int64_t row = 0; row < problem->k; ++row) {
        for (int64_t column = 0; column < problem->n; ++column) {
            const int64_t at = problem->transposed_x2 ? column * problem->k + row : row * problem->n + column;
            elements[at] = ElementOfX2(rank, row, column);
        }
    }
    CopyToDevice(rank, x2, elements);
    return x2;
}

bool Multiply(const Problem *problem, uint32_t rank, HcclComm comm, aclrtStream stream) {
    char group[COMM_NAME_MAX_LENGTH];
    CHECK(rank, HcclGetCommName(comm, group));
    const int64_t gathered_rows = problem->ranks * problem->m;
    const Matrix x1 = CreateX1(problem, rank);
    const Matrix x2 = CreateX2(problem, rank);
    const Matrix output = CreateMatrix(rank, gathered_rows, problem->n, false);
    Matrix gather_out = {0, NULL, NULL};
    if (problem->gather_out) {
        gather_out = CreateMatrix(rank, gathered_rows, problem->k, false);
    }

    // Stage 1 checks the arguments and plans the launch.
    uint64_t workspace_bytes = 0;
    aclOpExecutor *executor = NULL;
    CHECK(rank,
          aclnnAllGatherMatmulV2GetWorkspaceSize(
              x1.tensor, x2.tensor, /*bias=*/NULL, /*x1Scale=*/NULL, /*x2Scale=*/NULL, /*quantScale=*/NULL,
              /*blockSize=*/0, group, /*gatherIndex=*/0, /*commTurn=*/0, /*streamMode=*/1, /*groupSize=*/0,
              /*commMode=*/"aiv", output.tensor, gather_out.tensor, /*amaxOut=*/NULL, &workspace_bytes, &executor));
    void *workspace = NULL;
    CHECK(rank, aclrtMalloc(&workspace, workspace_bytes, ACL_MEM_MALLOC_HUGE_FIRST));

    // Stage 2 puts the launch into the stream and returns. Whether it went well is known after synchronising.
    CHECK(rank, aclnnAllGatherMatmulV2(workspace, workspace_bytes, executor, stream));
    CHECK(rank, aclrtSynchronizeStream(stream));

    Half *result = CopyToHost(rank, output);
    double share;
    bool right = OutputIsRight(problem, rank, result, &share);
    free(result);
    const char *gathered = "not asked for";
    if (problem->gather_out) {
        Half *rows = CopyToHost(rank, gather_out);
        const bool equal = GatherOutIsRight(problem, rows);
        free(rows);
        gathered = equal ? "equal" : "WRONG";
        right = right && equal;
        DestroyMatrix(rank, gather_out);
    }
    printf("rank %u of %u: error of output %.0f %% of what is allowed, gatherOut %s: %s\n", rank, problem->ranks,
           100 * share, gathered, right ? "PASS" : "FAIL");

    CHECK(rank, aclrtFree(workspace));
    DestroyMatrix(rank, output);
    DestroyMatrix(rank, x2);
    DestroyMatrix(rank, x1);
    return right;
}
