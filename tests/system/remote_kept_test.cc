// Connections that checkers keep open: ended when their status port is refused, where the kernel can (Linux 6.5);
// before, they stay until their checkers end them. Sessions on the app port never are.
#include <unistd.h>

#include <memory>

#include "remote_echo.h"
#include "remote_hosts.h"
#include "support/deadline.h"
#include "zdr_abi.h"

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

    bool can_end() const { return access((sandbox().state_dir() + "/live/" ZDR_PIN_END_REFUSED).c_str(), F_OK) == 0; }
    void expect_ended(const UniqueFd& kept) const {
        if (can_end()) {
            EXPECT_TRUE(is_reset_soon(kept));
        } else {
            EXPECT_EQ(say(kept, "ping"), "ping");
        }
    }
    void expect_none_open() const {
        EXPECT_TRUE(!can_end() || eventually([&] { return echo_->open_connections() == 0; }));
    }

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

        SCOPED_TRACE(address);
        expect_ended(kept);
        expect_none_open();
        flip("ready", "webA");
    }
}

TEST_F(RemoteKeptTest, CheckersOfThisHostAreReset) {
    for (const char* address : kServerAddresses) {
        const UniqueFd kept = keep_local(address, 2000);

        flip("drain", "webA");

        SCOPED_TRACE(address);
        expect_ended(kept);
        expect_none_open();
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
        SCOPED_TRACE(address);
        expect_ended(remote);
        expect_ended(local);
        flip("ready", "webA");
    }
}

TEST_F(RemoteKeptTest, SurviveALoad) {
    const UniqueFd kept = keep("10.9.0.1", 2000);

    load(kRemoteWebA);

    EXPECT_EQ(say(kept, "ping"), "ping");
    flip("drain", "webA");
    expect_ended(kept);
}

TEST_F(RemoteKeptTest, CheckSaysWhetherTheKernelCanEndThem) {
    const Output check = run(zdr().loader({"check"}));

    EXPECT_NE(check.out.find(can_end() ? "ok       kept connections" : "note     kept connections"), std::string::npos)
        << check.out;
}

}  // namespace
}  // namespace zdr::test
