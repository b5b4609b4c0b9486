// The rule that a drain leaves a backend of several servers at least one that is ready.
#include <gtest/gtest.h>

#include <cstring>

#include "table_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class SafetyTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
};

TEST_F(SafetyTest, TheLastReadyServerOfABackendStays) {
    ASSERT_EQ(flip({"drain", "webA"}), 0);

    for (const std::string command : {"drain", "maint"}) {
        EXPECT_EQ(run({command, "webB"}), 5);
        EXPECT_EQ(env.err_text, "zdrctl: " + command +
                                    " webB: backend srvs would have no ready server left (ready now: webB); make "
                                    "another one ready first, or give --force\n");
        EXPECT_EQ(state_of(1), "ready");
    }
}

TEST_F(SafetyTest, ForceOverrides) {
    EXPECT_EQ(flip({"drain", "webA", "webB", "--force"}), 0);
    EXPECT_EQ(state_of(0) + state_of(1), "draindrain");
}

TEST_F(SafetyTest, ServersOfOneCommandCountTogether) {
    EXPECT_EQ(flip({"drain", "webA", "lone", "webB"}), 5);

    EXPECT_NE(env.err_text.find("(ready now: webA, webB)"), std::string::npos) << env.err_text;
    for (const std::uint32_t slot : {0u, 1u, 2u}) EXPECT_FALSE(table->state(slot));
}

TEST_F(SafetyTest, AServerThatIsOutAlreadyIsNotCounted) {
    ASSERT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_EQ(flip({"maint", "webA"}), 0);
    EXPECT_EQ(flip({"maint", "webA", "--reason", "again"}), 0);

    ASSERT_EQ(flip({"drain", "webB", "--force"}), 0);
    EXPECT_EQ(flip({"maint", "webA", "webB"}), 0) << "nothing is ready that could be lost";
}

// Its checker was refused often enough, and not answered often enough since.
TEST_F(SafetyTest, AServerThatHaproxyHasDownYetIsNotCounted) {
    ASSERT_EQ(flip({"drain", "webA"}), 0);
    ASSERT_EQ(flip({"ready", "webA"}), 0);
    zdr_checks checks{};
    zdr_checker& one = checks.checkers[0];
    std::memcpy(one.from, "haproxy", 8);
    one.hook = ZDR_HOOK_CGROUP;
    one.asks = 20;
    one.interval_ms = 2000;
    one.refused_streak = 3;
    one.last_boot_ns = static_cast<__u64>((boot_now() - 1s).count());
    ASSERT_TRUE(table->set_checks(0, checks));

    EXPECT_EQ(flip({"drain", "webB"}), 5);
    EXPECT_NE(env.err_text.find("webA: haproxy has it down yet (redirected 0 of 2 times)"), std::string::npos)
        << env.err_text;

    checks.checkers[0].refused_streak = 0;
    checks.checkers[0].redirected_streak = 3;
    ASSERT_TRUE(table->set_checks(0, checks));
    EXPECT_EQ(flip({"drain", "webB"}), 0) << env.err_text;
}

TEST_F(SafetyTest, AnExpiredDrainIsReadyAndCounts) {
    Flip expired = *make_flip(State::kDrain, 7, "other", "");
    expired.expires_boot = boot_now() - 1s;
    ASSERT_TRUE(table->set_flip(0, expired));

    EXPECT_EQ(flip({"drain", "webB"}), 0) << "webA is ready again";
    EXPECT_EQ(flip({"drain", "webA"}), 5) << "and now the last one";
}

TEST_F(SafetyTest, AnOnlyServerAndAServerOfNoBackendMayGo) {
    ASSERT_TRUE(table->add(make_server("only", "other", 1003)));
    ASSERT_TRUE(table->add(make_server("lone2", "", 1004)));

    EXPECT_EQ(flip({"drain", "only"}), 0);
    EXPECT_EQ(flip({"drain", "lone", "lone2"}), 0);
}

TEST_F(SafetyTest, ReadyIsNeverRefused) {
    ASSERT_EQ(flip({"drain", "webA", "webB", "--force"}), 0);

    EXPECT_EQ(flip({"ready", "webA", "webB"}), 0);
}

TEST_F(SafetyTest, EachBackendIsLookedAtOnItsOwn) {
    ASSERT_TRUE(table->add(make_server("apiA", "apis", 1003)));
    ASSERT_TRUE(table->add(make_server("apiB", "apis", 1004)));

    EXPECT_EQ(flip({"drain", "webA", "apiA"}), 0);
    EXPECT_EQ(flip({"drain", "webB"}), 5);
    EXPECT_EQ(flip({"drain", "apiB"}), 5);
}

}  // namespace
}  // namespace zdr::test
