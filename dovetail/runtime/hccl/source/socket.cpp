#include "hccl/source/socket.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <system_error>

namespace dovetail {

namespace {

constexpr size_t kMostBytes = 32 * 1024;  // of a message
constexpr size_t kMostDescriptors = 253;  // of a message, as Linux has it

// Never freed: threads use it until the process has ended.
struct UnforkedOnes {
    std::mutex mutex;
    std::set<int> numbers;
    uint64_t generation = 0;  // of forks; what an earlier one made is closed
};

UnforkedOnes &All() {
    static UnforkedOnes *all = [] {
        auto *made = new UnforkedOnes;
        pthread_atfork([] { All().mutex.lock(); }, [] { All().mutex.unlock(); },
                       [] {
                           for (const int number : All().numbers) {
                               close(number);
                           }
                           All().numbers.clear();
                           ++All().generation;
                           All().mutex.unlock();
                       });
        return made;
    }();
    return *all;
}

// The length of the name is part of an abstract address.
socklen_t Address(const std::string &name, sockaddr_un &address) {
    address = {};
    address.sun_family = AF_UNIX;
    const size_t length = std::min(name.size(), sizeof(address.sun_path) - 1);
    std::memcpy(address.sun_path + 1, name.data(), length);
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
}

Unforked Open(const std::string &name, int (*attach)(int socket, const sockaddr *address, socklen_t bytes)) {
    return Unforked::Made([&] {
        const int number = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (number < 0) {
            return -1;
        }
        sockaddr_un address;
        const socklen_t bytes = Address(name, address);
        if (attach(number, reinterpret_cast<sockaddr *>(&address), bytes) == 0) {
            return number;
        }
        const int error = errno;
        close(number);
        errno = error;
        return -1;
    });
}

}  // namespace

Moment After(double seconds) {
    const std::chrono::duration<double> wait(seconds > 0 ? std::min(seconds, 1e8) : 0);
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
}

void Poll(std::vector<pollfd> &sockets, Moment deadline) {
    int milliseconds = -1;
    if (deadline != Moment::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        milliseconds = static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000));
    }
    // What interrupts it has the caller look around once more, and wait again.
    poll(sockets.data(), sockets.size(), milliseconds);
}

void Unforked::Lock() { All().mutex.lock(); }

Unforked::Unforked(int number) : number_(number), generation_(All().generation) {
    const int error = errno;
    if (number >= 0) {
        All().numbers.insert(number);
    }
    All().mutex.unlock();
    errno = error;
}

Unforked::Unforked(Unforked &&other) noexcept
    : number_(std::exchange(other.number_, -1)), generation_(other.generation_) {}

Unforked &Unforked::operator=(Unforked &&other) noexcept {
    std::swap(number_, other.number_);
    std::swap(generation_, other.generation_);
    return *this;
}

Unforked::~Unforked() {
    if (number_ >= 0) {
        std::lock_guard<std::mutex> lock(All().mutex);
        if (generation_ == All().generation) {
            All().numbers.erase(number_);
            // A child that is just being forked has it still; a connection ends all the same.
            shutdown(number_, SHUT_RDWR);
            close(number_);
        }
    }
}

int Unforked::number() const { return generation_ == All().generation ? number_ : -1; }

Unforked Listen(const std::string &name) {
    return Open(name, [](int socket, const sockaddr *address, socklen_t bytes) {
        return bind(socket, address, bytes) == 0 && listen(socket, SOMAXCONN) == 0 ? 0 : -1;
    });
}

Unforked Connect(const std::string &name) { return Open(name, connect); }

Unforked Accept(const Unforked &listening) {
    return Unforked::Made([&] { return accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
}

Peer PeerOf(const Unforked &connection) {
    ucred peer = {};
    socklen_t bytes = sizeof(peer);
    if (getsockopt(connection.number(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) {
        return {};
    }
    return {peer.pid, peer.uid};
}

void Send(const Unforked &connection, const std::string &bytes, const std::vector<int> &descriptors) {
    iovec content = {const_cast<char *>(bytes.data()), std::min(bytes.size(), kMostBytes)};
    msghdr message = {};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
    if (!descriptors.empty()) {
        const size_t size = descriptors.size() * sizeof(int);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(size);
        cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(header), descriptors.data(), size);
    }
    for (int tries = 1; sendmsg(connection.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0; ++tries) {
        // ETOOMANYREFS: more descriptors are under way than the user may have open; peers have yet to take theirs.
        if ((errno != EINTR && errno != ETOOMANYREFS) || tries == 1000) {
            return;
        }
        poll(nullptr, 0, errno == EINTR ? 0 : 1);
    }
}

Receipt Receive(const Unforked &connection, Message &received) {
    received = {};
    char buffer[kMostBytes];
    alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))];
    iovec content = {buffer, sizeof(buffer)};
    msghdr message = {};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t bytes;
    do {
        bytes = recvmsg(connection.number(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        // ECONNRESET says that the peer went without reading all: what it had sent is still to be read.
    } while (bytes < 0 && (errno == EINTR || errno == ECONNRESET));
    if (bytes <= 0) {
        return bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Receipt::kNothing : Receipt::kEnded;
    }
    received.bytes.assign(buffer, static_cast<size_t>(bytes));
    received.lost_descriptors = (message.msg_flags & MSG_CTRUNC) != 0;
    for (cmsghdr *header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            for (size_t at = 0; at + sizeof(int) <= header->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
                int number;
                std::memcpy(&number, CMSG_DATA(header) + at, sizeof(int));
                received.descriptors.emplace_back(number);
            }
        }
    }
    if (received.lost_descriptors) {
        received.descriptors.clear();
    }
    return Receipt::kMessage;
}

Descriptor EndOfThisProcess() {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
    if (process >= 0) {
        return Descriptor(process);
    }
    if (errno != ENOSYS && errno != EPERM) {
        throw std::system_error(errno, std::generic_category(), "pidfd_open");
    }
    // A kernel before 5.3, or a sandbox: a pipe whose other end only this process has.
    static std::mutex mutex;
    static auto *kept = new std::pair<Unforked, Descriptor>;
    std::lock_guard<std::mutex> lock(mutex);
    if (kept->first.number() < 0) {
        int ends[2] = {-1, -1};
        kept->first = Unforked::Made([&] { return pipe2(ends, O_CLOEXEC) == 0 ? ends[1] : -1; });
        kept->second = Descriptor(ends[0]);
    }
    const int copy = fcntl(kept->second.number(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    return Descriptor(copy);
}

}  // namespace dovetail
