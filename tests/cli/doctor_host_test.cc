// What doctor finds on a host, from sights that a test makes up: each finding, and what is none.
#include "ctl/doctor/host_findings.h"

#include <netinet/in.h>

#include "table_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using ctl::CheckedServer;
using ctl::Finding;
using ctl::Host;
using ctl::PortRange;

constexpr zdr::Now kNow{1000h, 1767261600s};
using Texts = std::vector<std::string>;

Address address(const std::string& text) {
    return *Address::parse(text);
}

Checker haproxy(bool is_backup = false) {
    Checker out;
    out.from = "haproxy";
    out.is_backup = is_backup;
    out.last_boot = kNow.boot - 1s;
    out.interval = 2s;
    out.asks = 100;
    return out;
}

ListeningSocket socket_on(const std::string& ip, std::uint16_t port) {
    ListeningSocket out;
    if (ip == "0.0.0.0")
        out.words = {0, 0, htonl(0xffff), 0};
    else if (ip != "::")
        out.words = address(ip).words();
    out.is_v6 = ip.find(':') != std::string::npos;
    out.port = Port(port);
    return out;
}

// webA (127.0.0.1:1000, 2000) and webB (1001, 2001): ready, checked, and their apps listen.
Host healthy() {
    Host host;
    host.now = kNow;
    host.watched_for = 1h;
    host.status.hooks = {{"cgroup", "/sys/fs/cgroup", "", true}, {"tc", "eth0", "tcx", {}}};
    for (const char* name : {"webA", "webB"}) {
        const std::uint16_t port = std::string(name) == "webA" ? 1000 : 1001;
        host.status.servers.push_back(
            {make_server(name, "srvs", port), {}, {.counters = {9, 0}, .checkers = {haproxy()}}, {}});
    }
    host.sockets.listening = {{socket_on("127.0.0.1", 1000), socket_on("::", 1001)}};
    host.sockets.local = {address("127.0.0.1"), address("10.0.0.1"), address("::1")};
    host.ephemeral = PortRange{32768, 60999};
    host.owner = [](const ListeningSocket&) { return "nginx, process 812"; };
    host.is_running = [](const Holder& holder) { return holder.pid == 1; };
    return host;
}

Texts found(const Host& host) {
    Texts out;
    for (const Finding& one : find_in_host(host)) {
        out.push_back((one.kind == Finding::Kind::kNote ? "note " : "") + one.subject + ": " + one.what);
        EXPECT_FALSE(one.why.empty() || one.remedy.empty()) << one.what;
    }
    return out;
}
Server& server_a(Host& host) {
    return host.status.servers[0].server;
}
void put_out(Host& host, std::size_t index, State state) {
    host.status.servers[index].flip.state = state;
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
    checkers[0].last_boot = kNow.boot - 90s;
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
    host.status.servers[0].checks.overflowed_boot = kNow.boot - 1s;
    EXPECT_EQ(found(host), Texts{"webA: is checked by more than zdr has places for"});
    host.status.servers[0].checks.overflowed_boot = kNow.boot - 1h;
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
    host.reserved = {{39999, 39999}, {50000, 50010}};

    const auto all = find_in_host(host);

    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].what, "status port 40000-40001 is in the ephemeral range 32768-60999");
    EXPECT_EQ(
        all[0].remedy,
        "sysctl net.ipv4.ip_local_reserved_ports=39999-40001,50000-50010, and the same in /etc/sysctl.d; or ports "
        "below 32768");
    host.reserved = {{40000, 40001}};
    EXPECT_EQ(found(host), Texts{});
    host.reserved.clear();
    host.ephemeral = std::nullopt;
    EXPECT_EQ(found(host), Texts{}) << "it is not known";
}

TEST(DoctorHost, ARestartThatIsGoneIsANote) {
    Host host = healthy();
    put_out(host, 0, State::kDrain);
    Flip& flip = host.status.servers[0].flip;
    flip.expires_boot = kNow.boot + 40s;
    flip.holder = Holder{.pid = 2};
    EXPECT_EQ(found(host), Texts{"note webA: the restart that put it into drain is gone"});
    flip.holder->pid = 1;
    EXPECT_EQ(found(host), Texts{});
}

TEST(DoctorRanges, AreReadAndWrittenAsTheKernelHasThem) {
    EXPECT_EQ(ctl::parse_ranges("8080,9148-9150\n"), (std::vector<PortRange>{{8080, 8080}, {9148, 9150}}));
    EXPECT_EQ(ctl::parse_ranges("\n"), std::vector<PortRange>{});
    EXPECT_EQ(ctl::format_ranges({{5, 5}, {1, 2}, {3, 3}, {1, 1}}), "1-3,5");
}

