// What makes one set of servers another, and how it is told.
#include "zdr/model/server_changes.h"

#include <gtest/gtest.h>

#include "zdr/config/server_keys.h"

namespace zdr::test {
namespace {

Server server(const std::string& name, std::uint16_t port) {
    Server out;
    out.name = name;
    out.app_port = Port(port);
    out.status_port = Port(static_cast<std::uint16_t>(port + 1000));
    return out;
}

TEST(ServerChanges, TellsAddedChangedRemovedAndUnchanged) {
    const std::vector<Server> before = {server("d", 4), server("a", 1), server("b", 2)};
    const std::vector<Server> after = {server("c", 3), server("b", 20), server("d", 4)};

    const Changes changes = compare_servers(before, after);

    EXPECT_EQ(changes.added, std::vector{server("c", 3)});
    ASSERT_EQ(changes.changed.size(), 1u);
    EXPECT_EQ(changes.changed[0].before, server("b", 2));
    EXPECT_EQ(changes.changed[0].after, server("b", 20));
    EXPECT_EQ(changes.removed, std::vector{server("a", 1)});
    EXPECT_EQ(changes.unchanged, 1u);
    EXPECT_FALSE(changes.empty());
}

TEST(ServerChanges, PairsAreInTheOrderOfNames) {
    const std::vector<Server> before = {server("a", 1), server("b", 2), server("e", 5)};
    const std::vector<Server> after = {server("b", 20), server("c", 3), server("d", 4)};

    std::vector<std::string> names;
    for (const ServerPair& pair : pair_servers(by_name(before), by_name(after)))
        names.push_back((pair.before == nullptr ? "+" : pair.before->name) +
                        (pair.after == nullptr ? "-" : pair.after->name));

    EXPECT_EQ(names, (std::vector<std::string>{"a-", "bb", "+c", "+d", "e-"}));
    EXPECT_TRUE(pair_servers({}, {}).empty());
}

TEST(ServerChanges, OfTheSameSetInAnotherOrderThereAreNone) {
    const std::vector<Server> before = {server("a", 1), server("b", 2)};
    const std::vector<Server> after = {server("b", 2), server("a", 1)};

    EXPECT_TRUE(compare_servers(before, after).empty());
    EXPECT_EQ(compare_servers({}, {}).unchanged, 0u);
}

TEST(ServerChanges, SettingsAreWhatIsNotTheDefault) {
    EXPECT_EQ(format_settings(server("a", 1000)), "port 1000, status-port 2000");

    Server all = server("a", 1);
    all.addresses = {*Address::parse("127.0.0.1"), *Address::parse("::1")};
    all.backup_status_port = Port(3000);
    all.backends = {"srvs"};
    all.fall = 5;
    all.inter = std::chrono::milliseconds(1500);
    all.start = Start::kLast;
    EXPECT_EQ(format_settings(all),
              "address 127.0.0.1,::1, port 1, status-port 1001, backup-status-port 3000, backend srvs, fall 5, "
              "inter 1500ms, start last");
}

TEST(ServerChanges, ADifferenceNamesBothSides) {
    Server other = server("a", 1001);
    other.backends = {"srvs"};

    EXPECT_EQ(format_difference(server("a", 1000), other),
              "port 1000 -> 1001, status-port 2000 -> 2001, backend none -> srvs");
    EXPECT_EQ(format_difference(other, other), "");

    Server named = server("a", 1001);
    named.backends = {"srvs"};
    named.checkers = {{"10.0.0.9", false}, {"haproxy", true}};
    EXPECT_EQ(format_difference(other, named), "checkers any -> 10.0.0.9 local:haproxy");
}

TEST(ServerKeys, MakeTheServerOfTheirValues) {
    const std::vector<std::pair<std::string, std::string>> settings = {
        {"status-port", "2000"}, {"port", "1000"}, {"address", "127.0.0.1"}, {"address", "::1"}, {"inter", "500ms"}};

    const auto made = make_server("webA", settings);

    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(format_settings(*made), "address 127.0.0.1,::1, port 1000, status-port 2000, inter 500ms");
}

}  // namespace
}  // namespace zdr::test
