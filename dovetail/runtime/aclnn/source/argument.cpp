// Rules of arguments that are no tensors.
#include <cstring>
#include <string>

#include "aclnn/source/breaches.h"
#include "aclnn/source/surroundings.h"

namespace dovetail {

namespace {

constexpr size_t kLongestText = 128;  // of those that are printed, and of names of communicators

std::string Quoted(const char *text) { return '"' + std::string(text, strnlen(text, kLongestText)) + '"'; }

}  // namespace

Argument::Argument(Call &call, const char *name, const void *given)
    : call_(call), name_(name), position_(call.arguments_++), given_(given) {}

void Argument::Required() {
    if (given_ == nullptr) {
        call_.Break(position_, true, "%s is a null pointer, and must be given", name_);
    }
}

void Integer::OneOf(std::initializer_list<int64_t> allowed) {
    for (const int64_t each : allowed) {
        if (value_ == each) {
            return;
        }
    }
    const auto print = [](int64_t number) { return std::to_string(number); };
    call_.Break(position_, false, "%s is %lld; %s", name_, static_cast<long long>(value_),
                AllowedOn(call_.machine_, allowed, print).c_str());
}

void Integer::Groups(std::initializer_list<Share> shares) {
    std::string given, allowed;
    int64_t whole = 0, rest = value_;
    int bits = 0;
    bool fits = true;
    for (const Share &share : shares) {
        const int64_t number = rest & 0xffff;
        fits = fits && (number == 0 || number == share.number);
        given += (given.empty() ? "" : ", ") + std::to_string(number) + " along " + share.size.name;
        allowed += (allowed.empty() ? "" : ", ") + std::to_string(share.number) + " along " + share.size.name;
        whole |= share.number << bits;
        rest >>= 16;
        bits += 16;
    }
    if (!fits || rest != 0) {
        call_.Break(position_, false, "%s is %lld (%s); allowed on %s is %lld (%s), or 0 in the place of a number",
                    name_, static_cast<long long>(value_), given.c_str(), call_.machine_, static_cast<long long>(whole),
                    allowed.c_str());
        return;
    }
    rest = value_;
    for (const Share &share : shares) {
        const Size &size = share.size;
        if ((rest & 0xffff) == 0 && size.IsKnown() && size.value % share.multiple != 0) {
            call_.Break(position_, false,
                        "%s is %lld, 0 along %s, and %s of %s is %lld; allowed is 0 where %s is a multiple of %lld, "
                        "otherwise %lld",
                        name_, static_cast<long long>(value_), size.name, size.name, size.source->name(),
                        static_cast<long long>(size.value), size.name, static_cast<long long>(share.multiple),
                        static_cast<long long>(whole));
        }
        rest >>= 16;
    }
}

void Text::OneOf(std::initializer_list<const char *> allowed) {
    const auto *text = static_cast<const char *>(given_);
    if (text == nullptr) {
        return;
    }
    for (const char *each : allowed) {
        if (strcmp(text, each) == 0) {
            return;
        }
    }
    call_.Break(position_, false, "%s is %s; %s", name_, Quoted(text).c_str(),
                AllowedOn(call_.machine_, allowed, Quoted).c_str());
}

void Text::Communicator(std::initializer_list<int64_t> allowed, uint64_t window, Size &ranks) {
    const auto *text = static_cast<const char *>(given_);
    if (text == nullptr || call_.FindDevice() < 0) {
        return;
    }
    const int device = call_.device_;
    bool is_elsewhere = false;
    CommunicatorFacts facts = {};
    if (strnlen(text, kLongestText) == kLongestText || !FindCommunicator(text, device, &facts, &is_elsewhere)) {
        call_.Break(position_, false,
                    "%s is %s, and device %d has no communicator of this name%s; HcclGetCommName gives names", name_,
                    Quoted(text).c_str(), device, is_elsewhere ? ", though another device of this process has" : "");
        return;
    }
    call_.communicator_ = facts.handle;
    call_.ranks_ = facts.ranks;
    call_.cores_ = facts.cores;
    call_.window_ = facts.window_bytes;
    ranks.Learn(facts.ranks, *this);
    bool is_allowed = false;
    for (const int64_t each : allowed) {
        is_allowed = is_allowed || each == facts.ranks;
    }
    if (!is_allowed) {
        const auto print = [](int64_t number) { return std::to_string(number); };
        call_.Break(position_, false, "%s %s has %u ranks; %s", name_, Quoted(text).c_str(), facts.ranks,
                    AllowedOn(call_.machine_, allowed, print).c_str());
    }
    if (facts.window_bytes >> 20 < window) {
        call_.Break(position_, false,
                    "%s %s has a communication buffer of %llu MB; needed on %s are %llu MB: HCCL_BUFFSIZE or "
                    "hcclBufferSize of HcclCommConfig sets its size",
                    name_, Quoted(text).c_str(), static_cast<unsigned long long>(facts.window_bytes >> 20),
                    call_.machine_, static_cast<unsigned long long>(window));
    }
}

}  // namespace dovetail
