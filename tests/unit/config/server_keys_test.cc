// What each key of a server may be, as a configuration that is read shows it.
#include "zdr/config/server_keys.h"

#include <gtest/gtest.h>

#include "config_text.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

TEST(ServerKeys, Every) {
    const auto config = parse_config(R"(
[server.webA]
address = 127.0.0.1
address = 2001:db8::1
port = 1000
status-port = 2000
backup-status-port = 3000
backend = srvs
backend = mirror
checks = 2
fall = 4
rise = 5
inter = 500ms
fastinter = 100ms
downinter = 1m
check-uri = /health
check-host = app.example.org
check-status = 200-299,404
check-method = OPTIONS
check-timeout = 10s
check-ssl = yes
check-complete = no
checkers = 10.0.0.9 local:haproxy
checkers = ::ffff:10.0.0.10
unchecked = yes
replace-listener = yes
start = last
)",
                                     "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    Server expected;
    expected.name = "webA";
    expected.addresses = {*Address::parse("127.0.0.1"), *Address::parse("2001:db8::1")};
    expected.app_port = Port(1000);
    expected.status_port = Port(2000);
    expected.backup_status_port = Port(3000);
    expected.backends = {"srvs", "mirror"};
    expected.checks = 2;
    expected.fall = 4;
    expected.rise = 5;
    expected.inter = 500ms;
    expected.fastinter = 100ms;
    expected.downinter = 1min;
    expected.health = {.uri = "/health",
                       .host = "app.example.org",
                       .statuses = {{200, 299}, {404, 404}},
                       .is_encrypted = true,
                       .method = HttpMethod::kOptions,
                       .timeout = 10s,
                       .is_complete = false};
    expected.checkers = {{"10.0.0.9", false}, {"haproxy", true}, {"10.0.0.10", false}};
    expected.unchecked = true;
    expected.replace_listener = true;
    expected.start = Start::kLast;
    ASSERT_EQ(config->servers.size(), 1U);
    EXPECT_EQ(config->servers[0], expected);
}

