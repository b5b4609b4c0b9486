// The last flips of servers that start as they were, as texts of files.
#include "zdr/model/last_flips.h"

#include <gtest/gtest.h>

#include <utility>

#include "zdr/model/initial_state.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kUnix = 1'700'000'000s;

Flip drained(nanoseconds now_boot) {
    Flip out;
    out.state = State::kDrain;
    out.since_boot = now_boot - 10min;
    out.since_unix = kUnix - 10min;
    out.uid = 1001;
    out.by = "deploy";
    out.reason = "release 42";
    return out;
}

TEST(LastFlip, IsTheSameOverAReboot) {
    const std::string text = format_last_flip(drained(1h), 1h, kUnix);

    const auto flip = parse_last_flip(text, 5s, kUnix + 1h);  // the machine was off for an hour

    ASSERT_TRUE(flip) << flip.error().text;
    EXPECT_EQ(flip->state, State::kDrain);
    EXPECT_EQ(flip->since_unix, kUnix - 10min);
    EXPECT_EQ(flip->since_boot, 5s - 70min) << "before this boot";
    EXPECT_EQ(flip->uid, 1001U);
    EXPECT_EQ(flip->by, "deploy");
    EXPECT_EQ(flip->reason, "release 42");
    EXPECT_FALSE(flip->expires_boot);
}

TEST(LastFlip, ALeaseKeepsItsEnd) {
    Flip lease = drained(1h);
    lease.expires_boot = 1h + 50min;
    const std::string text = format_last_flip(lease, 1h, kUnix);

    const auto flip = parse_last_flip(text, 5s, kUnix + 20min);
    ASSERT_TRUE(flip);
    EXPECT_EQ(flip->expires_boot, 5s + 30min);
    EXPECT_EQ(flip->effective(5s), State::kDrain);

    const auto over = parse_last_flip(text, 5s, kUnix + 50min);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->since_boot.count(), 0);
    EXPECT_EQ(over->effective(5s), State::kReady);
}

TEST(LastFlip, TellsWhereTheAppIsAlsoWhenItsLeaseIsOver) {
    Flip lease = drained(1h);
    lease.expires_boot = 1h + 50min;
    lease.active_port = Port(21001);
    const std::string text = format_last_flip(lease, 1h, kUnix);

    const auto flip = parse_last_flip(text, 5s, kUnix + 20min);
    const auto over = parse_last_flip(text, 5s, kUnix + 50min);

    ASSERT_TRUE(flip && over);
    EXPECT_EQ(flip->active_port, Port(21001));
    EXPECT_EQ(over->active_port, Port(21001));
    EXPECT_EQ(over->effective(5s), State::kReady);
    for (const char* odd : {"0", "65536", "-1", "\"1\"", "1.5"})
        EXPECT_FALSE(
            parse_last_flip(R"({"state":"drain","since":5,"active_port":)" + std::string(odd) + "}", 5s, kUnix))
            << odd;
}

// Whatever listens now is a new app.
TEST(LastFlip, AStateThatLastsUntilTheAppListensEndsWithAReboot) {
    Flip until = drained(1h);
    until.until_listening = true;
    const auto same_boot = parse_last_flip(format_last_flip(until, 1h, kUnix), 1h + 5s, kUnix + 5s);
    const auto rebooted = parse_last_flip(format_last_flip(until, 1h, kUnix), 5s, kUnix + 1h);
    ASSERT_TRUE(same_boot && rebooted);
    Server server;
    server.name = "webA";
    server.start = Start::kLast;

    const Flip kept = InitialState{.by = "", .last_flips = {{"webA", *same_boot}}}.flip_of(server);
    const Flip ended = InitialState{.by = "", .last_flips = {{"webA", *rebooted}}}.flip_of(server);

    EXPECT_EQ(kept.state, State::kDrain);
    EXPECT_TRUE(kept.until_listening);
    EXPECT_EQ(ended.state, State::kReady);
    EXPECT_FALSE(ended.until_listening);
}

