// The table and the JSON of fixed data at a fixed time. No kernel needed.
#include "ctl/status/checkers_table.h"
#include "ctl/status/status_json.h"
#include "ctl/status/status_table.h"
#include "zdr/base/duration.h"
#include "zdr/base/text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "golden.h"
#include "table_test.h"
#include "zdr/base/duration.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using ctl::Colour;
using ctl::Layout;
using ctl::ServerStatus;
using ctl::Status;
using zdr::Now;

// 2026-01-01T10:00:00Z, a thousand hours after the boot.
constexpr Now kNow{1000h, 1767261600s};

Flip flip(State state, std::chrono::nanoseconds ago, std::string by, std::string reason) {
    Flip out;
    out.state = state;
    out.since_boot = kNow.boot - ago;
    out.since_unix = kNow.wall - ago;
    out.by = std::move(by);
    out.reason = std::move(reason);
    return out;
}

Checker haproxy(State state) {
    Checker out;
    out.from = "haproxy";
    out.last_boot = kNow.boot - 140ms;
    out.interval = 2s;
    out.asks = 600;
    (state == State::kReady ? out.redirected_streak : out.refused_streak) = 3;
    return out;
}

Status three_servers() {
    Server a = make_server("webA", "srvs", 1000);
    a.backup_status_port = Port(3000);
    Server b = make_server("webB", "srvs", 1001);
    b.addresses = {*Address::parse("10.0.0.1"), *Address::parse("2001:db8::1")};
    Server c = make_server("a-server-with-a-long-name", "", 1002);
    c.addresses = {};
    Flip leased = flip(State::kMaint, 3min, "root", "");
    leased.expires_boot = kNow.boot + 12min + 30s;
    return {
        .abi = 1,
        .hooks = {{"cgroup", "/sys/fs/cgroup", "", true}, {"tc", "eth0", "tcx", false}, {"tc", "eth1", "clsact", {}}},
        .servers = {{a,
                     flip(State::kDrain, 75s, "deploy", "release 42"),
                     {.counters = {1200, 3}, .checkers = {haproxy(State::kDrain)}},
                     SessionCounts{2, 1}},
                    {b, leased, {.counters = {18446744073709551615u, 0}, .checkers = {}}, SessionCounts{0, 12345}},
                    {c, {}, {}, {}}}};
}

Status one(Flip record) {
    return {.abi = 1, .hooks = {}, .servers = {{make_server("w", "", 1), record, {}, {}}}};
}

nlohmann::json first_server(const Status& status) {
    return nlohmann::json::parse(format_status_json(status, kNow, Layout::kOneLine))["servers"][0];
}

TEST(RenderCheckers, SaysWhoAsksWhichPortHowOftenAndWhatTheAnswerIs) {
    EXPECT_EQ(format_checkers_table(three_servers(), kNow),
              "NAME  PORT  CHECKER  INTERVAL  LAST       ANSWERS\n"
              "webA  2000  haproxy  2s        140ms ago  refused 3 times in a row\n");
}

TEST(RenderTable, OfThreeServersIsTheGoldenOne) {
    expect_golden("table.txt", format_status_table(three_servers(), kNow, Colour::kNo));
}

TEST(RenderTable, OnlyTheStatesAreColoured) {
    const std::string table = format_status_table(three_servers(), kNow, Colour::kYes);

    expect_golden("table-colour.txt", table);
    std::string plain = table;
    for (const std::string code : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"}) {
        for (auto at = plain.find(code); at != std::string::npos; at = plain.find(code)) plain.erase(at, code.size());
    }
    EXPECT_EQ(plain, format_status_table(three_servers(), kNow, Colour::kNo));
}

TEST(RenderJson, OfThreeServersIsTheGoldenOne) {
    expect_golden("status.json.txt", format_status_json(three_servers(), kNow, Layout::kIndented));
}

TEST(RenderJson, OnOneLineIsTheSameDocument) {
    const std::string line = format_status_json(three_servers(), kNow, Layout::kOneLine);

    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(nlohmann::ordered_json::parse(line),
              nlohmann::ordered_json::parse(format_status_json(three_servers(), kNow, Layout::kIndented)));
}

TEST(RenderJson, WithoutServersAndHooksHasEmptyLists) {
    EXPECT_EQ(format_status_json({.abi = 1, .hooks = {}, .servers = {}}, kNow, Layout::kOneLine),
              "{\"abi\":1,\"hooks\":[],\"servers\":[]}\n");
}

TEST(RenderJson, AnExpiredDrainIsReadySinceItsExpiry) {
    Flip record = flip(State::kDrain, 10min, "deploy", "release 42");
    record.expires_boot = kNow.boot - 4min;

    const auto server = first_server(one(record));

    EXPECT_EQ(server["state"], "ready");
    EXPECT_EQ(server["expires"], nullptr);
    EXPECT_EQ(server["since"], "2026-01-01T09:56:00Z");
}

TEST(RenderJson, ALeaseExpiresByTheClockOfTheWallAsItIsNow) {
    Flip record = flip(State::kDrain, 1min, "deploy", "");
    record.expires_boot = kNow.boot + 90s;
    record.since_unix += 5h;  // the wall clock was set back meanwhile

    EXPECT_EQ(first_server(one(record))["expires"], "2026-01-01T10:01:30Z");
}

TEST(RenderJson, BytesThatAreNoUtf8AreReplaced) {
    const auto server = first_server(one(flip(State::kDrain, 1min, "\xff", "caf\xc3\xa9 \xc3\x28")));

    EXPECT_EQ(server["by"], "\xef\xbf\xbd");
    EXPECT_EQ(server["reason"], "caf\xc3\xa9 \xef\xbf\xbd(");
}

TEST(Render, HugeAndNegativeTimesOfARecordAreNullOrFarAway) {
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

TEST(RenderTable, WhatSteersATerminalNeverReachesIt) {
    const Status status = one(flip(State::kDrain, 1min, "a\x1b[2J",
                                   "b\nc\x7f\xc2\x9b"
                                   "31m"));

    const std::string table = format_status_table(status, kNow, Colour::kNo);

    EXPECT_EQ(table.find('\x1b'), std::string::npos) << table;
    EXPECT_EQ(table.find('\x7f'), std::string::npos) << table;
    EXPECT_EQ(table.find("\xc2\x9b"), std::string::npos) << table;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
}

TEST(Text, SpansAreInTheirLargestFittingUnit) {
    EXPECT_EQ(format_span(0s), "0s");
    EXPECT_EQ(format_span(119s), "119s");
    EXPECT_EQ(format_span(120s), "2m");
    EXPECT_EQ(format_span(119min), "119m");
    EXPECT_EQ(format_span(47h), "47h");
    EXPECT_EQ(format_span(24 * 24h), "24d");
}

TEST(Text, WidthCountsCharactersAndNotBytes) {
    EXPECT_EQ(display_width("caf\xc3\xa9"), 4u);
}

}  // namespace
}  // namespace zdr::test