TEST(ServerKeys, AServersDefaults) {
    const auto config = parse_config(kMinimal, "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    Server expected;
    expected.name = "webA";
    expected.app_port = Port(1000);
    expected.status_port = Port(2000);
    ASSERT_EQ(config->servers.size(), 1U);
    EXPECT_EQ(config->servers[0], expected);
    EXPECT_TRUE(config->servers[0].addresses.empty());
}

TEST(ServerKeys, IntervalsHaveAUnitAndASensibleLength) {
    for (const std::string key : {"inter", "fastinter", "downinter"}) {
        EXPECT_EQ(error_of(std::string(kMinimal) + key + " = 2\n"),
                  "zdr.conf:4: " + key + ": \"2\" has no unit; write 2ms, as HAProxy reads it, or 2s");
        EXPECT_EQ(error_of(std::string(kMinimal) + key + " = 9ms\n"),
                  "zdr.conf:4: " + key + ": \"9ms\" is shorter than 10ms");
    }
}

TEST(ServerKeys, CheckersAreAddressesOrLocalNames) {
    for (const std::string value : {"10.0.0", "local:", "local:a b", "haproxy", "local:0123456789abcdef", "local:\x01"})
        EXPECT_TRUE(
            error_of(std::string(kMinimal) + "checkers = " + value + "\n").starts_with("zdr.conf:4: checkers: "))
            << value;
    EXPECT_TRUE(error_of(std::string(kMinimal) + "checkers = ::1 ::1\n").ends_with("\"::1\" is there twice"));
}

TEST(ServerKeys, Addresses) {
    EXPECT_TRUE(parse_config(with("address = *"), "f")->servers[0].addresses.empty());
    EXPECT_EQ(parse_config(with("address = 10.0.0.1"), "f")->servers[0].addresses.size(), 1U);
    EXPECT_EQ(parse_config(with("address = [::1]"), "f")->servers[0].addresses[0], *Address::parse("::1"));
}

TEST(ServerKeys, AsManyAddressesAsTheRecordHolds) {
    std::string nine;
    for (int i = 1; i <= 9; ++i) nine += "address = 10.0.0." + std::to_string(i) + "\n";
    const std::string three = "address = 2001:db8::1\naddress = 10.0.0.1\naddress = 2001:db8::2\n";

    for (const std::string& lines : {nine, three}) {
        const auto config = parse_config(kMinimal + lines, "f");
        ASSERT_TRUE(config) << config.error().text;
    }
    EXPECT_EQ(
        error_of(kMinimal + nine + "address = 10.0.0.10"),
        "zdr.conf:13: address: the addresses of a server take 40 bytes (IPv4 4, IPv6 16), and at most 36 fit; * is "
        "every address of this host");
    EXPECT_EQ(
        error_of(kMinimal + three + "address = ::1"),
        "zdr.conf:7: address: the addresses of a server take 52 bytes (IPv4 4, IPv6 16), and at most 36 fit; * is "
        "every address of this host");
}

TEST(ServerKeys, BadAddresses) {
    const std::string alone = "zdr.conf:5: address: * means every address; it stands alone";

    EXPECT_EQ(error_of(with("address = *\naddress = 10.0.0.1")), alone);
    EXPECT_EQ(error_of(with("address = 10.0.0.1\naddress = *")), alone);
    EXPECT_EQ(error_of(with("address = *\naddress = *")), alone);
    EXPECT_EQ(error_of(with("address = 10.0.0.1\naddress = 10.0.0.1")),
              "zdr.conf:5: address: \"10.0.0.1\" is there twice");
    EXPECT_EQ(error_of(with("address = 10.0.0.1\naddress = ::ffff:10.0.0.1")),
              "zdr.conf:5: address: \"::ffff:10.0.0.1\" is there twice");
    EXPECT_EQ(error_of(with("address = 10.0.0.1, 10.0.0.2")),
              "zdr.conf:4: address: \"10.0.0.1, 10.0.0.2\" is not an IPv4 or IPv6 address");
    EXPECT_EQ(error_of(with("address = 0.0.0.0")),
              "zdr.conf:4: address: \"0.0.0.0\" is no host's address; for every address write *");
}

TEST(ServerKeys, BadValuesOfAServersKeys) {
    const std::pair<std::string, std::string> cases[] = {
        {"backup-status-port = 0", "backup-status-port: \"0\" is not a port (1 to 65535)"},
        {"backup-status-port =", "backup-status-port: \"\" is not a port (1 to 65535)"},
        {"backend =", "backend: a name is empty"},
        {"backend = a b", "backend: name \"a b\" may have only letters, digits and - _ . :"},
        {"fall = 0", "fall: \"0\" is not a number of checks (1 to 65535)"},
        {"fall = 65536", "fall: \"65536\" is not a number of checks (1 to 65535)"},
        {"rise = -1", "rise: \"-1\" is not a number of checks (1 to 65535)"},
        {"rise = 2x", "rise: \"2x\" is not a number of checks (1 to 65535)"},
        {"inter = 0", "inter: \"0\" has no unit; write 0ms, as HAProxy reads it, or 0s"},
        {"inter = 999us", "inter: \"999us\" is shorter than 10ms"},
        {"inter = 25d", "inter: \"25d\" is longer than 24 days"},
        {"inter = soon", "inter: \"soon\" is not a time; write a number and a unit, such as 500ms, 2s or 15m"},
        {"start = stop", "start: \"stop\" is not ready, drain, maint or last"},
    };
    for (const auto& [line, text] : cases) EXPECT_EQ(error_of(with(line)), "zdr.conf:4: " + text);
}

TEST(ServerKeys, LargestNumbers) {
    EXPECT_EQ(parse_config(with("inter = 1500ms"), "f")->servers[0].inter, 1500ms);
    EXPECT_EQ(parse_config(with("fall = 65535"), "f")->servers[0].fall, 65535);
}

TEST(ServerKeys, AServerIsPublishedAsItSays) {
    EXPECT_EQ(parse_config(kMinimal, "zdr.conf")->servers[0].published, Published::kAuto);
    EXPECT_EQ(parse_config(with("published = yes"), "zdr.conf")->servers[0].published, Published::kYes);
    EXPECT_EQ(parse_config(with("published = no"), "zdr.conf")->servers[0].published, Published::kNo);
    EXPECT_EQ(error_of(with("published = maybe")), "zdr.conf:4: published: \"maybe\" is not auto, yes or no");
}

}  // namespace
}  // namespace zdr::test
