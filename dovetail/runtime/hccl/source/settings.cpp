#include "hccl/source/settings.h"

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace dovetail {

namespace {

constexpr uint64_t kMegabyte = 1 << 20;
constexpr uint64_t kMostMegabytes = 1 << 20;

std::string Value(const char *variable, const char *usual) {
    const char *value = getenv(variable);
    return value == nullptr || *value == '\0' ? usual : value;
}

uint64_t WholeNumber(const char *variable, const char *usual, uint64_t most, const char *unit) {
    const std::string text = Value(variable, usual);
    if (text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10) {
        const uint64_t value = std::stoull(text);
        if (value >= 1 && value <= most) {
            return value;
        }
    }
    throw std::invalid_argument(std::string(variable) + " is '" + text + "'; allowed is a whole number of " + unit +
                                ", at least 1 and at most " + std::to_string(most));
}

}  // namespace

bool IsChecked() {
    const std::string mode = Value("DOVETAIL_MODE", "fast");
    if (mode != "fast" && mode != "checked") {
        throw std::invalid_argument("DOVETAIL_MODE is '" + mode + "'; allowed are fast and checked");
    }
    return mode == "checked";
}

uint64_t Seed() {
    const std::string text = Value("DOVETAIL_SEED", "0");
    if (text.find_first_not_of("0123456789") != std::string::npos || text.size() > 18) {
        throw std::invalid_argument("DOVETAIL_SEED is '" + text + "'; allowed is a whole number of up to 18 digits");
    }
    return std::stoull(text);
}

uint64_t WindowBytes() { return WholeNumber("HCCL_BUFFSIZE", "200", kMostMegabytes, "megabytes") * kMegabyte; }

double TimeoutSeconds() {
    const std::string text = Value("DOVETAIL_TIMEOUT", "60");
    char *end = nullptr;
    const double seconds = strtod(text.c_str(), &end);
    if (*end != '\0' || !std::isfinite(seconds) || seconds < 0) {
        throw std::invalid_argument("DOVETAIL_TIMEOUT is '" + text + "'; allowed is a number of seconds, at least 0");
    }
    return seconds;
}

double ConnectTimeoutSeconds() {
    return static_cast<double>(WholeNumber("HCCL_CONNECT_TIMEOUT", "120", 7200, "seconds"));
}

}  // namespace dovetail
