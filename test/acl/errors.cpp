// The recent message: each thread has its own, the newest first, and fetching clears it.
#include <string>
#include <thread>

#include "acl/source/errors.h"
#include "check.h"

using namespace dovetail;

namespace {

// Fails once more when the thread's other things are gone already.
struct Late {
    ~Late() { Refuse(1, "late"); }
};
thread_local Late late;

}  // namespace

int main() {
    CHECK(aclGetRecentErrMsg() == nullptr);
    CHECK_EQUAL(Refuse(7, Format("%s has %d", "x1", 3)), 7);
    Refuse(8, "the second");
    const char *const both = aclGetRecentErrMsg();
    CHECK_EQUAL(std::string(both), "the second\nx1 has 3");
    CHECK(aclGetRecentErrMsg() == nullptr);
    CHECK_EQUAL(std::string(both), "the second\nx1 has 3");  // lives until the next one
    Refuse(1, "of this thread");
    std::thread([] {
        static_cast<void>(&late);
        CHECK(aclGetRecentErrMsg() == nullptr);
        Refuse(1, "of the other thread");
    }).join();
    uint32_t count;
    CHECK_EQUAL(aclrtGetDeviceCount(&count), 0);  // success clears nothing
    CHECK_EQUAL(std::string(aclGetRecentErrMsg()), "of this thread");
    for (int i = 0; i < 1000; ++i) {
        Refuse(1, Format("message %d", i));
    }
    const std::string many = aclGetRecentErrMsg();
    CHECK_EQUAL(many.find("message 999\nmessage 998\n"), 0u);
    CHECK(many.size() < 1000);
    CHECK_EQUAL(Format("%s", std::string(100000, 'x').c_str()).size(), 100000u);
}
