#include "ctl/doctor/remote_findings.h"

#include <gtest/gtest.h>

#include "healthy_host.h"

namespace zdr::test {
namespace {

using ctl::find_in_remote_checks;
using ctl::Finding;

// Registered and listening, with the programs that rewrite on eth0.
Host registered() {
    Host host = healthy();
    for (auto& one : host.status.servers) {
        one.listening = true;
        one.is_registered = true;
    }
    return host;
}

void remove_rewriting(Host& host) {
    std::erase_if(host.status.hooks, [](const ctl::HookStatus& hook) { return hook.hook == "tc"; });
}

TEST(RemoteFindings, OfAHealthyHostAreNone) {
    EXPECT_TRUE(find_in_remote_checks(registered()).empty());
}

TEST(RemoteFindings, AnAppOutsideOfTheCgroupIsAProblemWhereOtherHostsCheck) {
    Host host = registered();
    host.is_outside_cgroup = [](const ListeningSocket& socket) { return socket.port == Port(1001); };
    EXPECT_TRUE(find_in_remote_checks(host).empty());  // both servers are on 127.0.0.1

    host.status.servers[1].server.addresses = {address("10.0.0.1")};
    const auto found = find_in_remote_checks(host);

    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].is_problem());
    EXPECT_EQ(found[0].subject, "webB");
    EXPECT_NE(found[0].what.find("nginx, process 812"), std::string::npos);
}

TEST(RemoteFindings, AnAppThatDoesNotListenIsAnothersFinding) {
    Host host = registered();
    host.status.servers[0].listening = false;
    host.status.servers[0].is_registered = false;

    EXPECT_TRUE(find_in_remote_checks(host).empty());
}

TEST(RemoteFindings, AServerWhoseChecksAreRewrittenIsNoted) {
    Host host = registered();
    host.status.servers[0].is_published = true;
    host.status.servers[1].is_registered = false;

    const auto found = find_in_remote_checks(host);

    ASSERT_EQ(found.size(), 2u);
    EXPECT_FALSE(found[0].is_problem());
    EXPECT_EQ(found[0].subject, "webA");
    EXPECT_NE(found[0].what.find("published from a container"), std::string::npos);
    EXPECT_EQ(found[1].subject, "webB");
    EXPECT_NE(found[1].what.find("MPTCP"), std::string::npos);
}

TEST(RemoteFindings, WithoutTheProgramsItIsAProblem) {
    Host host = registered();
    host.status.servers[1].is_registered = false;
    remove_rewriting(host);

    const auto found = find_in_remote_checks(host);

    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].is_problem());
    EXPECT_EQ(found[0].subject, "webB");
    EXPECT_NE(found[0].remedy.find("rewriting = auto"), std::string::npos);
}

TEST(RemoteFindings, LateInterfacesMatterOnlyToThem) {
    Host host = registered();
    host.interfaces_without_rewriting = {"eth7"};
    EXPECT_TRUE(find_in_remote_checks(host).empty());

    host.status.servers[0].is_published = true;
    const auto found = find_in_remote_checks(host);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].subject, "interface eth7");
    EXPECT_NE(found[0].why.find("webA"), std::string::npos);
}

TEST(RemoteFindings, AnotherLookUpIsNoted) {
    Host host = registered();
    host.has_foreign_lookup = true;

    const auto found = find_in_remote_checks(host);

    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].subject, "hook sk_lookup");
}

}  // namespace
}  // namespace zdr::test