// HAProxy's servers against ours.
CheckedServer theirs(const std::string& name, std::uint16_t port, std::uint16_t check_port, bool is_backup = false) {
    CheckedServer out;
    out.server.backend = "srvs";
    out.server.name = name;
    out.server.address = address("127.0.0.1");
    out.server.port = Port(port);
    out.server.check_port = Port(check_port);
    out.server.has_check = true;
    out.server.is_backup = is_backup;
    out.location = "HAProxy";
    return out;
}

Texts compared(const std::vector<CheckedServer>& servers, const Host& host) {
    std::vector<Server> ours;
    for (const auto& one : host.status.servers) ours.push_back(one.server);
    Texts out;
    for (const Finding& one : compare_checks(servers, "HAProxy", ours, host.sockets))
        out.push_back(one.subject + ": " + one.what);
    return out;
}

TEST(DoctorChecks, OfWhatFitsFindNothing) {
    EXPECT_EQ(
        compared({theirs("webA", 1000, 2000), theirs("webB", 1001, 2001), theirs("bkpA", 1000, 1000, true)}, healthy()),
        Texts{});
    CheckedServer elsewhere = theirs("webB", 7, 2001);
    elsewhere.server.address = address("192.0.2.1");
    EXPECT_EQ(compared({theirs("a-name-of-its-own", 1000, 2000), elsewhere}, healthy()), Texts{})
        << "HAProxy may see other addresses, and zdr other names";
}

TEST(DoctorChecks, AStatusPortThatHaproxyDoesNotCheckIsFound) {
    EXPECT_EQ(compared({theirs("webA", 1000, 2009), theirs("webB", 1001, 2001)}, healthy()),
              (Texts{"webA: HAProxy checks port 2009, but its status port is 2000",
                     "srvs/webA: HAProxy checks port 2009 of 127.0.0.1, which no server of zdr has, and where nothing "
                     "listens"}));
    EXPECT_EQ(compared({theirs("webB", 1001, 2001)}, healthy()),
              Texts{"webA: no server of HAProxy checks its status port 2000"});
    CheckedServer unchecked = theirs("webA", 1000, 2000);
    unchecked.server.has_check = false;
    EXPECT_EQ(compared({unchecked, theirs("webB", 1001, 2001)}, healthy()),
              Texts{"webA: HAProxy does not check its status port 2000"});
}

TEST(DoctorChecks, APortWhereSomebodyElseListensOrOfAnotherHostIsNotOurs) {
    Host host = healthy();
    const auto with = [](const CheckedServer& more) {
        return std::vector{theirs("webA", 1000, 2000), theirs("webB", 1001, 2001), more};
    };
    host.sockets.listening->push_back(socket_on("127.0.0.1", 8081));
    EXPECT_EQ(compared(with(theirs("other", 8080, 8081)), host), Texts{});
    CheckedServer remote = theirs("other", 8080, 8082);
    EXPECT_EQ(compared(with(remote), host).size(), 1U);
    remote.server.address = address("192.0.2.1");
    EXPECT_EQ(compared(with(remote), host), Texts{});
    host.sockets.listening = std::nullopt;
    EXPECT_EQ(compared(with(theirs("other", 8080, 8082)), host), Texts{}) << "it is not known";
}

TEST(DoctorChecks, ABackupStatusPortIsCheckedByABackup) {
    Host host = healthy();
    server_a(host).backup_status_port = Port(3000);
    const std::vector primaries = {theirs("webA", 1000, 2000), theirs("webB", 1001, 2001)};
    const auto with = [&](const CheckedServer& twin) {
        auto out = primaries;
        out.push_back(twin);
        return out;
    };
    EXPECT_EQ(compared(with(theirs("bkpA", 1000, 3000, true)), host), Texts{});
    EXPECT_EQ(compared(with(theirs("bkpA", 1000, 1000, true)), host),
              Texts{"webA: no server of HAProxy checks its backup status port 3000"});
    EXPECT_EQ(compared(with(theirs("bkpA", 1000, 3000)), host),
              Texts{"srvs/bkpA: checks the backup status port 3000 of webA, but is no backup"});
}

TEST(DoctorChecks, TimesThatMakeAWaitEndTooEarlyAreFound) {
    CheckedServer slow = theirs("webA", 1000, 2000);
    HaproxyServerLine line;
    slow.line = &line;
    const std::vector servers = {slow, theirs("webB", 1001, 2001)};
    EXPECT_EQ(compared(servers, healthy()), Texts{});

    line.settings.fall = 5;
    line.settings.rise = 4;
    line.settings.downinter = 7s;
    EXPECT_EQ(compared(servers, healthy()),
              (Texts{"webA: HAProxy takes it out after 5 refused checks, and zdr has fall = 3",
                     "webA: HAProxy puts it back after 4 good checks, and zdr has rise = 2",
                     "webA: HAProxy checks it as seldom as every 7s, and zdr has inter = 2s"}));
    line.settings.fall = line.settings.rise = 1;
    line.settings.downinter = 6s;
    EXPECT_EQ(compared(servers, healthy()), Texts{}) << "zdr waits longer than it has to";
}

}  // namespace
}  // namespace zdr::test
