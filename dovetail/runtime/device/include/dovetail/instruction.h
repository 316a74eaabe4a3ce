// An instruction as plain data: which pipe it runs on, what it reads and writes, its parameters, and the line that
// issued it. The API functions fill one in and hand it to the library; what happens then is the executor's choice.
#ifndef DOVETAIL_INSTRUCTION_H
#define DOVETAIL_INSTRUCTION_H

#include <stdint.h>

#include "dovetail/numbers.h"
#include "dovetail/qualifiers.h"

namespace dovetail {

// Where a call stands in the kernel's source. As the default of a last parameter it names the caller.
struct Location {
    const char *file;
    uint32_t line;
    static constexpr Location Here(const char *file = __builtin_FILE(), uint32_t line = __builtin_LINE()) {
        return Location{file, line};
    }
};

// L0AScales, L0BScales: of 32 numbers in L0A and L0B each a scale, at a sixteenth of the address.
enum class Memory : uint8_t { Global, L1, L0A, L0B, L0C, UB, BT, FB, L0AScales, L0BScales, Count };

constexpr Memory MemoryOf(AscendC::TPosition position) {
    using AscendC::TPosition;
    return position == TPosition::A1 || position == TPosition::B1 || position == TPosition::C1 ||
                   position == TPosition::TSCM
               ? Memory::L1
           : position == TPosition::A2                                               ? Memory::L0A
           : position == TPosition::B2                                               ? Memory::L0B
           : position == TPosition::CO1                                              ? Memory::L0C
           : position == TPosition::C2                                               ? Memory::BT
           : position == TPosition::C2PIPE2GM || position == TPosition::C2PIPE2LOCAL ? Memory::FB
           : position == TPosition::GM || position == TPosition::CO2                 ? Memory::Global
                                                                                     : Memory::UB;
}

constexpr uint64_t kUnbounded = UINT64_MAX;

// A place in memory: a byte offset in a memory of the issuing core, or an address of this process in global memory.
struct Operand {
    uint64_t address;
    Memory memory;
    Element element;
    uint64_t extent = kUnbounded;  // bytes from here to the end of the tensor, where it has one
};

enum class Operation : uint8_t {
    Copy,          // strided blocks of bytes
    CopyNdToNz,    // rows of global memory into NZ fractals of L1
    CopyDnToNz,    // the same, transposed
    Fill,          // L1: one value, repeated
    LoadFractals,  // 512-byte fractals of L1 into L0A or L0B, each transposed or not
    LoadSquares,   // squares of fractals of L1 into L0A or L0B, transposed
    LoadRegion,    // a region of columns of fractals of L1 into L0A or L0B, transposed or not
    CopyBias,      // L1 into the bias table, as floats
    Multiply,      // L0C (+)= L0A x L0B
    StoreTile,     // Fixpipe: L0C out to global memory or L1, converted
    Vector,        // element-wise over UB
    VectorRepeat,  // element-wise over UB, in repeats of 256 bytes, strided
    Broadcast,     // UB: each of eight numbers into a block of 32 bytes, repeatedly
    Select,        // UB: those elements that a fixed pattern names, one behind the other
};

enum class VectorFunction : uint8_t {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    And,
    Or,
    Adds,
    Muls,
    Maxs,
    Mins,
    Duplicate,
    Cast,
    Exp,
    Ln,
    Abs,
    Sqrt,
    Relu,
    ShiftLeft,
    ShiftRight,
};

// Distances are in bytes from the start of one block to the start of the next.
struct CopyShape {
    uint32_t block_count;
    uint64_t block_bytes;
    int64_t source_pitch, destination_pitch;
    uint32_t left_bytes, right_bytes;  // written around each block in UB: `fill` repeated, or left alone
    bool fills;
    uint8_t fill_bytes;  // size of one fill value
    uint64_t fill;
    bool accumulates;  // atomic add in global memory, of elements of this type
    Element added;
};

struct NdToNzShape {
    uint16_t matrices, rows;
    uint32_t columns;                                // of the ND source, in elements
    uint64_t source_matrix_pitch, source_row_pitch;  // in elements
    uint32_t block_column_pitch, row_pitch;          // of the NZ destination, in 32 bytes
    uint32_t destination_matrix_pitch;               // in elements
    uint8_t element_bytes;
};

struct FractalShape {
    uint16_t start;  // first source fractal
    uint8_t repeat;
    int32_t source_step;  // in fractals, start to start
    uint32_t destination_step;
    bool transposes;
};

// A square is so many consecutive fractals that it has as many rows as columns; it is transposed as a whole, and its
// fractals may then lie apart.
struct SquareShape {
    uint16_t start;  // first source square
    uint8_t repeat;
    int32_t source_step;        // in squares, start to start
    uint32_t destination_step;  // in fractals, from the first fractal of a square to that of the next
    uint32_t fractal_step;      // in fractals, from one of a square to the next
};

// Of columns of fractals in L1, `rows` fractals of each of `columns`, from these on. As they are: column by column, as
// in the source. Transposed: row by row, where a row is as many fractals as it takes to have as many elements along it
// as a fractal has across. Pitches from column to column, or from row to row, in fractals.
struct RegionShape {
    uint32_t first_row, first_column;
    uint16_t rows, columns;
    int32_t source_pitch;
    uint32_t destination_pitch;
    bool transposes;
};

struct MultiplyShape {
    uint16_t m, n, k;
    bool initialises;  // C = A x B instead of C += A x B
    bool has_bias;     // C = bias + A x B, the bias being one row
    uint8_t unit_flag;
    bool aligns_k_to_16;   // float operands only: fractals come in pairs along k
    bool takes_vector;     // A is one plain row
    bool has_scales;       // each 32 numbers along k of A and B have one
    bool left_by_columns;  // A: columns of fractals one behind the other, otherwise rows of fractals
};

struct StoreShape {
    uint16_t columns, rows;
    uint32_t block_column_pitch;  // of the NZ source: 16-element rows from one column of fractals to the next
    uint32_t destination_pitch;   // row major: elements; NZ: 32 bytes
    uint16_t matrices;
    uint32_t source_matrix_pitch, destination_matrix_pitch;
    QuantMode_t conversion;
    bool row_major, clamps_negative, accumulates;
    uint8_t unit_flag;
    uint64_t scale;
};

struct VectorShape {
    VectorFunction function;
    AscendC::RoundMode rounding;
    uint32_t count;
    uint64_t scalar;  // bits of one element
};

// `lanes` elements in each repeat. Within a repeat a block is 32 bytes; pitches are in blocks, start to start, of the
// destination and of both sources. Where the types differ in width a repeat is 256 bytes of the wider one.
struct RepeatShape {
    VectorFunction function;
    AscendC::RoundMode rounding;
    uint8_t lanes, repeats;
    uint16_t block_pitch[3];
    uint8_t repeat_pitch[3];
};

// Repeat r takes elements 8 r to 8 r + 7 of the source.
struct BroadcastShape {
    uint8_t repeats;
    uint16_t block_pitch, repeat_pitch;  // of the destination, in blocks of 32 bytes
};

// Pattern 1 and 2: those with even, and with odd numbers; 3 to 6: the first to the fourth of each four; 7: all.
struct SelectShape {
    uint32_t count;  // of elements of the source
    uint8_t pattern;
};

struct Instruction {
    Operation operation;
    pipe_t pipe;
    Location where;
    Operand destination, first, second, third;
    union {
        CopyShape copy;
        NdToNzShape nd_to_nz;
        FractalShape fractals;
        SquareShape squares;
        RegionShape region;
        MultiplyShape multiply;
        StoreShape store;
        VectorShape vector;
        RepeatShape repeat;
        BroadcastShape broadcast;
        SelectShape select;
    };
};

// Hands an instruction to the executor of the running core.
void Issue(const Instruction &instruction);

// The running scalar reads or writes `bytes` at `operand`: returns where in this process.
void *ScalarAccess(const Operand &operand, uint64_t bytes, bool writes, Location where);

enum class CoreKind : uint8_t { Cube, Vector };

// Registers of the running core that change what later instructions do.
struct Registers {
    CoreKind kind;
    bool adds_to_global;  // SetAtomicAdd
    Element added;
    uint16_t nz_to_nd_matrices;
    uint32_t nz_to_nd_source_pitch, nz_to_nd_destination_pitch;
    uint64_t pad_value;
};
Registers &CoreRegisters();

[[noreturn]] void Fail(Location where, const char *format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace dovetail

#endif
