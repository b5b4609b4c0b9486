// Rules that keep checks from zdr, or keep them from everybody: zdrctl acknowledges only what the checker got.
#include "remote_firewall.h"

#include <chrono>
#include <thread>

#include "remote_followed.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// By one tool: the classic forwarding of the status port, a firewall that drops what comes for it, and the end of both.
struct Tool {
    const char* name;
    void (*redirect)();
    void (*drop)();
    void (*clear)();
};

void PrintTo(const Tool& tool, std::ostream* out) {
    *out << tool.name;
}

void redirect_by_iptables(Iptables kind) {
    for (const auto add : {iptables, ip6tables})
        add(kind,
            {"-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "2000", "-j", "REDIRECT", "--to-ports", "1000"});
}

void drop_by_iptables(Iptables kind) {
    for (const auto add : {iptables, ip6tables})
        add(kind, {"-A", "INPUT", "-p", "tcp", "--dport", "2000", "-j", "DROP"});
}

void clear_iptables(Iptables kind) {
    for (const auto change : {iptables, ip6tables}) {
        change(kind, {"-F"});
        change(kind, {"-t", "nat", "-F"});
    }
}

const Tool kTools[] = {
    {"IptablesLegacy", [] { redirect_by_iptables(Iptables::kLegacy); }, [] { drop_by_iptables(Iptables::kLegacy); },
     [] { clear_iptables(Iptables::kLegacy); }},
    {"IptablesNft", [] { redirect_by_iptables(Iptables::kNft); }, [] { drop_by_iptables(Iptables::kNft); },
     [] { clear_iptables(Iptables::kNft); }},
    {"Nft",
     [] {
         nft("table inet old { chain pre { type nat hook prerouting priority -100; "
             "tcp dport 2000 redirect to :1000; }; }");
     },
     [] { nft("table inet old { chain in { type filter hook input priority 0; tcp dport 2000 drop; }; }"); },
     [] { nft("delete table inet old"); }},
};

class RemoteFirewallTest : public RemoteFollowedTest, public testing::WithParamInterface<Tool> {
  protected:
    void expect_reached(const std::string& goal, const std::string& status) const {
        ASSERT_TRUE(haproxy_shows(status)) << haproxy_status();
        const Output output = run(zdr().ctl({"wait", "webA", "--for", goal, "--timeout", "20s"}));
        EXPECT_EQ(output.status, 0) << output.err;
    }
};

TEST_P(RemoteFirewallTest, DrainIsNotAcknowledgedWhileAnOldRuleForwards) {
    GetParam().redirect();
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    expect_not_acknowledged("drain", "UP");

    GetParam().clear();
    ASSERT_TRUE(eventually([&] { return contains(zdr().status(), "\"counts\": true"); })) << "checks arrive again";
    expect_acknowledged("drain", "DOWN");
}

// The order of docs/migration.md, there and back.
TEST_P(RemoteFirewallTest, NoCheckFailsOnTheWayFromOldRulesToZdrAndBack) {
    const App app("app", "::", 1000);
    GetParam().redirect();
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    load(kFollowed);
    GetParam().clear();
    ASSERT_TRUE(eventually([&] { return zdr().redirected("webA") > 3; })) << zdr().status();
    GetParam().redirect();
    unload();
    std::this_thread::sleep_for(stretched(1s));

    EXPECT_EQ(failed_checks(), 0);
    EXPECT_EQ(haproxy_status(), "UP");
}

TEST_P(RemoteFirewallTest, DrainIsNotAcknowledgedOnceARuleForwards) {
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();
    GetParam().redirect();

    expect_not_acknowledged("drain", "UP");

    GetParam().clear();
    ASSERT_TRUE(eventually([&] { return contains(zdr().status(), "\"counts\": true"); })) << "checks arrive again";
    expect_acknowledged("drain", "DOWN");
}

TEST_P(RemoteFirewallTest, ReadyIsNotAcknowledgedWhileTheStatusPortIsClosed) {
    GetParam().drop();
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("DOWN")) << haproxy_status();

    expect_not_acknowledged("ready", "DOWN");

    GetParam().clear();
    expect_reached("ready", "UP");
}

TEST_P(RemoteFirewallTest, ReadyIsNotAcknowledgedOnceTheStatusPortIsClosed) {
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();
    expect_acknowledged("drain", "DOWN");
    GetParam().drop();

    expect_not_acknowledged("ready", "DOWN");

    GetParam().clear();
    expect_reached("ready", "UP");
}

TEST_P(RemoteFirewallTest, DrainIsNotAcknowledgedOnceTheStatusPortIsClosed) {
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();
    GetParam().drop();
    ASSERT_TRUE(haproxy_shows("DOWN")) << haproxy_status();

    expect_not_acknowledged("drain", "DOWN");
    EXPECT_EQ(zdr().state("webA"), "ready") << "nobody's check arrives, so nothing was flipped";

    GetParam().clear();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();
    expect_acknowledged("drain", "DOWN");
}

INSTANTIATE_TEST_SUITE_P(By, RemoteFirewallTest, testing::ValuesIn(kTools),
                         [](const auto& tool) { return tool.param.name; });

}  // namespace
}  // namespace zdr::test
