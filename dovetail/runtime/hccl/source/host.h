// What rank 0 does in a rendezvous: it gathers the others, and afterwards answers who comes late.
#ifndef DOVETAIL_HCCL_HOST_H
#define DOVETAIL_HCCL_HOST_H

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "hccl/source/letters.h"
#include "hccl/source/rendezvous.h"
#include "hccl/source/socket.h"

namespace dovetail {

// How messages call a rendezvous.
std::string TitleOf(const std::string &key);
// "rank 3 (process 4711)"
std::string NameOf(uint32_t rank, pid_t process);

class Host {
public:
    // `hello` is that of rank 0 itself.
    Host(Unforked listening, const Hello &hello, Moment deadline);

    // Throws RendezvousError, after it has told all who have come.
    Met Gather();

    // After Gather(): lets the ranks go, then answers late comers until Stop(). In a thread of its own.
    void Answer(std::promise<void> gone);
    void Stop();
    // Whether this is still the process that made it, and not a fork.
    bool IsHere() const { return listening_.number() >= 0; }

private:
    // Somebody who has connected, and has not said yet who they are.
    struct Visitor {
        Unforked connection;
        Peer peer;
        Moment until;
    };
    struct Seat {
        bool taken = false, ready = false;
        Unforked connection;  // none at rank 0, and where a rank has left
        pid_t process = 0;
        Descriptor end;  // of the process
    };

    // Handles whatever has come, or comes before `deadline`. False after Stop().
    bool Round(Moment deadline);
    int AcceptAll();  // 0, or an error
    void HearVisitors();
    void HearSeats();
    void TurnAway(Visitor &visitor, const std::string &why, Kind kind = Kind::kFailed);
    void Seated(Visitor &visitor, Message &message, const Hello &hello);
    void AnswerLate(Visitor &visitor, const Hello &hello);

    void GatherUntil(bool Seat::*done, const char *failing);
    std::string ContradictionOf(const Hello &hello, pid_t process) const;
    std::string CommunicatorName() const;
    Descriptor MakeMemory(const std::string &name);
    [[noreturn]] void Fail(const std::string &text, bool timed_out = false);

    Unforked listening_;
    const Hello hello_;
    std::vector<Visitor> visitors_;
    std::vector<Seat> seats_;  // [rank]
    Moment deadline_;          // the earliest of all who have come
    std::string patience_;     // whose it is
    bool met_ = false;
};

// Keeps the key taken, and answers late comers.
std::shared_ptr<void> Reserve(std::unique_ptr<Host> host);

}  // namespace dovetail

#endif
