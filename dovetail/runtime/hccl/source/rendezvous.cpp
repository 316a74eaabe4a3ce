#include "hccl/source/rendezvous.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "acl/source/errors.h"
#include "hccl/source/host.h"
#include "hccl/source/letters.h"
#include "hccl/source/socket.h"

namespace dovetail {

namespace {

constexpr std::chrono::milliseconds kRetry{5};
// How much longer than its time-out a rank waits for rank 0 to say what is missing.
constexpr std::chrono::seconds kGrace{1};

// The name of the socket. A key has no bound on its length and may have any bytes, so the name has a hash (FNV-1a) of
// it; that keys differ which have one hash, is found out from the Hello.
std::string SocketNameOf(const std::string &key) {
    using Wide = unsigned __int128;
    const Wide prime = (Wide{1} << 88) + 0x13b;
    Wide hash = (Wide{0x6c62272e07bb0142} << 64) + 0x62b821756295c58d;
    for (const char each : key) {
        hash = (hash ^ static_cast<unsigned char>(each)) * prime;
    }
    return Format("dovetail-%u-%016llx%016llx", geteuid(), static_cast<unsigned long long>(hash >> 64),
                  static_cast<unsigned long long>(hash));
}

// What one rank does to find rank 0.
class Guest {
public:
    Guest(Hello hello, Moment deadline) : hello_(std::move(hello)), deadline_(deadline) {}

    // Nothing if rank 0 is not there, or not ready for us; `reason` then says which, and it may be tried again.
    std::optional<Met> Visit(const std::string &socket_name, std::string &reason);
    [[noreturn]] void Fail(const std::string &text, bool timed_out = false);

private:
    Receipt Await(const Unforked &connection, Message &message, Moment deadline);
    // What is wrong with a Welcome, or "" and the rest of `met`.
    std::string Unpack(Message &message, Met &met);

