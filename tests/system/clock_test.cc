// Clocks that are not the host's: a lease ends by the clock of the kernel's programs, whichever its giver has.
#include <chrono>
#include <string>

#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"
#include "support/process.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class ClockTest : public SystemTest {
  protected:
    // In a time namespace whose boot was that long ago.
    static Command at_offset(const std::string& seconds, const Command& command) {
        return Command{"unshare", "--time", "--boottime", seconds, "--fork"} + command;
    }
};

TEST_F(ClockTest, ALeaseOfATimeNamespaceEndsWhenItSays) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    for (const char* offset : {"100000", "-1"}) {
        const auto began = std::chrono::steady_clock::now();
        must_run(at_offset(offset, zdr().ctl({"drain", "webA", "--no-wait", "--force", "--ttl", "2s"})));
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED") << offset;

        EXPECT_TRUE(eventually([&] { return ask("127.0.0.1", 2000) == "app"; })) << offset;
        EXPECT_GE(std::chrono::steady_clock::now() - began, 1900ms) << offset;
    }
}

TEST_F(ClockTest, ATimeNamespaceSeesTheSameTimes) {
    load(kWebA);
    must_run(zdr().ctl({"drain", "webA", "--no-wait", "--force", "--ttl", "15m"}));
    const Output here = run(zdr().ctl({"status", "--json"}));

    const Output there = run(at_offset("100000", zdr().ctl({"status", "--json"})));

    EXPECT_EQ(there.out, here.out);
}

TEST_F(ClockTest, ARestartThatIsUnderWayIsKnownToATimeNamespace) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const Command restart = zdr().ctl({"restart", "webA", "--keep-process", "--unchecked"});
    const Process first(restart + Command{"--", "sleep", "30"});
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") != "ready"; }));

    const Output second = run(at_offset("100000", restart + Command{"--", "true"}));

    EXPECT_EQ(second.status, 5) << second.err;
}

}  // namespace
}  // namespace zdr::test
