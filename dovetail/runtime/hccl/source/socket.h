// Unix sockets that carry messages with descriptors, between processes of one user.
#ifndef DOVETAIL_HCCL_SOCKET_H
#define DOVETAIL_HCCL_SOCKET_H

#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "hccl/source/descriptor.h"

namespace dovetail {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

// As far from now as a clock can count.
Moment After(double seconds);

// Waits for events until `deadline`; Moment::max() is for ever.
void Poll(std::vector<pollfd> &sockets, Moment deadline);

// What only this process holds: a child that is forked has it closed. So the end of this process is the end of what
// its peers are connected to, and frees its names, whatever it has forked.
class Unforked {
public:
    Unforked() = default;
    // `make` returns a descriptor or -1; nothing is forked meanwhile.
    template <typename Make>
    static Unforked Made(Make make) {
        Lock();
        return Unforked(make());
    }
    Unforked(Unforked &&other) noexcept;
    Unforked &operator=(Unforked &&other) noexcept;
    ~Unforked();
    // -1 where there is none, and in a forked child.
    int number() const;

private:
    static void Lock();
    explicit Unforked(int number);  // locked; unlocks

    int number_ = -1;
    uint64_t generation_ = 0;
};

// Who made the other end of a connection.
struct Peer {
    pid_t process = 0;
    uid_t user = static_cast<uid_t>(-1);  // nobody's
};

struct Message {
    std::string bytes;
    std::vector<Descriptor> descriptors;
    bool lost_descriptors = false;  // all, for there was no room for some: RLIMIT_NOFILE
};

enum class Receipt { kMessage, kNothing, kEnded };

// None of these waits.

// Takes a name in the abstract namespace. No socket, and errno, where that fails; EADDRINUSE if somebody has it.
Unforked Listen(const std::string &name);
// Connects to who has the name. No socket, and errno, where that fails; ECONNREFUSED if nobody has it.
Unforked Connect(const std::string &name);
// The next connection. No socket, and errno, where there is none.
Unforked Accept(const Unforked &listening);
Peer PeerOf(const Unforked &connection);

// Errors are those of the peer, which a receiver finds out: it has gone, or does not read.
void Send(const Unforked &connection, const std::string &bytes, const std::vector<int> &descriptors = {});
Receipt Receive(const Unforked &connection, Message &message);

// A descriptor that others may have, and which is readable when this process has ended.
Descriptor EndOfThisProcess();

}  // namespace dovetail

#endif
