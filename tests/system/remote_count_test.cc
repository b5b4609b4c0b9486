// What makes the kernel look for a listener more than once, or later: each attempt to connect counts once all the same.
#include <netinet/in.h>
#include <sys/socket.h>

#include <list>
#include <thread>

#include "remote_firewall.h"
#include "remote_hosts.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

void use_cookies() {
    set_sysctl("ipv4/tcp_syncookies", "2");
}

// The rule looks for the packet's socket before the kernel itself does.
void match_sockets_by_iptables(Iptables kind) {
    for (const auto add : {iptables, ip6tables})
        add(kind, {"-t", "mangle", "-A", "PREROUTING", "-p", "tcp", "-m", "socket", "-j", "MARK", "--set-mark", "7"});
}

void match_sockets_by_nft() {
    nft("table inet match { chain pre { type filter hook prerouting priority -150; "
        "socket wildcard 0 meta mark set 7; socket transparent 1 meta mark set 8; }; }");
}

struct Look {
    const char* name;
    void (*set_up)();
};

void PrintTo(const Look& look, std::ostream* out) {
    *out << look.name;
}

const Look kLooks[] = {
    {"Once", [] {}},
    {"OfSynCookies", use_cookies},
    {"OfIptablesLegacySocket", [] { match_sockets_by_iptables(Iptables::kLegacy); }},
    {"OfIptablesNftSocket", [] { match_sockets_by_iptables(Iptables::kNft); }},
    {"OfNftSocket", match_sockets_by_nft},
    {"OfNftSocketAndSynCookies",
     [] {
         use_cookies();
         match_sockets_by_nft();
     }},
};

class RemoteLookTest : public RemoteTest, public testing::WithParamInterface<Look> {};

TEST_P(RemoteLookTest, EachConnectionCountsOnce) {
    GetParam().set_up();
    load(kRemoteWebA);
    const App app("app", "::", 1000);

    for (int i = 0; i < 50; ++i) ASSERT_EQ(ask_client(kServerAddresses[i % 2], 2000), "app") << i;
    EXPECT_EQ(zdr().redirected("webA"), 50);
    EXPECT_EQ(zdr().refused("webA"), 0);

    flip("drain", "webA");
    for (int i = 0; i < 50; ++i) ASSERT_EQ(ask_client(kServerAddresses[i % 2], 2000), "ECONNREFUSED") << i;
    EXPECT_EQ(zdr().redirected("webA"), 50);
    EXPECT_EQ(zdr().refused("webA"), 50);
}

INSTANTIATE_TEST_SUITE_P(Looks, RemoteLookTest, testing::ValuesIn(kLooks),
                         [](const auto& look) { return look.param.name; });

using RemoteCountTest = RemoteTest;

// Connects from one port again and again: a check is told from a packet sent again.
TEST_F(RemoteCountTest, ACheckersPortCountsEachTime) {
    load("[server.webA]\nport = 1000\nstatus-port = 2000\ninter = 100ms\n");
    flip("drain", "webA");

    for (int i = 0; i < 3; ++i) {
        for (const char* address : kServerAddresses)
            ASSERT_EQ(connect_from(client(), address, 2000, from_port(Place(address, 0).family(), 40000)).refusal(),
                      "ECONNREFUSED");
        std::this_thread::sleep_for(std::chrono::milliseconds(300));  // three of its intervals
    }

    EXPECT_EQ(zdr().refused("webA"), 6);
}

// While the app does not accept, its queue is full: the SYN of a check is sent again until there is room.
TEST_F(RemoteCountTest, ACheckThatWaitsForRoomCountsOnce) {
    load(kRemoteWebA);
    const Attempt listening = bind_to("10.9.0.1", 1000, {.type = SOCK_STREAM | SOCK_NONBLOCK});
    ASSERT_EQ(listening.refusal(), "");
    ASSERT_EQ(listen(listening.fd.get(), 0), 0);
    ASSERT_EQ(connect_client("10.9.0.1", 1000).refusal(), "");
    std::list<UniqueFd> accepted;

    Attempt check;
    client().run([&] { check = connect_to("10.9.0.1", 2000, {.type = SOCK_STREAM | SOCK_NONBLOCK}); });
    ASSERT_EQ(check.refusal(), "EINPROGRESS");
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // the first time that it is sent again is after 1 s
    EXPECT_EQ(zdr().redirected("webA"), 0);
    ASSERT_TRUE(eventually([&] {
        accepted.emplace_back(accept4(listening.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!accepted.back()) accepted.pop_back();
        return accepted.size() == 2;
    }));

    EXPECT_EQ(zdr().redirected("webA"), 1);
    EXPECT_EQ(zdr().refused("webA"), 0);
}

}  // namespace
}  // namespace zdr::test
