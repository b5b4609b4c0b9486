// zdrctl metrics: fixed data at a fixed time, hostile data, and a real table.
#include "ctl/status/metrics_text.h"
#include "exposition.h"
#include "golden.h"
#include "support/deadline.h"
#include "table_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using ctl::Status;
using zdr::Now;

// 2026-01-01T10:00:00Z, a thousand hours after the boot.
constexpr Now kNow{1000h, 1767261600s};

Checker checker(const std::string& from, std::chrono::nanoseconds ago) {
    Checker out;
    out.from = from;
    out.last_boot = kNow.boot - ago;
    return out;
}

Flip drain(std::chrono::nanoseconds ago) {
    Flip out;
    out.state = State::kDrain;
    out.since_boot = kNow.boot - ago;
    out.since_unix = kNow.wall - ago;
    return out;
}

Status three_servers() {
    Server a = make_server("webA", "srvs", 1000);
    a.backup_status_port = Port(3000);
    Flip leased = drain(75s);
    leased.expires_boot = kNow.boot + 90s + 250ms;
    Checker often = checker("haproxy", 140ms);
    often.interval = 2s;
    often.refused_streak = 3;
    Checker remote = checker("2001:db8::9", 1h);
    remote.hook = Checker::Hook::kLookup;
    remote.is_backup = true;
    remote.redirected_streak = 65535;
    Flip expired = drain(10min);
    expired.expires_boot = kNow.boot - 4min;
    return {.abi = 1,
            .hooks = {{"cgroup", "/sys/fs/cgroup", "", true}, {"tc", "eth0", "tcx", false}, {"tc", "eth1", "tcx", {}}},
            .servers = {{a, leased, {.counters = {1200, 3}, .checkers = {often, remote}}, SessionCounts{2, 1}},
                        {make_server("webB", "srvs", 1001), expired, {}, SessionCounts{0, 0}},
                        {make_server("lone", "", 1002), {}, {.counters = {18446744073709551615u, 0}}, {}}}};
}

std::map<std::string, std::string> samples(const Status& status) {
    return Exposition(format_metrics(status, kNow)).samples();
}

TEST(RenderMetrics, OfThreeServersIsTheGoldenOneAndStrictlyOfTheFormat) {
    const std::string text = format_metrics(three_servers(), kNow);

    expect_golden("metrics.txt", text);
    EXPECT_NO_THROW(Exposition{text});
}

TEST(RenderMetrics, UnknownValuesAreLeftOut) {
    const auto all = samples(three_servers());
    const std::string lone = "{server=\"lone\",backend=\"\"";

    EXPECT_FALSE(all.contains("zdr_hook_attached{hook=\"tc\",at=\"eth1\",kind=\"tcx\"}"));
    EXPECT_FALSE(all.contains("zdr_server_sessions" + lone + ",state=\"idle\"}"));
    EXPECT_FALSE(all.contains("zdr_server_state_since_timestamp_seconds" + lone + "}"));
    EXPECT_FALSE(all.contains("zdr_server_state_expires_timestamp_seconds" + lone + "}"));
}

TEST(RenderMetrics, AnExpiredDrainIsReadySinceItsExpiry) {
    const auto all = samples(three_servers());
    const std::string labels = "{server=\"webB\",backend=\"srvs\"";

    EXPECT_EQ(all.at("zdr_server_state" + labels + ",state=\"ready\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_state_since_timestamp_seconds" + labels + "}"), "1767261360.000");
    EXPECT_FALSE(all.contains("zdr_server_state_expires_timestamp_seconds" + labels + "}"));
}

TEST(RenderMetrics, LabelsAreEscapedAndNoSampleComesTwice) {
    Status status = three_servers();
    status.hooks[0].at = "/sys/fs/cgroup/a\"b\\c\nd\xff";
    auto& checkers = status.servers[0].checks.checkers;
    checkers = {checker("a\x01", 2s), checker("a\x02", 1s), checker("a\xff", 3s)};
    checkers[1].refused_streak = 7;

    const auto all = samples(status);

    EXPECT_TRUE(all.contains("zdr_hook_attached{hook=\"cgroup\",at=\"/sys/fs/cgroup/a\\\"b\\\\c?d?\",kind=\"\"}"));
    EXPECT_EQ(all.at("zdr_checker_refused_streak{server=\"webA\",backend=\"srvs\",from=\"a?\",hook=\"cgroup\","
                     "port=\"2000\"}"),
              "7")
        << "of those that look the same, the one that asked last";
}

