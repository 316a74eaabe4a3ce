// One rank of a rendezvous, for meeting.py:
//
//     meet KEY RANKS RANK WINDOW_BYTES MACHINE SECONDS [NAME]
//
// prints `met NAME PROCESS...` or `failed TIMED_OUT MESSAGE`, and then does what each line of its input says. `meet
// SECONDS` meets again, with another time-out if SECONDS are given.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>

#include "hccl/source/rendezvous.h"

using namespace dovetail;

namespace {

constexpr uint64_t kSharedBytes = 1 << 20;

// As a kernel that has no pidfds, or a sandbox that forbids them.
void ForbidPidfd(int error) {
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        std::perror("seccomp");
        std::exit(1);
    }
}

std::optional<Met> MeetAndSay(char **arguments, double seconds) {
    try {
        Newcomer newcomer;
        newcomer.ranks = static_cast<uint32_t>(std::stoul(arguments[2]));
        newcomer.rank = static_cast<uint32_t>(std::stoul(arguments[3]));
        newcomer.window_bytes = std::stoull(arguments[4]);
        newcomer.machine = arguments[5];
        newcomer.name = arguments[7] == nullptr ? "" : arguments[7];
        Met met = Meet(arguments[1], newcomer, kSharedBytes, seconds);
        std::cout << "met " << met.name;
        for (const int32_t process : met.processes) {
            std::cout << " " << process;
        }
        std::cout << std::endl;
        return met;
    } catch (const RendezvousError &error) {
        std::cout << "failed " << error.timed_out << " " << error.what() << std::endl;
        return std::nullopt;
    }
}

bool HasEnded(const Met &met, size_t rank) {
    pollfd end = {met.peers.at(rank).number(), POLLIN, 0};
    poll(&end, 1, 0);
    return end.revents != 0;
}

}  // namespace

int main(int count, char **arguments) {
    if (count < 7) {
        return 2;
    }
    if (const char *error = std::getenv("PIDFD_ERROR")) {
        ForbidPidfd(std::atoi(error));
    }
    const double seconds = std::stod(arguments[6]);
    std::optional<Met> met = MeetAndSay(arguments, seconds);
    uint8_t *memory = nullptr;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string command;
        uint64_t first = 0, second = 0;
        words >> command >> first >> second;
        if (command == "meet") {
            met = MeetAndSay(arguments, first == 0 ? seconds : static_cast<double>(first));
            continue;
        }
        if (command == "leave") {
            met.reset();
            std::cout << "left" << std::endl;
            continue;
        }
        if (command == "fork") {
            if (fork() == 0) {
                met.reset();
                std::cout << getpid() << std::endl;
                for (const int pipe : {0, 1, 2}) {
                    close(pipe);
                }
                alarm(60);
                pause();
            }
            continue;
        }
        if (command == "exit") {
            std::exit(0);
        }
        if (!met) {
            return 3;
        }
        if (memory == nullptr) {
            memory = static_cast<uint8_t *>(
                mmap(nullptr, kSharedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, met->memory.number(), 0));
        }
        if (command == "write") {
            memory[first] = static_cast<uint8_t>(second);
            std::cout << "written" << std::endl;
        } else if (command == "read") {
            std::cout << static_cast<int>(memory[first]) << std::endl;
        } else if (command == "nonzero") {
            uint64_t others = 0;
            for (uint64_t at = 0; at < kSharedBytes; ++at) {
                others += memory[at] != 0;
            }
            std::cout << others << std::endl;
        } else if (command == "resize") {
            std::cout << (ftruncate(met->memory.number(), static_cast<off_t>(first)) == 0 ? "resized" : "sealed")
                      << std::endl;
        } else if (command == "ended") {
            std::cout << HasEnded(*met, first) << std::endl;
        } else {
            return 2;
        }
    }
}
