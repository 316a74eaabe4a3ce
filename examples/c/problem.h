// What the examples compute: sizes, the matrices of every rank, and what must come out.
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t Half;  // the bits of an FP16 number

typedef struct {
    uint32_t ranks;
    int64_t m, k, n;     // on each rank, x1 is m x k and x2 is k x n
    bool transposed_x2;  // x2 lies in memory as n x k
    bool gather_out;     // whether the gathered x1 is wanted, too
} Problem;

// Reads the options of the command line. `rank` and `key` are null in a program that runs all ranks. Says on stderr
// what is wrong with them, if something is.
bool ReadProblem(int argc, char **argv, Problem *problem, uint32_t *rank, const char **key);

// The element of a rank's matrix: a formula, so that every rank can compute what the others have.
Half ElementOfX1(uint32_t rank, int64_t row, int64_t column);
Half ElementOfX2(uint32_t rank, int64_t row, int64_t column);

// Whether `output` of this rank, (ranks * m) x n, is right. `share`: the largest error, of what is allowed.
bool OutputIsRight(const Problem *problem, uint32_t rank, const Half *output, double *share);
// Whether `gather_out`, (ranks * m) x k, holds x1 of all ranks, bit for bit.
bool GatherOutIsRight(const Problem *problem, const Half *gather_out);

#endif
