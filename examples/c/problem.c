#include "problem.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// -- options --

static bool ReadNumber(const char *option, const char *text, long least, long most, long *number) {
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *number >= least && *number <= most) {
        return true;
    }
    fprintf(stderr, "--%s is '%s'; allowed is a whole number from %ld to %ld\n", option, text, least, most);
    return false;
}

bool ReadProblem(int argc, char **argv, Problem *problem, uint32_t *rank, const char **key) {
    const struct option options[] = {
        {"ranks", required_argument, NULL, 'r'},
        {"m", required_argument, NULL, 'm'},
        {"k", required_argument, NULL, 'k'},
        {"n", required_argument, NULL, 'n'},
        {"transposed-x2", no_argument, NULL, 't'},
        {"no-gather-out", no_argument, NULL, 'g'},
        {"rank", required_argument, NULL, 'i'},
        {"key", required_argument, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    long ranks = 4, m = 64, k = 512, n = 128, own_rank = -1;
    const char *own_key = NULL;
    problem->transposed_x2 = false;
    problem->gather_out = true;
    bool right = true;
    int index = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, &index)) != -1;) {
        const char *name = options[index].name;
        switch (option) {
            case 'r':
                right &= ReadNumber(name, optarg, 1, 64, &ranks);
                break;
            case 'm':
                right &= ReadNumber(name, optarg, 1, 1 << 20, &m);
                break;
            case 'k':
                right &= ReadNumber(name, optarg, 1, 1 << 20, &k);
                break;
            case 'n':
                right &= ReadNumber(name, optarg, 1, 1 << 20, &n);
                break;
            case 't':
                problem->transposed_x2 = true;
                break;
            case 'g':
                problem->gather_out = false;
                break;
            case 'i':
                right &= ReadNumber(name, optarg, 0, 63, &own_rank);
                break;
            case 'c':
                own_key = optarg;
                break;
            default:
                right = false;
        }
    }
    problem->ranks = (uint32_t)ranks;
    problem->m = m;
    problem->k = k;
    problem->n = n;
    if (right && rank != NULL && (own_rank < 0 || own_key == NULL)) {
        fprintf(stderr, "--rank and --key are needed\n");
        right = false;
    }
    if (right && rank == NULL && (own_rank >= 0 || own_key != NULL)) {
        fprintf(stderr, "--rank and --key are not for this program, which runs all ranks\n");
        right = false;
    }
    if (right && optind < argc) {
        fprintf(stderr, "'%s' is no option\n", argv[optind]);
        right = false;
    }
    if (!right) {
        fprintf(stderr, "usage: %s%s [--ranks 4] [--m 64] [--k 512] [--n 128] [--transposed-x2] [--no-gather-out]\n",
                argv[0], rank != NULL ? " --rank RANK --key KEY" : "");
        return false;
    }
    if (rank != NULL) {
        *rank = (uint32_t)own_rank;
        *key = own_key;
    }
    return true;
}

// -- FP16: a sign, 5 bits of exponent, 10 of mantissa --

// The distance between neighbouring FP16 numbers around `number`.
static double UnitInTheLastPlace(double number) {
    int exponent;
    frexp(number, &exponent);  // number = fraction * 2^exponent, 1/2 <= |fraction| < 1
    return ldexp(1, (number == 0 || exponent < -13 ? -13 : exponent) - 11);
}

// Rounds to nearest, ties to even.
static Half HalfOf(double number) {
    const Half sign = signbit(number) ? 0x8000 : 0;
    const double unit = UnitInTheLastPlace(number);
    const double rounded = nearbyint(fabs(number) / unit) * unit;
    if (!(rounded < 65520)) {
        return (Half)(sign | (isnan(number) ? 0x7e00 : 0x7c00));
    }
    const double spacing = UnitInTheLastPlace(rounded);  // twice `unit`, if rounding has reached a power of two
    const Half steps = (Half)(rounded / spacing);
    const int binade = ilogb(spacing) + 24;  // 0 for numbers below 2^-13
    return (Half)(sign | (steps + binade * 1024));
}

static double DoubleOf(Half half) {
    const int exponent = half >> 10 & 31;
    const int mantissa = half & 1023;
    double number = exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) {
        number = mantissa == 0 ? INFINITY : NAN;
    }
    return half & 0x8000 ? -number : number;
}

// -- matrices --

// A multiple of 2^-11 from -1 to 1, which FP16 can hold.
static Half Element(uint64_t matrix, uint32_t rank, int64_t row, int64_t column) {
    uint64_t bits = ((matrix * 64 + rank) << 42 | (uint64_t)row << 21 | (uint64_t)column) + 1;
    bits = (bits ^ bits >> 31) * 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 29) * 0xbf58476d1ce4e5b9u;
    bits ^= bits >> 32;
    return HalfOf(((int)(bits % 4097) - 2048) / 2048.0);
}

Half ElementOfX1(uint32_t rank, int64_t row, int64_t column) { return Element(1, rank, row, column); }
Half ElementOfX2(uint32_t rank, int64_t row, int64_t column) { return Element(2, rank, row, column); }

// -- what must come out --

static double *Doubles(int64_t count) {
    double *numbers = malloc((size_t)count * sizeof(double));
    if (numbers == NULL) {
        fprintf(stderr, "no memory for the reference\n");
        exit(EXIT_FAILURE);
    }
    return numbers;
}

// The error that each element may have: one unit in the last place, and the rounding of k additions in float. The mean
// of all may be 1.1 times that of an addition in float that is rounded once.
bool OutputIsRight(const Problem *problem, uint32_t rank, const Half *output, double *share) {
    const int64_t m = problem->m, k = problem->k, n = problem->n;
    double *x1 = Doubles(k), *x2 = Doubles(k * n);
    for (int64_t column = 0; column < n; ++column) {
        for (int64_t i = 0; i < k; ++i) {
            x2[column * k + i] = DoubleOf(ElementOfX2(rank, i, column));
        }
    }
    bool right = true;
    double squares = 0, squares_of_float = 0;
    *share = 0;
    for (int64_t row = 0; row < problem->ranks * m; ++row) {
        for (int64_t i = 0; i < k; ++i) {
            x1[i] = DoubleOf(ElementOfX1((uint32_t)(row / m), row % m, i));
        }
        for (int64_t column = 0; column < n; ++column) {
            double exact = 0, magnitude = 0;  // multiples of 2^-22 below 2^20: no sum is rounded
            float in_float = 0;
            for (int64_t i = 0; i < k; ++i) {
                const double product = x1[i] * x2[column * k + i];
                exact += product;
                magnitude += fabs(product);
                in_float += (float)product;
            }
            const double error = fabs(DoubleOf(output[row * n + column]) - exact);
            const double allowed = UnitInTheLastPlace(exact) + ldexp((double)k, -24) * magnitude;
            const double error_of_float = DoubleOf(HalfOf(in_float)) - exact;
            right = right && error <= allowed;  // false if it is not a number
            *share = fmax(*share, error / allowed);
            squares += error * error;
            squares_of_float += error_of_float * error_of_float;
        }
    }
    free(x1);
    free(x2);
    return right && squares <= 1.1 * 1.1 * squares_of_float;
}

bool GatherOutIsRight(const Problem *problem, const Half *gather_out) {
    for (uint32_t rank = 0; rank < problem->ranks; ++rank) {
        for (int64_t row = 0; row < problem->m; ++row) {
            for (int64_t column = 0; column < problem->k; ++column) {
                if (*gather_out++ != ElementOfX1(rank, row, column)) {
                    return false;
                }
            }
        }
    }
    return true;
}
