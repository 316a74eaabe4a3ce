// What ranks and rank 0 say to each other while they meet.
//
//     rank                              rank 0
//     Hello            ->
//                      <-  Wait         it has a seat, others are missing
//                      <-  Welcome      all are there; with the memory and the ends of all processes
//     Ready            ->
//                      <-  Go           all are ready
//
// Either may say Failed instead, which is the end for all. Who comes late is told Failed too, or Later.
#ifndef DOVETAIL_HCCL_LETTERS_H
#define DOVETAIL_HCCL_LETTERS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hccl/source/rendezvous.h"

namespace dovetail {

enum class Kind : uint32_t { kForeign, kHello, kWait, kWelcome, kReady, kGo, kFailed, kLater };

// Comes with what EndOfThisProcess() returns.
struct Hello {
    std::string key;
    Newcomer newcomer;
    uint64_t shared_bytes = 0;
    double seconds = 0;  // that the rank waits in all
    double left = 0;     // of these
};

// Comes with the memory, and the ends of the processes in the order of ranks.
struct Welcome {
    std::string name;
    std::vector<int32_t> processes;
};

struct Failed {
    bool timed_out = false;
    std::string text;
};

// kForeign if `bytes` are none of ours, or of another version of this protocol.
Kind KindOf(const std::string &bytes);

std::string Write(Kind kind);  // of those that say no more
std::string Write(const Hello &hello);
std::string Write(const Welcome &welcome);
std::string Write(const Failed &failed, Kind kind = Kind::kFailed);

// Nothing if `bytes` do not hold one.
std::optional<Hello> ReadHello(const std::string &bytes);
std::optional<Welcome> ReadWelcome(const std::string &bytes);
Failed ReadFailed(const std::string &bytes);

}  // namespace dovetail

#endif
