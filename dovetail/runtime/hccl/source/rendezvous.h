// How the processes of a communicator find each other: a socket named by user and key, at which rank 0 waits.
//
// The name lies in the abstract namespace of Unix sockets, so that nothing is left in any directory, whoever dies.
#ifndef DOVETAIL_HCCL_RENDEZVOUS_H
#define DOVETAIL_HCCL_RENDEZVOUS_H

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "hccl/source/descriptor.h"

namespace dovetail {

// What a rank brings along. All but `rank` and `device` must be the same on all ranks.
struct Newcomer {
    uint32_t ranks = 0, rank = 0;
    int32_t device = 0;
    uint64_t window_bytes = 0;
    std::string machine;
    std::string mode;  // fast or checked
    std::string name;  // that the caller wants for the communicator; may be empty
};

class RendezvousError : public std::runtime_error {
public:
    RendezvousError(bool timed_out, const std::string &message) : std::runtime_error(message), timed_out(timed_out) {}
    const bool timed_out;
};

// What every rank has when all have met.
struct Met {
    Descriptor memory;               // of `shared_bytes`, zeroed, sealed against changes of its size
    std::vector<Descriptor> peers;   // [rank]: readable when the process of that other rank has ended; none for the own
    std::vector<int32_t> processes;  // [rank]
    std::string name;                // of the communicator, the same on all ranks
    std::shared_ptr<void> reservation;  // while it lives at rank 0 the key is taken, at another rank this rank of it
};

// Meets the other ranks. Waits up to `seconds`, or less where another rank wants to wait less, since without it there
// is nothing to wait for. Throws RendezvousError, which names what is wrong: ranks that are missing (by number), a rank
// taken twice (by which process), ranks that want another number of ranks, another size of windows, machine or mode,
// a key that another job uses, a socket of another user, a rank that died meanwhile. Whoever finds a contradiction
// tells the others, so that all get it.
//
// A rank that gave its reservation back may come again with the same key: it waits until rank 0 has done so too. What a
// process forks has no part in any of this.
Met Meet(const std::string &key, const Newcomer &newcomer, uint64_t shared_bytes, double seconds);

}  // namespace dovetail

#endif
