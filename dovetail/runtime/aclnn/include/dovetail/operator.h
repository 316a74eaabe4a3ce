// The words in which the entry points of an operator are written. `dovetail build` generates such entry points from the
// operator's contract; the library libnnopbase knows what the words mean.
//
// The first stage makes a Call, names its arguments in their order and states the rules. A rule that the call breaks is
// kept as a breach, and later rules go on without what they cannot know; in the end one message lists all breaches.
// All types here are plain, so that any C++17 compiler may compile the entry points.
#ifndef DOVETAIL_OPERATOR_H
#define DOVETAIL_OPERATOR_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "acl/acl_base.h"
#include "aclnn/acl_meta.h"

#pragma GCC visibility push(default)

namespace dovetail {

class Argument;
class Call;
struct LoadedKernel;
struct TensorFacts;

// -- what a package holds --

// What tells apart the kernels of an operator: the types of some arguments, and for each choice whether it was taken.
constexpr uint64_t Key(std::initializer_list<aclDataType> types, std::initializer_list<bool> choices) {
    uint64_t key = 1;
    for (const aclDataType type : types) {
        key = key << 8 | (static_cast<uint64_t>(type) & 255);
    }
    for (const bool taken : choices) {
        key = key << 1 | (taken ? 1 : 0);
    }
    return key;
}

// A kernel for tiles of so many rows and columns, which sends up to `chunk` rows at a time. `tile_cost` compares tiles:
// it grows with the time that one takes.
struct Kernel {
    const char *name;
    uint64_t key;
    int64_t rows, columns, chunk;
    int64_t tile_cost;
    std::atomic<const LoadedKernel *> loaded{nullptr};  // once it has been used
};

class Package {
public:
    // operator_name: as "aclnnAllGatherMatmulV2". kernel: what the entry of every kernel is called. directory: of the
    // kernels, as seen from the library that holds the package. types: the arguments whose types are in the keys.
    // choices: what each choice in the keys is called.
    template <size_t kCount>
    Package(const char *operator_name, const char *family, const char *kernel, const char *directory,
            Kernel (&kernels)[kCount], std::initializer_list<const char *> types,
            std::initializer_list<const char *> choices)
        : operator_name(operator_name), family(family), kernel(kernel), kernels(kernels), count(kCount) {
        Place(directory, kernels);
        Copy(types, this->types, type_count);
        Copy(choices, this->choices, choice_count);
    }

    static constexpr size_t kMost = 8;
    const char *const operator_name;
    const char *const family;
    const char *const kernel;
    Kernel *const kernels;
    const size_t count;
    const char *types[kMost] = {};
    const char *choices[kMost] = {};
    size_t type_count = 0, choice_count = 0;
    const char *directory = "";

private:
    // Finds the directory from the library in which `inside` lies.
    void Place(const char *from_library, const void *inside);

    static void Copy(std::initializer_list<const char *> from, const char **to, size_t &count) {
        for (const char *each : from) {
            to[count++] = each;
        }
    }
};

// -- sizes --

// A size that shapes share. The first tensor with a dimension that is nothing but this size says what it is.
struct Size {
    explicit Size(const char *name) : name(name) {}
    bool IsKnown() const { return value >= 0; }
    void Learn(int64_t number, const Argument &from);

    // -- rules, which say nothing of a size that is not known --

    void AtLeast(int64_t least) const;
    void Within(int64_t least, int64_t below) const;  // least <= size < below
    void MultipleOf(int64_t number) const;

    const char *name;
    int64_t value = -1;
    const Argument *source = nullptr;  // that said it
};

// A product of a size, or none, with another one, or none, and a number; divided by a number and rounded up.
struct Extent {
    Extent(Size &size) : size(&size) {}
    Extent(int64_t number) : number(number) {}
    Extent(Size *size, Size *other, int64_t number, int64_t divisor)
        : size(size), other(other), number(number), divisor(divisor) {}

    Size *size = nullptr;
    Size *other = nullptr;
    int64_t number = 1;
    int64_t divisor = 1;
};
inline Extent operator*(Size &size, Size &other) { return Extent(&size, &other, 1, 1); }
inline Extent operator*(int64_t number, Size &size) { return Extent(&size, nullptr, number, 1); }
inline Extent CeilDivide(Size &size, int64_t divisor) { return Extent(&size, nullptr, 1, divisor); }

// -- arguments --

class Argument {
public:
    // The call breaks a rule if this is a null pointer.
    void Required();

    const char *name() const { return name_; }
    size_t position() const { return position_; }

protected:
    friend struct Size;
    Argument(Call &call, const char *name, const void *given);

    Call &call_;
    const char *const name_;
    const size_t position_;
    const void *const given_;
};

class Tensor : public Argument {
public:
    enum class Role { kInput, kOutput };
    Tensor(Call &call, Role role, const char *name, const aclTensor *given);

