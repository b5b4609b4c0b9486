// The tables of fixed data at a fixed time. No kernel needed.
#include "ctl/status/status_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/golden.h"
#include "ctl/status/checkers_table.h"
#include "three_servers.h"
#include "zdr/base/columns.h"
#include "zdr/base/duration.h"

namespace zdr::test {
namespace {

using ctl::Colour;

TEST(CheckersTable, SaysWhoAsksWhichPortHowOftenAndWhatTheAnswerIs) {
    EXPECT_EQ(format_checkers_table(three_servers(), kNow),
              "NAME  PORT  CHECKER  INTERVAL  LAST       ANSWERS\n"
              "webA  2000  haproxy  2s        140ms ago  refused 3 times in a row\n");
}

TEST(StatusTable, OfThreeServersIsTheGoldenOne) {
    expect_golden("table.txt", format_status_table(three_servers(), kNow, Colour::kNo));
}

TEST(StatusTable, ShowsWhereTheAppIsAndWhatEndsAState) {
    Status status;
    ServerStatus one;
    one.server.name = "webA";
    one.server.app_port = Port(1000);
    one.server.handover_ports = PortRange{21000, 21009};
    one.flip.state = State::kDrain;
    one.flip.since_boot = kNow.boot;
    one.flip.until_listening = true;
    one.flip.active_port = Port(21001);
    status.servers.push_back(one);

    const std::string table = format_status_table(status, kNow, Colour::kNo);

    EXPECT_NE(table.find(" 1000>21001 "), std::string::npos) << table;
    EXPECT_NE(table.find(" drain until it listens "), std::string::npos) << table;
}

TEST(StatusTable, OnlyTheStatesAreColoured) {
    const std::string table = format_status_table(three_servers(), kNow, Colour::kYes);

    expect_golden("table-colour.txt", table);
    std::string plain = table;
    for (const std::string code : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"}) {
        for (auto at = plain.find(code); at != std::string::npos; at = plain.find(code)) plain.erase(at, code.size());
    }
    EXPECT_EQ(plain, format_status_table(three_servers(), kNow, Colour::kNo));
}

TEST(StatusTable, FitsIntoTheRoomAndAlwaysHasNameAndState) {
    for (std::size_t room = 40; room < 200; ++room) {
        const ctl::StatusTable table(three_servers(), kNow, Colour::kNo, room);

        std::istringstream lines(table.text());
        for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), room) << line;
        EXPECT_NE(table.text().find("a-server-"), std::string::npos) << table.text();
        EXPECT_NE(table.text().find("maint 12m left"), std::string::npos) << table.text();
    }
}

TEST(StatusTable, LeavesOutWhatIsReadLeastFirst) {
    const auto left_out = [](std::size_t room) {
        const ctl::StatusTable table(three_servers(), kNow, Colour::kNo, room);
        std::string out;
        for (const std::string_view one : table.left_out()) out.append(out.empty() ? "" : " ").append(one);
        return out;
    };

    EXPECT_EQ(left_out(200), "");
    EXPECT_EQ(left_out(40), "BACKEND ADDRESS PORT STATUS-PORT BY SESSIONS REDIRECTED REFUSED REASON");
    std::size_t fewest = 0;
    for (std::size_t room = 200; room > 30; --room) {
        EXPECT_GE(left_out(room).size(), fewest) << room;
        fewest = left_out(room).size();
    }
}

TEST(StatusTable, AFlipOfBeforeThisBootIsAsOldAsItIs) {
    const std::string table =
        format_status_table(one(flip(State::kDrain, kNow.boot + 1h, "deploy", "")), kNow, Colour::kNo);

    EXPECT_NE(table.find(format_span(std::chrono::floor<std::chrono::seconds>(kNow.boot + 1h)) + " ago"), table.npos)
        << table;
}

TEST(StatusTable, WhatSteersATerminalNeverReachesIt) {
    const Status status = one(flip(State::kDrain, 1min, "a\x1b[2J",
                                   "b\nc\x7f\xc2\x9b"
                                   "31m"));

    const std::string table = format_status_table(status, kNow, Colour::kNo);

    EXPECT_EQ(table.find('\x1b'), std::string::npos) << table;
    EXPECT_EQ(table.find('\x7f'), std::string::npos) << table;
    EXPECT_EQ(table.find("\xc2\x9b"), std::string::npos) << table;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
}

}  // namespace
}  // namespace zdr::test
