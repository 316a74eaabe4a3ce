// A rank that does as it is told: one command at a time, on a device of its own. What commands make has names.
#ifndef RANK_H
#define RANK_H

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

#include "gathered.h"
#include "hccl/hccl.h"
#include "product.h"
#include "reply.h"

class Rank {
public:
    explicit Rank(int number) : number_(number) {}

    // Of the thread that will call Obey.
    Reply Begin();
    // A command and its words; rank.cpp lists them.
    Reply Obey(const std::string &line);
    // A communicator that another thread has made.
    void Take(const std::string &group, HcclComm comm);

private:
    using Words = std::istringstream;

    Reply Join(Words &words);
    Reply JoinWithConfig(Words &words);
    Reply Leave(Words &words);
    Reply NameOfGroup(Words &words);
    Reply FailureOfGroup(Words &words);
    Reply SetCounters(Words &words);
    Reply AwaitArrival(Words &words);

    Reply MakeStream(Words &words);
    Reply DestroyStream(Words &words, aclError (*destroy)(aclrtStream));
    Reply Synchronize(Words &words);
    Reply Query(Words &words);
    Reply AwaitBegin(Words &words);
    Reply OnEvent(Words &words, const std::string &command);

    Reply Prepare(Words &words);
    Reply Launch(Words &words);
    Reply Check(Words &words);
    Reply Free(Words &words);
    Reply Copy(Words &words);
    Reply Gather(Words &words);
    Reply Finish();

    HcclComm Group(Words &words);
    aclrtStream StreamOf(Words &words);

    const int number_;
    std::mutex mutex_;  // guards `groups_`
    std::map<std::string, HcclComm> groups_;
    std::map<std::string, aclrtStream> streams_;
    std::map<std::string, aclrtEvent> events_;
    std::map<std::string, std::unique_ptr<Product>> products_;
    std::map<std::string, std::unique_ptr<Gathered>> gathered_;
};

#endif
