// What doctor finds where HAProxy's checks do not fit the servers that are loaded.
#include "ctl/doctor/check_findings.h"

#include <gtest/gtest.h>

#include "healthy_host.h"

namespace zdr::test {
namespace {

using ctl::CheckedServer;

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
                     "webA: HAProxy checks it every 7s while it is down, and zdr has downinter = 2s"}));
}

TEST(DoctorChecks, SeveralLinesOnOneBackupStatusPortCountAsChecksToo) {
    Host host = healthy();
    server_a(host).backup_status_port = Port(3000);
    CheckedServer other = theirs("bkpA", 1000, 3000, true);
    other.server.backend = "api";
    const std::vector servers = {theirs("webA", 1000, 2000), theirs("webB", 1001, 2001),
                                 theirs("bkpA", 1000, 3000, true), other};

    EXPECT_EQ(compared(servers, host), Texts{"webA: 2 servers of HAProxy check its port, and zdr has checks = 1"});
    server_a(host).checks = 2;
    EXPECT_EQ(compared(servers, host), Texts{});
}

TEST(DoctorChecks, AStatusPortThatHaproxyItselfBindsIsFound) {
    CheckedServer bound = theirs("webA", 1000, 2000);
    bound.traffic = "h.cfg:7";

    EXPECT_EQ(compared({bound, theirs("webB", 1001, 2001)}, healthy()),
              Texts{"webA: its status port 2000 carries traffic of HAProxy's own (h.cfg:7)"});
}

// Import refuses it for that reason, so it can be named in no zdr.conf.
TEST(DoctorChecks, ACheckPortThatCarriesTrafficIsNotOneThatZdrLacks) {
    CheckedServer bound = theirs("other", 8080, 8082);
    bound.traffic = "h.cfg:7";
    const std::vector servers = {theirs("webA", 1000, 2000), theirs("webB", 1001, 2001), bound};

    const Host host = healthy();
    const auto findings = compare_checks(servers, "HAProxy", std::vector<Server>{}, host.sockets);
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(to_string(findings[1].id), "check-port-unknown");
    EXPECT_EQ(to_string(findings[2].id), "status-port-carries-traffic");
    EXPECT_EQ(
        compared(servers, host),
        Texts{"srvs/other: HAProxy checks port 8082 of 127.0.0.1, which carries traffic of its own (h.cfg:7), and "
              "where nothing listens"});
}

TEST(DoctorChecks, AServerIsOursByItsCheckPortHoweverItIsChecked) {
    const std::vector<Server> ours = {make_server("webA", "srvs", 1000)};
    const ctl::ServerIndex index(ours, {});
    HaproxyServer by_command = theirs("published", 8080, 2000).server;
    EXPECT_TRUE(index.has(by_command));
    by_command.has_check = false;
    EXPECT_TRUE(index.has(by_command)) << "a command checks it";
    by_command.address = address("192.0.2.1");
    EXPECT_FALSE(index.has(by_command));
    by_command.name = "webA";
    EXPECT_TRUE(index.has(by_command));
}

}  // namespace
}  // namespace zdr::test
