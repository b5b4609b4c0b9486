// Connections that checkers keep open: reset when their status port is refused. Sessions on the app port never are.
#include <memory>

#include "remote_echo.h"
#include "remote_hosts.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

class RemoteKeptTest : public RemoteTest {
  protected:
    void SetUp() override {
        RemoteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        load(kRemoteWebA);
        echo_ = std::make_unique<Echo>("::", 1000);
    }

    // A connection that has carried data.
    UniqueFd keep(const std::string& address, std::uint16_t port) const { return used(connect_client(address, port)); }
    static UniqueFd keep_local(const std::string& address, std::uint16_t port) {
        return used(connect_to(address, port));
    }

    const Echo& echo() const { return *echo_; }

  private:
    static UniqueFd used(Attempt connected) {
        EXPECT_EQ(connected.refusal(), "");
        EXPECT_EQ(say(connected.fd, "ping"), "ping");
        return std::move(connected.fd);
    }

    std::unique_ptr<Echo> echo_;
};

TEST_F(RemoteKeptTest, CheckersOfAnotherHostAreReset) {
    for (const char* address : kServerAddresses) {
        const UniqueFd kept = keep(address, 2000);

        flip("drain", "webA");

        EXPECT_TRUE(is_reset_soon(kept)) << address;
        EXPECT_TRUE(eventually([&] { return echo().open_connections() == 0; })) << address;
        flip("ready", "webA");
    }
}

TEST_F(RemoteKeptTest, CheckersOfThisHostAreReset) {
    for (const char* address : kServerAddresses) {
        const UniqueFd kept = keep_local(address, 2000);

        flip("drain", "webA");

        EXPECT_TRUE(is_reset_soon(kept)) << address;
        EXPECT_TRUE(eventually([&] { return echo().open_connections() == 0; })) << address;
        flip("ready", "webA");
    }
}

TEST_F(RemoteKeptTest, SessionsOnTheAppPortStay) {
    for (const char* address : kServerAddresses) {
        const UniqueFd remote = keep(address, 1000);
        const UniqueFd local = keep_local(address, 1000);
        for (const char* state : {"drain", "maint", "ready"}) {
            flip(state, "webA");
            for (int i = 0; i < 5; ++i) {
                ASSERT_EQ(say(remote, "remote"), "remote") << state;
                ASSERT_EQ(say(local, "local"), "local") << state;
            }
        }
    }
}

TEST_F(RemoteKeptTest, BackupStatusPortSurvivesDrainAndIsResetByMaint) {
    for (const char* address : kServerAddresses) {
        const UniqueFd remote = keep(address, 3000);
        const UniqueFd local = keep_local(address, 3000);

        flip("drain", "webA");
        EXPECT_EQ(say(remote, "remote"), "remote") << address;
        EXPECT_EQ(say(local, "local"), "local") << address;

        flip("maint", "webA");
        EXPECT_TRUE(is_reset_soon(remote)) << address;
        EXPECT_TRUE(is_reset_soon(local)) << address;
        flip("ready", "webA");
    }
}

TEST_F(RemoteKeptTest, SurviveALoad) {
    const UniqueFd kept = keep("10.9.0.1", 2000);

    load(kRemoteWebA);

    EXPECT_EQ(say(kept, "ping"), "ping");
    flip("drain", "webA");
    EXPECT_TRUE(is_reset_soon(kept));
}

}  // namespace
}  // namespace zdr::test
