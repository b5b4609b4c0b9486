#include "zdr/haproxy/runtime.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zdr {
namespace {

const std::vector<Address> kLocal = {*Address::parse("10.0.0.5"), *Address::parse("::1")};

Server ours(const std::string& address = "127.0.0.1") {
    Server server;
    server.name = "webA";
    server.backends = {"srvs"};
    if (address != "*") server.addresses = {*Address::parse(address)};
    server.app_port = Port(1000);
    server.status_port = Port(2000);
    server.backup_status_port = Port(3000);
    return server;
}

HaproxyServer theirs(const std::string& name, const std::string& address, std::uint16_t check_port) {
    HaproxyServer server;
    server.backend = "srvs";
    server.name = name;
    server.address = *Address::parse(address);
    server.port = Port(1000);
    server.check_port = Port(check_port);
    server.has_check = true;
    return server;
}

HaproxyServer in_state(HaproxyOpState op_state, std::uint32_t admin_state = 0, std::uint32_t weight = 1) {
    HaproxyServer server;
    server.op_state = op_state;
    server.admin_state = admin_state;
    server.weight = weight;
    return server;
}

std::vector<std::string> found(const std::vector<HaproxyServer>& all, const Server& server, std::uint16_t port) {
    std::vector<std::string> out;
    for (const HaproxyServer* one : find_haproxy_servers(all, server, Port(port), kLocal)) out.push_back(one->name);
    return out;
}

using Names = std::vector<std::string>;

TEST(HaproxyPid, IsThatOfTheLineThatBeginsSo) {
    EXPECT_EQ(parse_haproxy_pid("Name: HAProxy\nNbproc: 1\nPid: 4711\nUptime: 0d\n"), 4711U);
    EXPECT_EQ(parse_haproxy_pid("Name: HAProxy\r\nPid: 8\r\n"), 8U);
    for (const char* none :
         {"", "Name: Pid: 8\n", "x\nPid: \n", "x\nPid: 0\n", "x\nPid: 8x\n", "x\nPid: 99999999999\n"})
        EXPECT_EQ(parse_haproxy_pid(none), std::nullopt) << none;
}

TEST(HaproxyServer, InAndOutFollowHaproxysStates) {
    using enum HaproxyOpState;

    EXPECT_TRUE(is_in(in_state(kRunning)));
    EXPECT_FALSE(is_out(in_state(kRunning)));
    EXPECT_TRUE(is_in(in_state(kStarting))) << "throttled (slowstart), it takes clients";
    EXPECT_FALSE(is_out(in_state(kStarting))) << "throttled, it takes new clients";
    EXPECT_TRUE(is_out(in_state(kStopping)));
    EXPECT_FALSE(is_down(in_state(kStopping))) << "known clients still go there";
    EXPECT_TRUE(is_down(in_state(kStopped)));
    EXPECT_TRUE(is_out(in_state(kStopped)));
    EXPECT_FALSE(is_in(in_state(kStopped)));
    EXPECT_TRUE(is_out(in_state(kRunning, 0, 0))) << "weight 0";
    EXPECT_FALSE(is_down(in_state(kRunning, 0, 0)));
}

TEST(HaproxyServer, AdministratorsTakeItOutWhateverItsChecksSay) {
    using enum HaproxyOpState;
    for (const std::uint32_t maint : {0x01U, 0x02U, 0x04U, 0x20U, 0x25U, 0x09U}) {
        EXPECT_TRUE(is_down(in_state(kRunning, maint))) << maint;
        EXPECT_TRUE(is_out(in_state(kRunning, maint))) << maint;
        EXPECT_FALSE(is_in(in_state(kRunning, maint))) << maint;
    }
    for (const std::uint32_t drain : {0x08U, 0x10U, 0x18U}) {
        EXPECT_FALSE(is_down(in_state(kRunning, drain))) << drain;
        EXPECT_TRUE(is_out(in_state(kRunning, drain))) << drain;
        EXPECT_FALSE(is_in(in_state(kRunning, drain))) << drain;
    }
    EXPECT_TRUE(is_in(in_state(kRunning, 0x40))) << "its name was set through the socket: that takes nothing out";
}

TEST(HaproxyServer, ChangesWhileItsStatusCounts) {
    HaproxyServer server = theirs("webA", "127.0.0.1", 2000);
    for (const char* changing : {"UP 1/3", "DOWN 1/2"}) {
        server.status = changing;
        EXPECT_TRUE(is_changing(server)) << changing;
    }
    server.admin_state = 8;  // drained by hand: one check is no news
    EXPECT_FALSE(is_changing(server));
    server.admin_state = 0;
    for (const char* settled : {"UP", "DOWN", "no check", ""}) {
        server.status = settled;
        EXPECT_FALSE(is_changing(server)) << settled;
    }
}

TEST(HaproxyServers, AreFoundByAddressAndCheckPort) {
    std::vector<HaproxyServer> all = {theirs("a", "127.0.0.1", 2000), theirs("other", "127.0.0.2", 2000),
                                      theirs("twin", "127.0.0.1", 3000), theirs("webA", "127.0.0.1", 1000)};
    all.push_back(theirs("again", "127.0.0.1", 2000));
    all.back().backend = "another";

    EXPECT_EQ(found(all, ours(), 2000), (Names{"a", "again"}));
    EXPECT_EQ(found(all, ours(), 3000), Names{"twin"});
}

TEST(HaproxyServers, AreFoundByTheAddressThatIsChecked) {
    std::vector<HaproxyServer> all = {theirs("a", "10.9.9.9", 2000), theirs("b", "127.0.0.1", 2000)};
    all[0].check_address = *Address::parse("127.0.0.1");
    all[1].check_address = *Address::parse("10.9.9.9");

    EXPECT_EQ(found(all, ours(), 2000), Names{"a"});
}

TEST(HaproxyServers, OnAnyAddressAreThoseOfThisHostOrOfTheSameName) {
    const std::vector<HaproxyServer> all = {theirs("a", "10.0.0.5", 2000), theirs("b", "127.7.7.7", 2000),
                                            theirs("c", "::1", 2000), theirs("d", "10.0.0.6", 2000),
                                            theirs("webA", "10.0.0.7", 2000)};

    EXPECT_EQ(found(all, ours("*"), 2000), (Names{"a", "b", "c", "webA"}));
}

TEST(HaproxyServers, AreFoundByNameWhereNoAddressFits) {
    std::vector<HaproxyServer> all = {theirs("webA", "192.0.2.1", 12000), theirs("webA", "192.0.2.1", 12000),
                                      theirs("webB", "192.0.2.1", 12000)};
    all[1].backend = "another";
    all[1].name = "webA";

    EXPECT_EQ(find_haproxy_servers(all, ours(), Port(2000), kLocal), std::vector<const HaproxyServer*>{&all[0]});
    EXPECT_EQ(found(all, ours(), 3000), Names{}) << "a twin has another name";
    Server of_no_backend = ours();
    of_no_backend.backends.clear();
    EXPECT_EQ(found(all, of_no_backend, 2000), (Names{"webA", "webA"}));
}

TEST(HaproxyServers, WithoutACheckOrOfAnOldHaproxyAreFoundByNameOnly) {
    std::vector<HaproxyServer> all = {theirs("a", "127.0.0.1", 2000), theirs("b", "127.0.0.1", 2000),
                                      theirs("webA", "127.0.0.1", 2000)};
    all[0].has_check = false;
    for (std::size_t i = 1; i < 3; ++i) all[i].check_port.reset();

    EXPECT_EQ(found(all, ours(), 2000), Names{"webA"});
    all[2].address.reset();
    EXPECT_EQ(found(all, ours(), 2000), Names{"webA"});
    EXPECT_EQ(found({}, ours(), 2000), Names{});
}

}  // namespace
}  // namespace zdr