    Hello hello_;
    const Moment deadline_;
};

std::optional<Met> Guest::Visit(const std::string &socket_name, std::string &reason) {
    Unforked connection = Connect(socket_name);
    if (connection.number() < 0) {
        if (errno != ECONNREFUSED && errno != EAGAIN && errno != EINTR) {
            Fail(Format("cannot connect to @%s: %s", socket_name.c_str(), strerror(errno)));
        }
        reason = errno == ECONNREFUSED && hello_.newcomer.rank != 0
                     ? "rank 0 did not come"
                     : "whoever has the socket @" + socket_name + " did not answer";
        return std::nullopt;
    }
    const Peer host = PeerOf(connection);
    if (host.user != geteuid()) {
        Fail(Format("process %d of user %u has its socket @%s, and this process is of user %u", host.process, host.user,
                    socket_name.c_str(), geteuid()));
    }
    hello_.left = std::chrono::duration<double>(deadline_ - Clock::now()).count();
    Send(connection, Write(hello_), {EndOfThisProcess().number()});

    Met met;
    bool seated = false;
    for (;;) {
        Message message;
        const Receipt receipt = Await(connection, message, deadline_ + kGrace);
        const Kind kind = receipt == Receipt::kMessage ? KindOf(message.bytes) : Kind::kForeign;
        if (receipt == Receipt::kNothing) {
            Fail(Format("%s did not answer within %g s", NameOf(0, host.process).c_str(), hello_.seconds), true);
        } else if (receipt == Receipt::kEnded && seated) {
            Fail(NameOf(0, host.process) + " ended before all ranks had met");
        } else if (receipt == Receipt::kEnded) {
            reason = NameOf(0, host.process) + " did not answer";
            return std::nullopt;
        } else if (kind == Kind::kLater) {
            reason = ReadFailed(message.bytes).text;
            return std::nullopt;
        } else if (kind == Kind::kFailed) {
            const Failed failed = ReadFailed(message.bytes);
            Fail(failed.text, failed.timed_out);
        } else if (kind == Kind::kWait) {
            seated = true;
        } else if (kind == Kind::kWelcome) {
            const std::string fault = Unpack(message, met);
            if (!fault.empty()) {
                Send(connection, Write(Failed{false, fault}));
                Fail(NameOf(hello_.newcomer.rank, getpid()) + ": " + fault);
            }
            Send(connection, Write(Kind::kReady));
        } else if (kind == Kind::kGo && met.memory.number() >= 0) {
            met.reservation = std::make_shared<Unforked>(std::move(connection));
            return met;
        } else {
            Fail(NameOf(0, host.process) + " speaks another language: is it of another version?");
        }
    }
}

Receipt Guest::Await(const Unforked &connection, Message &message, Moment deadline) {
    for (;;) {
        const Receipt receipt = Receive(connection, message);
        if (receipt != Receipt::kNothing || Clock::now() >= deadline) {
            return receipt;
        }
        std::vector<pollfd> sockets = {{connection.number(), POLLIN, 0}};
        Poll(sockets, deadline);
    }
}

std::string Guest::Unpack(Message &message, Met &met) {
    const Newcomer &self = hello_.newcomer;
    const std::optional<Welcome> welcome = ReadWelcome(message.bytes);
    struct stat memory = {};
    if (message.lost_descriptors) {
        return Format("there is no room for %u descriptors (ulimit -n)", self.ranks + 1);
    }
    if (!welcome || welcome->processes.size() != self.ranks || message.descriptors.size() != self.ranks + 1 ||
        fstat(message.descriptors[0].number(), &memory) != 0 ||
        static_cast<uint64_t>(memory.st_size) != hello_.shared_bytes) {
        return "the welcome of rank 0 is not whole";
    }
    met.name = welcome->name;
    met.processes = welcome->processes;
    met.memory = std::move(message.descriptors[0]);
    for (uint32_t rank = 0; rank < self.ranks; ++rank) {
        met.peers.push_back(std::move(message.descriptors[rank + 1]));
    }
    met.peers[self.rank] = Descriptor();
    return "";
}

void Guest::Fail(const std::string &text, bool timed_out) {
    throw RendezvousError(timed_out, TitleOf(hello_.key) + ": " + text);
}

}  // namespace

std::string TitleOf(const std::string &key) {
    constexpr size_t kShown = 40;
    std::string shown;
    for (const char each : key.substr(0, kShown)) {
        const auto byte = static_cast<unsigned char>(each);
        shown += std::isprint(byte) && byte < 128 ? std::string(1, each) : Format("\\x%02x", byte);
    }
    return "rendezvous \"" + shown + (key.size() > kShown ? "...\"" : "\"");
}

std::string NameOf(uint32_t rank, pid_t process) { return Format("rank %u (process %d)", rank, process); }

Met Meet(const std::string &key, const Newcomer &newcomer, uint64_t shared_bytes, double seconds) {
    const Moment deadline = After(seconds);
    const std::string socket_name = SocketNameOf(key);
    const Hello hello{key, newcomer, shared_bytes, seconds, seconds};
    Guest guest(hello, deadline);
    try {
        for (;;) {
            Unforked listening;
            if (newcomer.rank == 0) {
                listening = Listen(socket_name);
                if (listening.number() < 0 && errno != EADDRINUSE) {
                    guest.Fail(Format("cannot take the socket @%s: %s", socket_name.c_str(), strerror(errno)));
                }
            }
            if (listening.number() >= 0) {
                auto host = std::make_unique<Host>(std::move(listening), hello, deadline);
                Met met = host->Gather();
                met.reservation = Reserve(std::move(host));
                return met;
            }
            // Where somebody else is rank 0, they say who they are.
            std::string reason;
            std::optional<Met> met = guest.Visit(socket_name, reason);
            if (met) {
                return std::move(*met);
            }
            if (Clock::now() >= deadline) {
                guest.Fail(Format("%s within %g s", reason.c_str(), seconds), true);
            }
            std::vector<pollfd> none;
            Poll(none, std::min(deadline, Clock::now() + kRetry));
        }
    } catch (const std::system_error &error) {
        guest.Fail(error.what());
    }
}

}  // namespace dovetail
