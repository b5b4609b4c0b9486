// The JSON of fixed data at a fixed time. No kernel needed.
#include "ctl/status/status_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/golden.h"
#include "ctl/status/status_table.h"
#include "three_servers.h"

namespace zdr::test {
namespace {

using ctl::Colour;
using ctl::Layout;

nlohmann::json first_server(const Status& status) {
    return nlohmann::json::parse(format_status_json(status, kNow, Layout::kOneLine))["servers"][0];
}

TEST(StatusJson, OfThreeServersIsTheGoldenOne) {
    expect_golden("status.json.txt", format_status_json(three_servers(), kNow, Layout::kIndented));
}

TEST(StatusJson, OnOneLineIsTheSameDocument) {
    const std::string line = format_status_json(three_servers(), kNow, Layout::kOneLine);

    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(nlohmann::ordered_json::parse(line),
              nlohmann::ordered_json::parse(format_status_json(three_servers(), kNow, Layout::kIndented)));
}

TEST(StatusJson, WithoutServersAndHooksHasEmptyLists) {
    EXPECT_EQ(format_status_json({.abi = 1, .hooks = {}, .servers = {}}, kNow, Layout::kOneLine),
              "{\"abi\":1,\"hooks\":[],\"servers\":[]}\n");
}

TEST(StatusJson, AnExpiredDrainIsReadySinceItsExpiry) {
    Flip record = flip(State::kDrain, 10min, "deploy", "release 42");
    record.expires_boot = kNow.boot - 4min;

    const auto server = first_server(one(record));

    EXPECT_EQ(server["state"], "ready");
    EXPECT_EQ(server["expires"], nullptr);
    EXPECT_EQ(server["since"], "2026-01-01T09:56:00Z");
}

TEST(StatusJson, ALeaseExpiresByTheClockOfTheWallAsItIsNow) {
    Flip record = flip(State::kDrain, 1min, "deploy", "");
    record.expires_boot = kNow.boot + 90s;
    record.since_unix += 5h;  // the wall clock was set back meanwhile

    EXPECT_EQ(first_server(one(record))["expires"], "2026-01-01T10:01:30Z");
}

TEST(StatusJson, BytesThatAreNoUtf8AreReplaced) {
    const auto server = first_server(one(flip(State::kDrain, 1min, "\xff", "caf\xc3\xa9 \xc3\x28")));

    EXPECT_EQ(server["by"], "\xef\xbf\xbd");
    EXPECT_EQ(server["reason"], "caf\xc3\xa9 \xef\xbf\xbd(");
}

TEST(StatusJson, HugeAndNegativeTimesOfARecordAreNullOrFarAway) {
    for (const std::int64_t time : {std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
        Flip record = flip(State::kDrain, 0s, "", "");
        record.since_boot = record.since_unix = std::chrono::nanoseconds(time);
        record.expires_boot = std::chrono::nanoseconds(time);

        const auto server = first_server(one(record));
        const std::string table = format_status_table(one(record), kNow, Colour::kNo);

        EXPECT_EQ(server["state"], "drain");
        EXPECT_TRUE(server["since"].is_null() || server["since"] > "2200");
        EXPECT_GT(server["expires"], "2200");
        EXPECT_NE(table.find("d left"), std::string::npos) << table;
    }
}

}  // namespace
}  // namespace zdr::test
