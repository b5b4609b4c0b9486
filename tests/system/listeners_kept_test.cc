// Checkers that keep their connection open and say nothing: their connection ends with the drain, not with their next
// word.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>
#include <list>
#include <memory>

#include "listeners.h"
#include "remote_echo.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

constexpr std::chrono::milliseconds kSoon{1000};

bool ends_connections_at_once() {
    std::ifstream symbols("/proc/kallsyms");
    for (std::string line; std::getline(symbols, line);)
        if (line.ends_with(" bpf_sock_destroy")) return true;
    return false;
}

// Whether a connection that nobody writes to ends with an error within a second.
bool ends_soon(const UniqueFd& fd) {
    pollfd event{fd.get(), POLLIN, 0};
    if (poll(&event, 1, static_cast<int>(stretched(kSoon).count())) != 1) return false;
    char byte = 0;
    return recv(fd.get(), &byte, 1, MSG_DONTWAIT) < 0 && errno != EAGAIN;
}

class ListenersKeptTest : public ListenersTest {
  protected:
    void SetUp() override {
        ListenersTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        if (!ends_connections_at_once()) GTEST_SKIP() << "this kernel is before Linux 6.5: it has no bpf_sock_destroy";
        load(kRemoteEverywhere);
        echo_ = std::make_unique<Echo>("::", std::uint16_t{1000});
    }

    static UniqueFd used(Attempt connected) {
        EXPECT_EQ(connected.refusal(), "");
        EXPECT_EQ(say(connected.fd, "ping"), "ping");
        return std::move(connected.fd);
    }
    // From the client and from this host, to both families.
    std::list<UniqueFd> keep(std::uint16_t port) const {
        std::list<UniqueFd> out;
        for (const char* address : kServerAddresses) {
            out.push_back(used(connect_client(address, port)));
            out.push_back(used(connect_to(address, port)));
        }
        return out;
    }

    const Echo& echo() const { return *echo_; }

  private:
    std::unique_ptr<Echo> echo_;
};

TEST_F(ListenersKeptTest, SilentCheckersEndWithTheDrain) {
    const std::list<UniqueFd> checkers = keep(2000);

    flip("drain", "webA");

    for (const UniqueFd& one : checkers) EXPECT_TRUE(ends_soon(one));
    EXPECT_TRUE(eventually([&] { return echo().open_connections() == 0; })) << echo().open_connections();
}

TEST_F(ListenersKeptTest, SessionsAndTheBackupStatusPortStay) {
    const std::list<UniqueFd> sessions = keep(1000);
    const std::list<UniqueFd> backups = keep(3000);

    flip("drain", "webA");
    for (const UniqueFd& one : sessions) EXPECT_EQ(say(one, "ping"), "ping");
    for (const UniqueFd& one : backups) EXPECT_EQ(say(one, "ping"), "ping");

    flip("maint", "webA");
    for (const UniqueFd& one : sessions) EXPECT_EQ(say(one, "ping"), "ping");
    for (const UniqueFd& one : backups) EXPECT_TRUE(ends_soon(one));
}

TEST_F(ListenersKeptTest, ThoseFromBeforeAnotherLoadEndToo) {
    const std::list<UniqueFd> checkers = keep(2000);
    load(kRemoteEverywhere);

    flip("drain", "webA");

    for (const UniqueFd& one : checkers) EXPECT_TRUE(ends_soon(one));
}

TEST_F(ListenersKeptTest, ThoseFromBeforeTheHooksEndToo) {
    std::list<UniqueFd> checkers;
    for (const char* address : kServerAddresses) checkers.push_back(used(connect_client(address, 2000)));
    unload();
    load(kRemoteEverywhere);

    flip("drain", "webA");
    for (const UniqueFd& one : checkers) EXPECT_TRUE(ends_soon(one));

    checkers.clear();
    flip("ready", "webA");
    EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "");
}

// It may be anybody's: the kernel gives such a port to whoever asks for none.
TEST_F(ListenersKeptTest, ConnectionsFromAnEphemeralPortStay) {
    unload();
    const auto theirs = make_in<Echo>(client(), "::", std::uint16_t{4000});
    std::list<UniqueFd> others;
    set_sysctl("ipv4/ip_local_port_range", "2000 2001");
    for (int i = 0; i < 2; ++i) others.push_back(used(connect_to("10.9.0.2", 4000)));
    set_sysctl("ipv4/ip_local_port_range", "2000 60000");
    load(kRemoteEverywhere);

    flip("drain", "webA");

    for (const UniqueFd& one : others) EXPECT_EQ(say(one, "ping"), "ping");
}

// A client of another host's server that happens to use the same port.
TEST_F(ListenersKeptTest, OthersWithTheSamePortStay) {
    const auto theirs = make_in<Echo>(client(), "::", std::uint16_t{2000});
    std::list<UniqueFd> others;
    for (const char* address : {"10.9.0.2", "fd09::2"}) others.push_back(used(connect_to(address, 2000)));
    others.push_back(used(connect_from(client(), "10.9.0.1", 1000, from_port(AF_INET, 2001))));

    flip("maint", "webA");

    for (const UniqueFd& one : others) EXPECT_EQ(say(one, "ping"), "ping");
}

}  // namespace
}  // namespace zdr::test