// No clock with a battery: it begins in 1970.
TEST(LastFlip, AClockThatWentBackMakesNoLeasePermanent) {
    Flip lease = drained(1h);
    lease.expires_boot = 1h + 50min;
    const std::string text = format_last_flip(lease, 1h, kUnix);

    const auto flip = parse_last_flip(text, 5s, 10s);

    ASSERT_TRUE(flip);
    EXPECT_EQ(flip->expires_boot, 5s + 60min) << "its whole time";
    EXPECT_EQ(flip->since_boot, 5s);
}

// The unload writes it while the clock is still behind.
TEST(LastFlip, ALeaseFromTheFutureIsWrittenAndRead) {
    Flip lease = drained(1h);
    lease.expires_boot = 1h + 50min;

    const auto flip = parse_last_flip(format_last_flip(lease, 1h, 10s), 5s, 20s);

    ASSERT_TRUE(flip) << flip.error().text;
    EXPECT_EQ(flip->expires_boot, 5s + 50min - 10s);
}

TEST(LastFlip, WhatIsBrokenIsASentence) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "it is no JSON at byte 1"},
        {R"({"state":"drain","si)", "it is no JSON at byte 21"},
        {"[]", "it is no JSON object"},
        {"5", "it is no JSON object"},
        {R"({"state":5})", "\"state\" is not ready, drain or maint"},
        {R"({"since":5})", "\"state\" is not ready, drain or maint"},
        {R"({"state":"down","since":5})", "\"state\" is not ready, drain or maint"},
        {R"({"state":"drain"})", "\"since\" is no time"},
        {R"({"state":"drain","since":"5"})", "\"since\" is no time"},
        {R"({"state":"drain","since":-5})", "\"since\" is no time"},
        {R"({"state":"drain","since":1.5})", "\"since\" is no time"},
        {R"({"state":"drain","since":18446744073709551615})", "\"since\" is no time"},
        {R"({"state":"drain","since":9223372036854775807})", "\"since\" is no time"},
        {R"({"state":"drain","since":1e999})", "a number in it is too large"},
        {R"({"state":"drain","since":5,"uid":4294967296})", "\"uid\" is no user"},
        {R"({"state":"drain","since":5,"uid":-1})", "\"uid\" is no user"},
        {R"({"state":"drain","since":5,"expires":"6"})", "\"expires\" is no time, or before \"since\""},
        {R"({"state":"drain","since":5,"expires":4})", "\"expires\" is no time, or before \"since\""},
    };
    for (const auto& [text, error] : cases) {
        const auto flip = parse_last_flip(text, 1h, kUnix);
        ASSERT_FALSE(flip) << text;
        EXPECT_EQ(flip.error().text, error) << text;
    }
    const std::string deep(4000, '[');
    EXPECT_FALSE(parse_last_flip(deep, 1h, kUnix));
    const std::string long_reason = R"({"state":"drain","since":5,"reason":")" + std::string(200, 'x') + "\"}";
    EXPECT_FALSE(parse_last_flip(long_reason, 1h, kUnix));
}

// A member of the group may write any text there.
TEST(LastFlip, HostileTextIsMadePrintable) {
    const auto flip = parse_last_flip(R"({"state":"drain","since":5,"by":"\u001b[2J","reason":"a\u202eb"})", 1h, kUnix);
    ASSERT_TRUE(flip) << flip.error().text;
    EXPECT_EQ(flip->by, "?[2J");
    EXPECT_EQ(flip->reason, "a?b");
}

TEST(EscapePath, NoTwoPathsAreOneName) {
    EXPECT_EQ(escape_path("/run/zdr"), "run-zdr");
    EXPECT_EQ(escape_path("/run/zdr-a"), "run-zdr\\x2da");
    EXPECT_EQ(escape_path("/run/zdr/a"), "run-zdr-a");
    EXPECT_NE(escape_path("/run/zdr\\x2da"), escape_path("/run/zdr-a"));
    EXPECT_EQ(escape_path("/"), "");
    EXPECT_EQ(escape_path(""), "");
}

}  // namespace
}  // namespace zdr::test
