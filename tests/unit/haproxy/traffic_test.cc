#include "zdr/haproxy/traffic.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

Result<Address> known(const std::string& host) {
    if (host == "app1") return *Address::parse("10.0.0.1");
    return fail(Errc::kFailed, "no such host");
}

// "bind 7" or "server 9"; empty: nothing is there.
std::string use(const std::string& text, const std::string& address, std::uint16_t port) {
    const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string& name) {
        return name == "ADDRESS" ? std::optional<std::string>("10.0.0.3") : std::nullopt;
    });
    EXPECT_TRUE(config) << (config ? "" : config.error().text);
    const HaproxyResolver resolver = known;
    const auto found = HaproxyTraffic(*config, resolver).find({*Address::parse(address), Port(port)});
    return found ? (found->is_bind ? "bind " : "server ") + std::to_string(found->line) : "";
}

TEST(HaproxyTraffic, IsWhereHaproxyListens) {
    const std::string binds =
        "listen l\n bind 127.0.0.1:1001,[::1]:1002-1004\n bind ipv4@10.0.0.2:1005 ssl crt x.pem\n"
        " bind $ADDRESS:1006\n bind /run/h.sock\n bind unix@/run/h:1007\n";
    EXPECT_EQ(use(binds, "127.0.0.1", 1001), "bind 2");
    EXPECT_EQ(use(binds, "127.0.0.2", 1001), "");
    EXPECT_EQ(use(binds, "::1", 1002), "bind 2");
    EXPECT_EQ(use(binds, "::1", 1004), "bind 2");
    EXPECT_EQ(use(binds, "::1", 1005), "");
    EXPECT_EQ(use(binds, "10.0.0.2", 1005), "bind 3");
    EXPECT_EQ(use(binds, "10.0.0.3", 1006), "bind 4");
    EXPECT_EQ(use("peers p\n bind 127.0.0.1:1001\n", "127.0.0.1", 1001), "bind 2");
    EXPECT_EQ(use("global\n stats socket ipv4@127.0.0.1:1001 level user\n", "127.0.0.1", 1001), "bind 2");
}

TEST(HaproxyTraffic, ABindToEveryAddressCountsForHaproxysOwnHost) {
    for (const char* bind : {"*:80", ":80", "0.0.0.0:80", ":::80", "[::]:80"}) {
        const std::string text = "frontend f\n bind " + std::string(bind) + "\n bind 10.0.0.9:81\n";
        EXPECT_EQ(use(text, "127.0.0.1", 80), "bind 2") << bind;
        EXPECT_EQ(use(text, "::1", 80), "bind 2") << bind;
        EXPECT_EQ(use(text, "10.0.0.9", 80), "bind 2") << bind << ": it is named in the other line";
        EXPECT_EQ(use(text, "10.0.0.1", 80), "") << bind << ": that may be another host";
    }
}

TEST(HaproxyTraffic, IsWhereServersAre) {
    const std::string servers =
        "backend b\n server a 10.0.0.5:1000\n server b app1:1000 check port 2000\n server c nowhere:1000\n"
        " server d 10.0.0.6\n server e *:1000\n";
    EXPECT_EQ(use(servers, "10.0.0.5", 1000), "server 2");
    EXPECT_EQ(use(servers, "10.0.0.1", 1000), "server 3");
    EXPECT_EQ(use(servers, "10.0.0.1", 2000), "") << "that is checked alone";
    EXPECT_EQ(use(servers, "10.0.0.6", 1000), "");
}

}  // namespace
}  // namespace zdr
