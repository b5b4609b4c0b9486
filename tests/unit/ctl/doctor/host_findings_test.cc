// What doctor finds on a host, from surveys that a test makes up: each finding, and what is none.
#include "ctl/doctor/host_findings.h"

#include <gtest/gtest.h>

#include "healthy_host.h"

namespace zdr::test {
namespace {

Texts found(const Host& host) {
    Texts out;
    for (const Finding& one : find_in_host(host)) {
        out.push_back((!one.is_problem() ? "note " : "") + one.subject + ": " + one.what);
        EXPECT_FALSE(one.why.empty() || one.remedy.empty()) << one.what;
    }
    return out;
}
TEST(DoctorHost, OfAHealthyHostFindsNothing) {
    EXPECT_EQ(found(healthy()), Texts{});
}

TEST(DoctorHost, AListenerOnAStatusPortIsFoundByItsAddress) {
    const Texts expected = {"webA: something listens on its status port 2000 (nginx, process 812)"};
    for (const char* ip : {"127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"}) {
        Host host = healthy();
        host.sockets.listening->push_back(socket_on(ip, 2000));
        EXPECT_EQ(found(host), expected) << ip;
    }
    for (const char* ip : {"127.0.0.2", "10.0.0.1", "::1"}) {
        Host host = healthy();
        host.sockets.listening->push_back(socket_on(ip, 2000));
        EXPECT_EQ(found(host), Texts{}) << ip;
        server_a(host).addresses = {};
        EXPECT_EQ(found(host), expected) << ip << " is one of this host's";
    }
    Host v6_only = healthy();
    v6_only.sockets.listening->push_back(socket_on("::", 2000));
    v6_only.sockets.listening->back().is_v6_only = true;
    EXPECT_EQ(found(v6_only), Texts{});
}

TEST(DoctorHost, AListenerOnABackupStatusPortIsFound) {
    Host host = healthy();
    server_a(host).backup_status_port = Port(3000);
    host.status.servers[0].checks.checkers.push_back(haproxy(true));
    host.sockets.listening->push_back(socket_on("127.0.0.1", 3000));

    EXPECT_EQ(found(host), Texts{"webA: something listens on its backup status port 3000 (nginx, process 812)"});
}

TEST(DoctorHost, AListenerThatIsToBeReplacedIsNone) {
    Host host = healthy();
    host.sockets.listening->push_back(socket_on("127.0.0.1", 2000));
    server_a(host).replace_listener = true;

    EXPECT_EQ(found(host), Texts{});
}

TEST(DoctorHost, WhoChecksMuchMoreSeldomThanConfiguredIsANote) {
    Host host = healthy();
    Checker& checker = host.status.servers[0].checks.checkers[0];
    checker.interval = 6s;
    EXPECT_EQ(found(host), Texts{});
    checker.interval = 7s;
    EXPECT_EQ(found(host),
              Texts{"note webA: is checked by haproxy every 7s, and its longest interval in zdr.conf is 2s"});
    server_a(host).downinter = 10s;
    EXPECT_EQ(found(host), Texts{}) << "it may be asked that seldom while it is down";
    server_a(host).downinter.reset();
    checker.last_boot = kHostNow.boot - 1min;
    EXPECT_EQ(found(host).size(), 1U) << "it is gone, and then nobody checks";
}

TEST(DoctorHost, WhoChecksMoreOftenThanConfiguredIsANote) {
    Host host = healthy();
    Checker& checker = host.status.servers[0].checks.checkers[0];
    checker.redirected_streak = checker.asks = 16;
    checker.interval = 1200ms;
    EXPECT_EQ(found(host), Texts{});
    checker.interval = 1100ms;
    const Texts expected{"note webA: is checked by haproxy every 1.1s, and its interval in zdr.conf is 2s"};
    EXPECT_EQ(found(host), expected);
    server_a(host).fastinter = 500ms;
    EXPECT_EQ(found(host), expected) << "its state does not change";
    server_a(host).checks = 2;
    EXPECT_EQ(found(host), Texts{}) << "they may have different intervals";
    server_a(host).checks = 1;
    checker.redirected_streak = 15;
    EXPECT_EQ(found(host), Texts{}) << "the interval is not settled yet";
    checker.redirected_streak = 16;
    put_out(host, 0, State::kDrain);
    EXPECT_EQ(found(host), Texts{});
}

TEST(DoctorHost, AnAppThatDoesNotListenIsFound) {
    Host host = healthy();
    host.sockets.listening = {{socket_on("127.0.0.2", 1000), socket_on("127.0.0.1", 1001)}};

    EXPECT_EQ(found(host), Texts{"webA: nothing listens on its app port 1000 of 127.0.0.1"});

    host.sockets.accepts = [](const Address&, Port port) { return port == Port(1000); };
    EXPECT_EQ(found(host), Texts{}) << "it is published from a container";
    host.sockets.accepts = nullptr;
    server_a(host).addresses = {};
    EXPECT_EQ(found(host), Texts{}) << "it listens on some address";
    server_a(host).addresses = {address("10.9.9.9")};
    EXPECT_EQ(found(host), Texts{}) << "what is not of this host is not judged";
    server_a(host).addresses = {address("10.9.9.9"), address("10.0.0.1")};
    EXPECT_EQ(found(host), Texts{"webA: nothing listens on its app port 1000 of 10.0.0.1"});
    put_out(host, 0, State::kMaint);
    EXPECT_EQ(found(host), Texts{"note webA: nothing listens on its app port 1000 of 10.0.0.1"});
    host.sockets.listening = std::nullopt;
    EXPECT_EQ(found(host), Texts{}) << "it is not known";
}

TEST(DoctorHost, AServerThatNobodyChecksIsFound) {
    Host host = healthy();
    auto& checkers = host.status.servers[0].checks.checkers;
    checkers[0].last_boot = kHostNow.boot - 90s;
    EXPECT_EQ(found(host), Texts{"webA: nobody has checked its status port 2000 for 90s (the last was haproxy)"});

    checkers.clear();
    EXPECT_EQ(found(host), Texts{"webA: nobody checks its status port 2000"});
    host.watched_for = 6s;
    EXPECT_EQ(found(host), Texts{}) << "three intervals are not over";
    host.watched_for = 7s;
    server_a(host).backup_status_port = Port(3000);
    checkers = {haproxy()};
    EXPECT_EQ(found(host), Texts{"webA: nobody checks its backup status port 3000"});
}

TEST(DoctorHost, MoreCheckersThanPlacesAreFound) {
    Host host = healthy();
    host.status.servers[0].checks.overflowed_boot = kHostNow.boot - 1s;
    EXPECT_EQ(found(host), Texts{"webA: is checked by more than zdr has places for"});
    host.status.servers[0].checks.overflowed_boot = kHostNow.boot - 1h;
    EXPECT_EQ(found(host), Texts{});
}

TEST(DoctorHost, ABackendWithoutAReadyServerIsFound) {
    Host host = healthy();
    put_out(host, 0, State::kDrain);
    EXPECT_EQ(found(host), Texts{});
    put_out(host, 1, State::kMaint);
    EXPECT_EQ(found(host), Texts{"backend srvs: has no ready server (min-ready is 1; webA, webB)"});
    host.status.servers.pop_back();
    EXPECT_EQ(found(host), Texts{}) << "of one server min-ready is 0";
}

TEST(DoctorHost, AHookThatSomebodyRemovedIsFoundOnlyWhereThatIsKnown) {
    Host host = healthy();
    host.status.hooks[1].attached = false;
    EXPECT_EQ(found(host), Texts{"hook tc at eth0: was removed by somebody else"});
}

TEST(DoctorHost, AStatusPortInTheEphemeralRangeIsFoundUnlessItIsReserved) {
    Host host = healthy();
    server_a(host).status_port = Port(40000);
    server_a(host).backup_status_port = Port(40001);
    host.status.servers[0].checks.checkers.push_back(haproxy(true));
    host.ephemeral->reserved = {{39999, 39999}, {50000, 50010}};

    const auto all = find_in_host(host);

    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].what, "status port 40000-40001 is in the ephemeral range 32768-60999");
    EXPECT_EQ(
        all[0].remedy,
        "sysctl net.ipv4.ip_local_reserved_ports=39999-40001,50000-50010, and the same in /etc/sysctl.d; or ports "
        "below 32768");
    host.ephemeral->reserved = {{40000, 40001}};
    EXPECT_EQ(found(host), Texts{});
    host.ephemeral->reserved.clear();
    host.ephemeral = std::nullopt;
    EXPECT_EQ(found(host), Texts{}) << "it is not known";
}

TEST(DoctorHost, ARestartThatIsGoneIsANote) {
    Host host = healthy();
    put_out(host, 0, State::kDrain);
    Flip& flip = host.status.servers[0].flip;
    flip.expires_boot = kHostNow.boot + 40s;
    flip.holder = Holder{.pid = 2};
    EXPECT_EQ(found(host), Texts{"note webA: the restart that put it into drain is gone"});
    flip.holder->pid = 1;
    EXPECT_EQ(found(host), Texts{});
}

}  // namespace
}  // namespace zdr::test