    // -- what is known of it --

    // Neither a null pointer nor something that is no tensor.
    bool IsGiven() const { return facts_ != nullptr; }
    bool IsOf(std::initializer_list<aclDataType> types) const;
    // ACL_DT_UNDEFINED if it is not given, or is of a type that is not allowed.
    aclDataType type() const;
    // Whether it is read column after column: where it lies so and not otherwise, or nothing else is allowed.
    bool IsTransposed() const;

    // -- rules; all but Needed say nothing of a tensor that is not given --

    // `when` continues the sentence, as in "where x1 is of INT8".
    void Absent(const char *when = "");
    void AbsentOrEmpty(const char *when = "");
    void Needed(const char *when);
    void EmptyIsAbsent();
    void Types(std::initializer_list<aclDataType> types);
    void SameTypeAs(const Tensor &other);
    // Makes sizes known.
    void Shape(std::initializer_list<Extent> extents);
    void Shapes(std::initializer_list<std::initializer_list<Extent>> alternatives);
    // Format ND, in a layout that is allowed, inside its storage, in memory of the device.
    void Contiguous();
    void ContiguousOrTransposed();
    // Beside one of these: only the latter is allowed, for the types of the call.
    void OnlyTransposed();
    // Shares no memory with the others.
    void Apart(std::initializer_list<const Tensor *> others);

private:
    friend class Call;
    enum Layouts { kContiguous = 1, kTransposed = 2 };
    void Lies(int layouts);
    void Memory();
    bool Fits(std::initializer_list<Extent> extents) const;
    void Learn(std::initializer_list<Extent> extents);

    const Role role_;
    const TensorFacts *facts_ = nullptr;
    bool type_is_refused_ = false;
    bool only_transposed_ = false;
    bool lies_well_ = false;  // in device memory, so that its addresses mean something
};

class Integer : public Argument {
public:
    Integer(Call &call, const char *name, int64_t given) : Argument(call, name, this), value_(given) {}
    void OneOf(std::initializer_list<int64_t> allowed);

private:
    const int64_t value_;
};

class Text : public Argument {
public:
    Text(Call &call, const char *name, const char *given) : Argument(call, name, given) {}
    void OneOf(std::initializer_list<const char *> allowed);
    // Names a communicator of this device with so many ranks and windows of at least so many MiB. Makes `ranks` known.
    void Communicator(std::initializer_list<int64_t> allowed, uint64_t window, Size &ranks);
};

// Where a result goes.
class Place : public Argument {
public:
    Place(Call &call, const char *name, const void *given) : Argument(call, name, given) {}
};

// -- the first stage --

class Call {
public:
    Call(const Package &package, uint64_t *workspace_size, aclOpExecutor **executor);
    ~Call();
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    // What the device makes impossible, whatever the arguments are. Otherwise 0.
    aclnnStatus Device();

    // The kernel of least cost for `rows` of each rank and `columns`, of those with the types of `typed` and with these
    // choices. A breach of the first one if the package holds none.
    void Choose(std::initializer_list<Tensor *> typed, std::initializer_list<bool> choices, const Size &rows,
                const Size &columns);
    bool IsBroken() const { return breaches_ != nullptr; }
    // Of the communicator: bytes of each rank's window.
    uint64_t window() const { return window_; }
    // Keeps the message that lists the breaches. Returns the code.
    aclnnStatus Refuse();
    // Makes the executor. `sizes` are those of the kernel's tiling function, `tensors` its matrices, in its order.
    aclnnStatus Prepare(std::initializer_list<Size> sizes, std::initializer_list<const Tensor *> tensors);

private:
    friend struct Size;
    friend class Argument;
    friend class Tensor;
    friend class Integer;
    friend class Text;
    struct Breaches;

    static constexpr size_t kMostTensors = 16;

    void Break(size_t position, bool is_null, const char *format, ...) __attribute__((format(printf, 4, 5)));
    // The device of the calling thread, or -1.
    int FindDevice();

    const Package &package_;
    uint64_t *const workspace_size_;
    aclOpExecutor **const executor_;
    size_t arguments_ = 0;
    const Tensor *tensors_[kMostTensors] = {};
    size_t tensor_count_ = 0;
    Breaches *breaches_ = nullptr;
    const char *machine_ = "";
    int device_ = -1;
    bool device_asked_ = false;
    void *communicator_ = nullptr;
    uint32_t cores_ = 0, ranks_ = 0;
    uint64_t window_ = 0;
    Kernel *kernel_ = nullptr;
};

// -- the second stage --

aclnnStatus Launch(const Package &package, void *workspace, uint64_t workspace_size, aclOpExecutor *executor,
                   aclrtStream stream);

}  // namespace dovetail

#pragma GCC visibility pop

#endif
