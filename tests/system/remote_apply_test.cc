// apply while another host checks a server that stays.
#include <fstream>

#include "remote_hosts.h"
#include "support/app.h"

namespace zdr::test {
namespace {

using RemoteApplyTest = RemoteTest;

TEST_F(RemoteApplyTest, ServerThatStaysNeverFlickers) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);
    std::string others;
    for (int n = 1; n < 200; ++n)
        others += "[server.web" + std::to_string(n) + "]\nport = " + std::to_string(4000 + n) +
                  "\nstatus-port = " + std::to_string(5000 + n) + "\n";
    const std::string file = sandbox().directory() + "/more.conf";
    std::ofstream(file) << std::string(kRemoteWebA) + others;

    for (int i = 0; i < 20; ++i) {
        const std::string& next = i % 2 == 0 ? file : zdr().config();
        Process applying(zdr().ctl({"apply", next, "-q"}));
        while (applying.is_running())
            for (const char* address : kServerAddresses) ASSERT_EQ(ask_client(address, 2000), "app") << address;
        ASSERT_EQ(applying.wait().status, 0);
    }
}

}  // namespace
}  // namespace zdr::test