TEST(RenderMetrics, WhatTheConfigurationSaysIsTheMeasureOfTheCheckers) {
    Status status = three_servers();
    Server& server = status.servers[0].server;
    server.backends = {"srvs", "api"};
    server.downinter = 10s;
    server.checks = 2;
    status.servers[1].server.unchecked = true;
    const std::string labels = "{server=\"webA\",backend=\"srvs,api\"";

    const auto all = samples(status);

    EXPECT_EQ(all.at("zdr_server_proxy_info" + labels + ",proxy=\"api\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_proxy_info" + labels + ",proxy=\"srvs\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_checks" + labels + "}"), "2");
    EXPECT_EQ(all.at("zdr_server_inter_seconds" + labels + "}"), "2.000");
    EXPECT_EQ(all.at("zdr_server_longest_inter_seconds" + labels + "}"), "10.000");
    EXPECT_EQ(all.at("zdr_server_checkers" + labels + "}"), "1") << "who was last seen an hour ago does not count";
    EXPECT_FALSE(all.contains("zdr_server_checkers{server=\"webB\",backend=\"srvs\"}")) << "it needs none";
}

TEST(RenderMetrics, OnlyWhatIsOutIsHeld) {
    Status status = three_servers();
    for (auto& one : status.servers) one.is_held = true;
    status.servers[0].listening = false;

    const auto all = samples(status);

    EXPECT_EQ(all.at("zdr_server_held{server=\"webA\",backend=\"srvs\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_held{server=\"webB\",backend=\"srvs\"}"), "0") << "its lease is over";
    EXPECT_EQ(all.at("zdr_server_listening{server=\"webA\",backend=\"srvs\"}"), "0");
    EXPECT_FALSE(all.contains("zdr_server_listening{server=\"lone\",backend=\"\"}"));
}

TEST(RenderMetrics, HugeAndNegativeTimesOfARecordAreNoBadSamples) {
    for (const std::int64_t time : {std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
        Status status = three_servers();
        Flip& flip = status.servers[0].flip;
        flip.since_boot = flip.since_unix = std::chrono::nanoseconds(time);
        flip.expires_boot = std::chrono::nanoseconds(time);

        EXPECT_NO_THROW(samples(status)) << time;
        flip.expires_boot = 1ns;
        EXPECT_NO_THROW(samples(status)) << time;
    }
}

class MetricsTest : public TableTest {};

TEST_F(MetricsTest, AreOfARealTable) {
    add_three();
    zdr_checks checks{};
    checks.refused = 2;
    ASSERT_TRUE(table->set_checks(0, checks));
    ASSERT_EQ(flip({"maint", "webB", "--reason", "x"}), 0);

    EXPECT_EQ(run({"metrics"}), 0);

    EXPECT_EQ(env.err_text, "");
    const auto all = Exposition(env.out_text).samples();
    EXPECT_EQ(all.at("zdr_up"), "1");
    EXPECT_EQ(all.at("zdr_servers"), "3");
    EXPECT_EQ(all.at("zdr_server_state{server=\"webB\",backend=\"srvs\",state=\"maint\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_refused_checks_total{server=\"webA\",backend=\"srvs\"}"), "2");
}

TEST_F(MetricsTest, OfHostileRecordsAreStrictlyOfTheFormat) {
    add_three();
    zdr_state state;
    std::memset(&state, 0xff, sizeof state);
    zdr_flip flip;
    std::memset(&flip, 0xff, sizeof flip);
    ASSERT_TRUE(table->set_flip(0, state, flip));
    zdr_checks checks;
    std::memset(&checks, 0xff, sizeof checks);
    ASSERT_TRUE(table->set_checks(1, checks));
    zdr_server_key key;
    std::memset(key.name, 0x1b, sizeof key.name);
    zdr_server record;
    std::memset(&record, 0xff, sizeof record);
    ASSERT_TRUE(table->add_record(key, record));

    EXPECT_EQ(run({"metrics"}), 0);

    EXPECT_NO_THROW(Exposition{env.out_text}) << env.out_text;
}

TEST_F(MetricsTest, WhenNothingIsLoadedSayThatAndExit3) {
    EXPECT_EQ(run({"metrics", "--state-dir", "/nonexistent"}), 3);

    const auto all = Exposition(env.out_text).samples();
    EXPECT_EQ(all.at("zdr_up"), "0");
    EXPECT_EQ(all.size(), 2U);
    EXPECT_NE(env.err_text.find("zdr-loader load"), std::string::npos) << env.err_text;
}

TEST_F(MetricsTest, OfTenThousandServersTakeLittleTime) {
    for (std::uint32_t i = 0; i < 10'000; ++i)
        ASSERT_TRUE(table->add(make_server("s" + std::to_string(i), "srvs", static_cast<std::uint16_t>(1 + i))));

    const auto took = processor_time([&] { EXPECT_EQ(run({"metrics"}), 0); });

    EXPECT_LT(took, stretched(5s));  // about 0.2 s
    EXPECT_EQ(Exposition(env.out_text).samples().at("zdr_servers"), "10000");
    RecordProperty("milliseconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace zdr::test
