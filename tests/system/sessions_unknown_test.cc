// Who can count sessions, and what is said where they cannot be counted.
#include <filesystem>

#include "session_ends.h"
#include "support/namespace.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

class SessionsUnknownTest : public SystemTest {
  protected:
    // zdr-loader on a kernel that has no iterator of TCP sockets.
    Output run_without_iterator(const Command& command) const {
        return run(Command{"env", "LD_PRELOAD=" SESSIONS_WITHOUT_ITERATOR} + command);
    }
    std::string sessions() const { return zdr().sessions("webA"); }
};

TEST_F(SessionsUnknownTest, InAnotherNetworkNamespace) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const Ends ends = open_session(listener, "127.0.0.1", 1000);
    const NetNamespace elsewhere;

    std::string there;
    elsewhere.run([&] { there = sessions(); });

    EXPECT_EQ(there, "unknown");
    EXPECT_NE(sessions(), "unknown");
}

TEST_F(SessionsUnknownTest, WithoutTheIteratorAllElseWorks) {
    zdr().configure(kWebA);

    const Output output = run_without_iterator(zdr().load_command());

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(sessions(), "unknown");
    EXPECT_EQ(zdr().state("webA"), "ready");
    const Output table = run(zdr().ctl({"status"}));
    EXPECT_EQ(table.status, 0) << table.err;
    unload();
    expect_nothing_left();
}

TEST_F(SessionsUnknownTest, FollowsTheKernelFromLoadToLoad) {
    load(kWebA);
    EXPECT_EQ(sessions(), "0+0");

    ASSERT_EQ(run_without_iterator(zdr().load_command()).status, 0);
    EXPECT_EQ(sessions(), "unknown");

    load(kWebA);
    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsUnknownTest, CheckSaysSo) {
    const Output without = run_without_iterator(zdr().loader({"check"}));
    const Output with = run(zdr().loader({"check"}));

    EXPECT_EQ(without.status, 0) << without.out;
    EXPECT_NE(without.out.find("note     sessions"), std::string::npos) << without.out;
    EXPECT_NE(with.out.find("ok       sessions"), std::string::npos) << with.out;
    expect_nothing_left();
}

TEST_F(SessionsUnknownTest, StatusShowsNoHookForThem) {
    load(kWebA);

    EXPECT_TRUE(std::filesystem::exists(sandbox().state_dir() + "/live/sessions"));
    EXPECT_EQ(zdr().status().find("\"sessions\"}"), std::string::npos);
    EXPECT_EQ(zdr().status().find("\"attached\": false"), std::string::npos) << zdr().status();
}

}  // namespace
}  // namespace zdr::test
