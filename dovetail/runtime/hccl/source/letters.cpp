#include "hccl/source/letters.h"

#include <cstring>

#include "dovetail/launch.h"

namespace dovetail {

namespace {

constexpr uint32_t kMagic = 0x4c54564f;
constexpr uint32_t kVersion = 2;

class Writer {
public:
    explicit Writer(Kind kind) {
        Put(kMagic);
        Put(kVersion);
        Put(kind);
    }

    template <typename Number>
    void Put(Number number) {
        bytes.append(reinterpret_cast<const char *>(&number), sizeof(number));
    }
    void Put(const std::string &text) {
        Put(static_cast<uint32_t>(text.size()));
        bytes += text;
    }

    std::string bytes;
};

// Reads what a Writer wrote. Anything else makes it not ok, and the rest zero.
class Reader {
public:
    explicit Reader(const std::string &bytes) : bytes_(bytes) {
        kind = Take<uint32_t>() == kMagic && Take<uint32_t>() == kVersion ? Take<Kind>() : Kind::kForeign;
    }

    template <typename Number>
    Number Take() {
        Number number{};
        if (Has(sizeof(number))) {
            std::memcpy(&number, bytes_.data() + at_, sizeof(number));
            at_ += sizeof(number);
        }
        return number;
    }
    std::string TakeText() {
        const auto size = Take<uint32_t>();
        std::string text;
        if (Has(size)) {
            text = bytes_.substr(at_, size);
            at_ += size;
        }
        return text;
    }
    bool IsWhole(Kind expected) const { return ok_ && kind == expected && at_ == bytes_.size(); }

    Kind kind;

private:
    bool Has(size_t size) { return ok_ = ok_ && size <= bytes_.size() - at_; }

    const std::string &bytes_;
    size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace

Kind KindOf(const std::string &bytes) { return Reader(bytes).kind; }

std::string Write(Kind kind) { return Writer(kind).bytes; }

std::string Write(const Hello &hello) {
    Writer writer(Kind::kHello);
    writer.Put(hello.key);
    writer.Put(hello.newcomer.ranks);
    writer.Put(hello.newcomer.rank);
    writer.Put(hello.newcomer.device);
    writer.Put(hello.newcomer.window_bytes);
    writer.Put(hello.newcomer.machine);
    writer.Put(hello.newcomer.mode);
    writer.Put(hello.newcomer.name);
    writer.Put(hello.shared_bytes);
    writer.Put(hello.seconds);
    writer.Put(hello.left);
    return writer.bytes;
}

std::optional<Hello> ReadHello(const std::string &bytes) {
    Reader reader(bytes);
    Hello hello;
    hello.key = reader.TakeText();
    hello.newcomer.ranks = reader.Take<uint32_t>();
    hello.newcomer.rank = reader.Take<uint32_t>();
    hello.newcomer.device = reader.Take<int32_t>();
    hello.newcomer.window_bytes = reader.Take<uint64_t>();
    hello.newcomer.machine = reader.TakeText();
    hello.newcomer.mode = reader.TakeText();
    hello.newcomer.name = reader.TakeText();
    hello.shared_bytes = reader.Take<uint64_t>();
    hello.seconds = reader.Take<double>();
    hello.left = reader.Take<double>();
    return reader.IsWhole(Kind::kHello) ? std::optional(hello) : std::nullopt;
}

std::string Write(const Welcome &welcome) {
    Writer writer(Kind::kWelcome);
    writer.Put(welcome.name);
    writer.Put(static_cast<uint32_t>(welcome.processes.size()));
    for (const int32_t process : welcome.processes) {
        writer.Put(process);
    }
    return writer.bytes;
}

std::optional<Welcome> ReadWelcome(const std::string &bytes) {
    Reader reader(bytes);
    Welcome welcome;
    welcome.name = reader.TakeText();
    welcome.processes.resize(reader.Take<uint32_t>() % (DOVETAIL_MAX_RANKS + 1));
    for (int32_t &process : welcome.processes) {
        process = reader.Take<int32_t>();
    }
    return reader.IsWhole(Kind::kWelcome) ? std::optional(welcome) : std::nullopt;
}

std::string Write(const Failed &failed, Kind kind) {
    Writer writer(kind);
    writer.Put(static_cast<uint32_t>(failed.timed_out));
    writer.Put(failed.text);
    return writer.bytes;
}

Failed ReadFailed(const std::string &bytes) {
    Reader reader(bytes);
    const bool timed_out = reader.Take<uint32_t>() != 0;
    return {timed_out, reader.TakeText()};
}

}  // namespace dovetail
