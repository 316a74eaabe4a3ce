#include "hccl/source/host.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "acl/source/errors.h"
#include "dovetail/launch.h"

namespace dovetail {

namespace {

// Within which a visitor says who they are.
constexpr std::chrono::seconds kIntroduction{5};

}  // namespace

Host::Host(Unforked listening, const Hello &hello, Moment deadline)
    : listening_(std::move(listening)), hello_(hello), deadline_(deadline), patience_(Format("%g s", hello.seconds)) {}

Met Host::Gather() {
    const uint32_t ranks = hello_.newcomer.ranks;
    if (ranks == 0 || ranks > DOVETAIL_MAX_RANKS) {
        Fail(Format("%u ranks, not 1..%d", ranks, DOVETAIL_MAX_RANKS));
    }
    seats_.resize(ranks);
    seats_[0].taken = seats_[0].ready = true;
    seats_[0].process = getpid();
    Met met;
    try {
        seats_[0].end = EndOfThisProcess();
    } catch (const std::exception &error) {
        Fail(NameOf(0, getpid()) + ": " + error.what());
    }
    GatherUntil(&Seat::taken, "did not come");

    met.name = CommunicatorName();
    met.memory = MakeMemory(met.name);
    std::vector<int> descriptors = {met.memory.number()};
    for (const Seat &seat : seats_) {
        met.processes.push_back(seat.process);
        descriptors.push_back(seat.end.number());
    }
    for (const Seat &seat : seats_) {
        if (seat.connection.number() >= 0) {
            Send(seat.connection, Write(Welcome{met.name, met.processes}), descriptors);
        }
    }
    GatherUntil(&Seat::ready, "did not answer");

    for (Seat &seat : seats_) {
        met.peers.push_back(std::move(seat.end));
    }
    met.peers[0] = Descriptor();
    met_ = true;
    return met;
}

void Host::GatherUntil(bool Seat::*done, const char *failing) {
    for (;;) {
        std::string missing;
        for (size_t rank = 0; rank < seats_.size(); ++rank) {
            if (!(seats_[rank].*done)) {
                missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
            }
        }
        if (missing.empty()) {
            return;
        }
        if (Clock::now() >= deadline_) {
            const char *plural = missing.find(',') == std::string::npos ? "" : "s";
            Fail(Format("rank%s %s of %zu %s within %s", plural, missing.c_str(), seats_.size(), failing,
                        patience_.c_str()),
                 true);
        }
        Round(deadline_);
    }
}

bool Host::Round(Moment deadline) {
    std::vector<pollfd> sockets = {{listening_.number(), POLLIN, 0}};
    for (const Visitor &visitor : visitors_) {
        sockets.push_back({visitor.connection.number(), POLLIN, 0});
        deadline = std::min(deadline, visitor.until);
    }
    for (const Seat &seat : seats_) {
        sockets.push_back({seat.connection.number(), POLLIN, 0});
    }
    Poll(sockets, deadline);
    const int error = AcceptAll();
    // Seats first: a visitor may be who has just left one.
    HearSeats();
    HearVisitors();
    if (error != 0) {
        if (!met_) {
            Fail(Format("%s cannot accept other ranks: %s", NameOf(0, getpid()).c_str(), strerror(error)));
        }
        // No descriptors are left. Who waits is still there when some are.
        std::vector<pollfd> none;
        Poll(none, Clock::now() + std::chrono::milliseconds(50));
    }
    return (sockets[0].revents & POLLHUP) == 0;
}

int Host::AcceptAll() {
    for (;;) {
        Visitor visitor{Accept(listening_), {}, Clock::now() + kIntroduction};
        if (visitor.connection.number() < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : errno;
        }
        visitor.peer = PeerOf(visitor.connection);
        if (visitor.peer.user == geteuid()) {
            visitors_.push_back(std::move(visitor));
        } else {
            TurnAway(visitor, Format("its ranks are processes of user %u, and process %d is of user %u", geteuid(),
                                     visitor.peer.process, visitor.peer.user));
        }
    }
}

void Host::HearVisitors() {
    for (Visitor &visitor : visitors_) {
        Message message;
        const Receipt receipt = Receive(visitor.connection, message);
        if (receipt == Receipt::kNothing && Clock::now() < visitor.until) {
            continue;
        }
        const std::optional<Hello> hello =
            receipt == Receipt::kMessage ? ReadHello(message.bytes) : std::optional<Hello>();
        if (!hello) {
            TurnAway(visitor, Format("process %d did not introduce itself as a rank: is it of another version?",
                                     visitor.peer.process));
        } else if (hello->key != hello_.key) {
            TurnAway(visitor, Format("process %d comes with another key, which has the same hash; choose a key that "
                                     "is not like it",
                                     visitor.peer.process));
        } else if (met_) {
            AnswerLate(visitor, *hello);
        } else {
            Seated(visitor, message, *hello);
        }
    }
    const auto gone = [](const Visitor &visitor) { return visitor.connection.number() < 0; };
    visitors_.erase(std::remove_if(visitors_.begin(), visitors_.end(), gone), visitors_.end());
}

void Host::HearSeats() {
    for (size_t rank = 0; rank < seats_.size(); ++rank) {
        Seat &seat = seats_[rank];
        Message message;
        const Receipt receipt = seat.connection.number() < 0 ? Receipt::kNothing : Receive(seat.connection, message);
        if (receipt == Receipt::kNothing) {
            continue;
        }
        if (met_) {
            seat.connection = Unforked();
        } else if (receipt == Receipt::kEnded) {
            Fail(NameOf(rank, seat.process) + " ended before all ranks had met");
        } else if (KindOf(message.bytes) == Kind::kReady) {
            seat.ready = true;
        } else {
            Fail(NameOf(rank, seat.process) + ": " + ReadFailed(message.bytes).text);
        }
    }
}

void Host::TurnAway(Visitor &visitor, const std::string &why, Kind kind) {
    Send(visitor.connection, Write(Failed{false, why}, kind));
    visitor.connection = Unforked();
}

void Host::Seated(Visitor &visitor, Message &message, const Hello &hello) {
    const Newcomer &newcomer = hello.newcomer;
    const std::string contradiction = ContradictionOf(hello, visitor.peer.process);
    if (!contradiction.empty()) {
        Fail(contradiction);
    }
    if (message.descriptors.size() != 1) {
        Fail(Format("%s has no room for the descriptors of %s", NameOf(0, getpid()).c_str(),
                    NameOf(newcomer.rank, visitor.peer.process).c_str()));
    }
    Seat &seat = seats_[newcomer.rank];
    seat.taken = true;
    seat.connection = std::move(visitor.connection);
    seat.process = visitor.peer.process;
    seat.end = std::move(message.descriptors[0]);
    Send(seat.connection, Write(Kind::kWait));
    const Moment deadline = After(hello.left);
    if (deadline < deadline_) {
        deadline_ = deadline;
        patience_ =
            Format("%g s, which is how long %s waits", hello.seconds, NameOf(newcomer.rank, seat.process).c_str());
    }
}

std::string Host::ContradictionOf(const Hello &hello, pid_t process) const {
    const Newcomer &ours = hello_.newcomer, &theirs = hello.newcomer;
    const std::string us = NameOf(0, getpid()), them = NameOf(theirs.rank, process);
    std::string all;
    const auto compare = [&](const char *what, const std::string &here, const std::string &there) {
        if (here != there) {
            all += Format("%s%s: %s of %s, %s of %s", all.empty() ? "" : "; ", what, here.c_str(), us.c_str(),
                          there.c_str(), them.c_str());
        }
    };
    compare("numbers of ranks", std::to_string(ours.ranks), std::to_string(theirs.ranks));
    compare("bytes of windows", std::to_string(ours.window_bytes), std::to_string(theirs.window_bytes));
    compare("machines", ours.machine, theirs.machine);
    compare("modes (usually what DOVETAIL_MODE says)", ours.mode, theirs.mode);
    compare("names of the communicator", "\"" + ours.name + "\"", "\"" + theirs.name + "\"");
    if (all.empty()) {
        compare("bytes of shared memory", std::to_string(hello_.shared_bytes), std::to_string(hello.shared_bytes));
    }
    if (!all.empty()) {
        return "the ranks contradict each other in " + all;
    }
    if (theirs.rank >= ours.ranks) {
        return Format("%s is not one of ranks 0..%u", them.c_str(), ours.ranks - 1);
    }
    if (seats_[theirs.rank].taken) {
        return Format("rank %u is taken twice, by process %d and process %d", theirs.rank, seats_[theirs.rank].process,
                      process);
    }
    return "";
}

std::string Host::CommunicatorName() const {
    static std::atomic<uint64_t> communicators{0};
    if (!hello_.newcomer.name.empty()) {
        return hello_.newcomer.name;
    }
    // Every communicator of the machine has a name of its own: no two living processes have one number.
    return Format("dovetail_%d_%llu", getpid(), static_cast<unsigned long long>(++communicators));
}

Descriptor Host::MakeMemory(const std::string &name) {
    Descriptor memory(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (memory.number() < 0 || ftruncate(memory.number(), static_cast<off_t>(hello_.shared_bytes)) != 0 ||
        fcntl(memory.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        Fail(Format("%s cannot make %llu bytes of shared memory: %s", NameOf(0, getpid()).c_str(),
                    static_cast<unsigned long long>(hello_.shared_bytes), strerror(errno)));
    }
    return memory;
}

void Host::Fail(const std::string &text, bool timed_out) {
    const std::string letter = Write(Failed{timed_out, text});
    AcceptAll();
    for (const Visitor &visitor : visitors_) {
        Send(visitor.connection, letter);
    }
    for (const Seat &seat : seats_) {
        Send(seat.connection, letter);
    }
    throw RendezvousError(timed_out, TitleOf(hello_.key) + ": " + text);
}

void Host::AnswerLate(Visitor &visitor, const Hello &hello) {
    const uint32_t rank = hello.newcomer.rank;
    const std::string communicator =
        Format("a communicator of %zu ranks, which process %d made", seats_.size(), seats_[0].process);
    if (rank >= seats_.size()) {
        TurnAway(visitor, "the key is used by " + communicator);
    } else if (rank == 0 || seats_[rank].connection.number() >= 0) {
        TurnAway(visitor, Format("the key is used by %s; its rank %u is process %d", communicator.c_str(), rank,
                                 seats_[rank].process));
    } else {
        TurnAway(
            visitor,
            communicator + " with this key and which " + NameOf(rank, seats_[rank].process) + " has left, did not end",
            Kind::kLater);
    }
}

void Host::Answer(std::promise<void> gone) {
    for (const Seat &seat : seats_) {
        Send(seat.connection, Write(Kind::kGo));
    }
    gone.set_value();
    while (Round(Moment::max())) {
    }
}

void Host::Stop() { shutdown(listening_.number(), SHUT_RDWR); }

std::shared_ptr<void> Reserve(std::unique_ptr<Host> host) {
    struct Answering {
        std::unique_ptr<Host> host;
        std::thread thread;
    };
    const auto end = [](Answering *answering) {
        // A fork has no such thread, and leaves alone what it may have been about to change.
        if (answering->host->IsHere()) {
            answering->host->Stop();
            answering->thread.join();
            delete answering;
        }
    };
    std::unique_ptr<Answering> answering(new Answering{std::move(host), {}});
    // Signals are for the threads of the program.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::promise<void> gone;
    std::future<void> all_may_go = gone.get_future();
    try {
        answering->thread = std::thread(&Host::Answer, answering->host.get(), std::move(gone));
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    all_may_go.wait();  // this process may end as soon as its communicator is made
    return std::shared_ptr<void>(answering.release(), end);
}

}  // namespace dovetail
