// Rules of how a tensor lies in memory.
#include <string>

#include "aclnn/source/breaches.h"
#include "aclnn/source/surroundings.h"
#include "aclnn/source/tensor.h"
#include "aclnn/source/types.h"

namespace dovetail {

// One column, or one row, lies both ways.
bool Tensor::IsTransposed() const {
    return facts_ != nullptr && facts_->IsTransposed() && (only_transposed_ || !facts_->IsContiguous());
}

void Tensor::Contiguous() { Lies(kContiguous); }
void Tensor::ContiguousOrTransposed() { Lies(kContiguous | kTransposed); }

void Tensor::OnlyTransposed() {
    only_transposed_ = true;
    if (facts_ != nullptr && !facts_->IsTransposed()) {
        call_.Break(position(), false,
                    "%s has the shape %s and the strides %s; allowed on %s for these types is transposed (strides {1, "
                    "rows})",
                    name(), List(facts_->view, facts_->dimensions).c_str(),
                    List(facts_->strides, facts_->dimensions).c_str(), call_.machine_);
    }
}

void Tensor::SameLayoutAs(const Tensor &other) {
    if (other.IsGiven()) {
        Lies(other.IsTransposed() ? kTransposed : kContiguous, &other);
    } else {
        Lies(kContiguous | kTransposed);
    }
}

void Tensor::Lies(int layouts, const Tensor *like) {
    if (facts_ == nullptr) {
        return;
    }
    const TensorFacts &facts = *facts_;
    if (facts.format != ACL_FORMAT_ND) {
        call_.Break(position(), false, "%s has format %d; %s", name(), static_cast<int>(facts.format),
                    (std::string("allowed on ") + call_.machine_ + " is ACL_FORMAT_ND").c_str());
    }
    const bool is_allowed = ((layouts & kContiguous) != 0 && facts.IsContiguous()) ||
                            ((layouts & kTransposed) != 0 && facts.IsTransposed());
    if (!is_allowed) {
        const char *names[] = {"", "contiguous", "transposed (strides {1, rows})",
                               "contiguous or transposed (strides {1, rows})"};
        call_.Break(position(), false, "%s has the shape %s and the strides %s; allowed on %s is %s%s%s", name(),
                    List(facts.view, facts.dimensions).c_str(), List(facts.strides, facts.dimensions).c_str(),
                    call_.machine_, names[layouts], like == nullptr ? "" : ", as ",
                    like == nullptr ? "" : like->name());
    }
    if (facts.IsEmpty()) {
        return;
    }
    if (facts.first < 0 || facts.end > facts.storage_elements) {
        call_.Break(
            position(), false, "%s is a view of elements %lld to %lld; allowed are those of its storage %s, 0 to %lld",
            name(), static_cast<long long>(facts.first), static_cast<long long>(facts.end - 1),
            List(facts.storage, facts.storage_dimensions).c_str(), static_cast<long long>(facts.storage_elements - 1));
        return;
    }
    const int64_t bits = BitsOf(facts.type);
    if (bits < 8 && facts.first * bits % 8 != 0) {
        call_.Break(position(), false,
                    "%s begins with element %lld of its storage, in the middle of a byte; allowed of "
                    "%s are multiples of %lld",
                    name(), static_cast<long long>(facts.first), NameOf(facts.type).c_str(),
                    static_cast<long long>(8 / bits));
        return;
    }
    if (is_allowed) {
        Memory();
    }
}

void Tensor::Memory() {
    if (facts_->data == nullptr) {
        call_.Break(position(), false, "%s has a null pointer as its data; allowed is device memory", name());
        return;
    }
    if (call_.FindDevice() < 0) {
        return;
    }
    const std::string fault =
        FaultOfMemory(name(), facts_->data + facts_->OffsetBytes(), facts_->Bytes(), call_.device_);
    if (fault.empty()) {
        lies_well_ = true;
    } else {
        call_.Break(position(), false, "%s", fault.c_str());
    }
}

void Tensor::Apart(std::initializer_list<const Tensor *> others) {
    for (const Tensor *other : others) {
        if (!lies_well_ || !other->lies_well_) {
            continue;
        }
        const char *begin = facts_->data + facts_->OffsetBytes();
        const char *other_begin = other->facts_->data + other->facts_->OffsetBytes();
        if (begin < other_begin + other->facts_->Bytes() && other_begin < begin + facts_->Bytes()) {
            call_.Break(position(), false, "%s overlaps %s in memory; allowed are tensors that do not", name(),
                        other->name());
        }
    }
}

}  // namespace dovetail
