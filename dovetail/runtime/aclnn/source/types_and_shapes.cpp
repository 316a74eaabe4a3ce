// Rules of what a tensor is: given or not, of which type, of which shape.
#include <string>

#include "aclnn/source/breaches.h"
#include "aclnn/source/kernels.h"
#include "aclnn/source/tensor.h"
#include "aclnn/source/types.h"

namespace dovetail {

namespace {

// -1 if a size in it is not known.
int64_t ValueOf(const Extent &extent) {
    int64_t value = extent.number;
    for (const Size *size : {extent.size, extent.other}) {
        if (size != nullptr && (!size->IsKnown() || __builtin_mul_overflow(value, size->value, &value))) {
            return -1;
        }
    }
    return value / extent.divisor + (value % extent.divisor != 0 ? 1 : 0);
}

bool IsPlain(const Extent &extent) {
    return extent.size != nullptr && extent.other == nullptr && extent.number == 1 && extent.divisor == 1;
}

std::string Print(const Extent &extent) {
    std::string text;
    for (const Size *size : {extent.size, extent.other}) {
        if (size != nullptr) {
            text += (text.empty() ? "" : " * ") + std::string(size->name);
        }
    }
    if (text.empty()) {
        return std::to_string(extent.number);
    }
    if (extent.number != 1) {
        text = std::to_string(extent.number) + " * " + text;
    }
    return extent.divisor == 1 ? text : "ceil(" + text + " / " + std::to_string(extent.divisor) + ")";
}

// "[ranks * m, n] with ranks = 4 of group, m = 2 of x1"
std::string Print(std::initializer_list<Extent> extents) {
    std::string shape, known;
    for (const Extent &extent : extents) {
        shape += (shape.empty() ? "" : ", ") + Print(extent);
        for (const Size *size : {extent.size, extent.other}) {
            if (size != nullptr && size->IsKnown()) {
                known += (known.empty() ? " with " : ", ") + std::string(size->name) + " = " +
                         std::to_string(size->value) + " of " + size->source->name();
            }
        }
    }
    return "[" + shape + "]" + known;
}

}  // namespace

Tensor::Tensor(Call &call, Role role, const char *name, const aclTensor *given)
    : Argument(call, name, given), role_(role), facts_(given == nullptr ? nullptr : FindTensor(given)) {
    call.tensors_[call.tensor_count_++] = this;
    if (given != nullptr && facts_ == nullptr) {
        call.Break(position(), false, "%s is a tensor that was destroyed, or is none; aclCreateTensor makes them",
                   name);
    }
}

bool Tensor::IsOf(std::initializer_list<aclDataType> types) const {
    for (const aclDataType each : types) {
        if (facts_ != nullptr && facts_->type == each) {
            return true;
        }
    }
    return false;
}

aclDataType Tensor::type() const { return facts_ == nullptr || type_is_refused_ ? ACL_DT_UNDEFINED : facts_->type; }

void Tensor::Absent(const char *when) {
    if (facts_ != nullptr) {
        call_.Break(position(), false, "%s is given; allowed on %s%s%s is only a null pointer", name(), call_.machine_,
                    *when == '\0' ? "" : " ", when);
        facts_ = nullptr;
    }
}

void Tensor::AbsentOrEmpty(const char *when) {
    if (facts_ != nullptr && !facts_->IsEmpty()) {
        call_.Break(
            position(), false,
            "%s is given, with the shape %s; allowed on %s%s%s is only a null pointer or a tensor without elements",
            name(), List(facts_->view, facts_->dimensions).c_str(), call_.machine_, *when == '\0' ? "" : " ", when);
    }
    facts_ = nullptr;
}

void Tensor::Needed(const char *when) {
    if (given_ == nullptr) {
        call_.Break(position(), false, "%s is a null pointer, and must be given %s", name(), when);
    }
}

void Tensor::EmptyIsAbsent() {
    if (facts_ != nullptr && facts_->IsEmpty()) {
        facts_ = nullptr;
    }
}

void Tensor::Types(std::initializer_list<aclDataType> types) {
    if (facts_ == nullptr || type_is_refused_ || IsOf(types)) {
        return;
    }
    type_is_refused_ = true;
    call_.Break(position(), false, "%s is of %s; %s%s", name(), NameOf(facts_->type).c_str(),
                AllowedOn(call_.machine_, types, NameOf).c_str(), HeldTypes(call_.package_, name()).c_str());
}

void Tensor::SameTypeAs(const Tensor &other) {
    if (type() != ACL_DT_UNDEFINED && other.type() != ACL_DT_UNDEFINED && type() != other.type()) {
        type_is_refused_ = true;
        call_.Break(position(), false, "%s is of %s; allowed is %s, the type of %s", name(),
                    NameOf(facts_->type).c_str(), NameOf(other.type()).c_str(), other.name());
    }
}

bool Tensor::Fits(std::initializer_list<Extent> extents) const {
    if (facts_->dimensions != extents.size()) {
        return false;
    }
    const int64_t *given = facts_->view;
    for (const Extent &extent : extents) {
        const int64_t allowed = ValueOf(extent);
        if (allowed >= 0 && *given != allowed) {
            return false;
        }
        ++given;
    }
    return true;
}

void Tensor::Learn(std::initializer_list<Extent> extents) {
    const int64_t *given = facts_->view;
    for (const Extent &extent : extents) {
        if (IsPlain(extent) && !extent.size->IsKnown()) {
            extent.size->Learn(*given, *this);
        }
        ++given;
    }
}

void Tensor::Shape(std::initializer_list<Extent> extents) { Shapes({extents}); }

void Tensor::Shapes(std::initializer_list<std::initializer_list<Extent>> alternatives) {
    if (facts_ == nullptr) {
        return;
    }
    std::string allowed;
    for (const auto &extents : alternatives) {
        if (Fits(extents)) {
            Learn(extents);
            return;
        }
    }
    for (const auto &extents : alternatives) {
        allowed += (allowed.empty() ? "" : " or ") + Print(extents);
    }
    call_.Break(position(), false, "%s has the shape %s; allowed is %s", name(),
                List(facts_->view, facts_->dimensions).c_str(), allowed.c_str());
}

}  // namespace dovetail
