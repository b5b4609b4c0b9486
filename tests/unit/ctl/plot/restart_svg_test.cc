#include "ctl/plot/restart_svg.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "cli/golden.h"
#include "zdr/base/run_tool.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using namespace zdr::ctl;
using enum RestartStep;
using std::chrono::milliseconds;

constexpr std::size_t kSmall = 60'000;  // bytes

// "" where it is; else what xmllint says.
std::string well_formed(const std::string& svg) {
    std::string path = "/tmp/zdr-plot-test-XXXXXX";
    const UniqueFd file(mkstemp(path.data()));
    std::ofstream(path) << svg;
    const auto tool = find_tool("xmllint");
    if (!tool) return "xmllint is not installed (libxml2-utils)";
    const auto said = run_tool({*tool, "--noout", path});
    unlink(path.c_str());
    return said ? "" : said.error().text;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t out = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
    return out;
}

// So many a second in each second.
PlottedLine line(const std::string& name, std::size_t app, const std::vector<std::uint64_t>& rates) {
    PlottedLine out{.name = name, .app = app};
    out.counts.push_back({0ms, 0, false});
    for (const std::uint64_t rate : rates)
        out.counts.push_back({out.counts.back().at + 1000ms, out.counts.back().total + rate, true});
    out.statuses = {{0ms, out.counts.back().at, "UP", false}};
    return out;
}

// webA is restarted; bkpA and then webB take over.
Recording small_recording() {
    Recording out;
    out.servers = {{"webA", State::kReady}};
    out.lines = {line("srvs/webA", 0, {50, 50, 0, 0, 0, 40}), line("srvs/bkpA", 0, {0, 0, 20, 0, 0, 0}),
                 line("srvs/webB", 1, {50, 50, 80, 100, 100, 60})};
    out.lines[0].statuses = {{0ms, 1000ms, "UP", false},
                             {1000ms, 2000ms, "UP 1/3", true},
                             {2000ms, 4500ms, "DOWN", true},
                             {4500ms, 5000ms, "DOWN 1/2", true},
                             {5000ms, 6000ms, "UP", true}};
    out.lines[1].is_backup = true;
    const std::vector<std::string> web_a{"webA"};
    out.events = {{10ms, {.step = kFlipped, .servers = web_a, .state = State::kDrain}},
                  {2010ms, {.step = kAcknowledged, .servers = web_a, .state = State::kDrain}},
                  {3000ms, {.step = kIdle, .servers = web_a}},
                  {3010ms, {.step = kCommandBegun, .servers = web_a}},
                  {3400ms, {.step = kCommandEnded, .servers = web_a, .exit_status = 0}},
                  {4000ms, {.step = kAppUp, .servers = web_a}},
                  {4010ms, {.step = kFlipped, .servers = web_a, .state = State::kReady}},
                  {5010ms, {.step = kAcknowledged, .servers = web_a, .state = State::kReady}}};
    out.end = 6000ms;
    return out;
}

TEST(RestartSvg, OfASmallRestartIsTheGoldenOne) {
    const std::string svg = format_restart_svg(small_recording());

    expect_golden("restart.svg", svg);
    EXPECT_EQ(svg, format_restart_svg(small_recording()));
    EXPECT_EQ(well_formed(svg), "");
}

TEST(RestartSvg, SaysWhatWasServed) {
    const std::string svg = format_restart_svg(small_recording());

    for (const char* text : {">600 requests in 6s: ", ">140</text>", ">20</text>", ">440</text>"})
        EXPECT_NE(svg.find(text), std::string::npos) << text;
}

TEST(RestartSvg, NeedsNothingElseAndRunsNothing) {
    const std::string svg = format_restart_svg(small_recording());

    for (const char* text : {"<script", "href", "url(http", "@import", "onload"})
        EXPECT_EQ(svg.find(text), std::string::npos) << text;
}

TEST(RestartSvg, NamesFromElsewhereEndNoTag) {
    const std::string name = "</text><script>alert(\"1\")</script>&\x1b[31m\xff";
    Recording recording = small_recording();
    recording.servers = {{name, State::kDrain}};
    for (PlottedLine& one : recording.lines) {
        one.name = name;
        one.statuses[0].status = name;
    }
    for (PlottedEvent& one : recording.events) one.event.servers = {name};
    recording.error = name;

    const std::string svg = format_restart_svg(recording);

    EXPECT_EQ(well_formed(svg), "");
    EXPECT_EQ(svg.find("<script"), std::string::npos);
}

TEST(RestartSvg, OfNothingAndOfOneAnswerIsAPicture) {
    Recording nothing;
    nothing.servers = {{"webA", State::kReady}};
    nothing.lines = {{.name = "srvs/webA"}};
    Recording one = nothing;
    one.lines[0].counts = {{0ms, 0, false}};
    one.lines[0].statuses = {{0ms, 0ms, "UP", false}};
    one.end = 150ms;

    for (const Recording& recording : {Recording(), nothing, one}) {
        const std::string svg = format_restart_svg(recording);
        EXPECT_EQ(well_formed(svg), "");
        EXPECT_EQ(svg.find("nan"), std::string::npos);
        EXPECT_EQ(svg.find("inf"), std::string::npos);
    }
    EXPECT_NE(format_restart_svg(nothing).find(">no answer</text>"), std::string::npos);
}

TEST(RestartSvg, AGapIsHatchedAndExplained) {
    Recording recording = small_recording();
    EXPECT_EQ(format_restart_svg(recording).find("url(#unknown)"), std::string::npos);
    for (PlottedLine& one : recording.lines) one.counts[4].follows = false;

    const std::string svg = format_restart_svg(recording);

    EXPECT_EQ(well_formed(svg), "");
    EXPECT_NE(svg.find("url(#unknown)"), std::string::npos);
    EXPECT_NE(svg.find(">no answer</text>"), std::string::npos);
}

TEST(RestartSvg, WhatStoppedItIsSaid) {
    Recording recording = small_recording();
    recording.events[4].event = {.step = kCommandEnded, .servers = {"webA"}, .exit_status = 1};
    recording.events.resize(5);
    recording.error = "webA: false exited 1; out: webA";

    const std::string svg = format_restart_svg(recording);

    EXPECT_NE(svg.find(">stopped: webA: false exited 1; out: webA</text>"), std::string::npos);
    EXPECT_NE(svg.find(">failed</text>"), std::string::npos);
}

TEST(RestartSvg, TheLegendHasWhatIsDrawn) {
    Recording recording = small_recording();
    recording.events[4].event = {.step = kCommandEnded, .servers = {"webA"}, .exit_status = 1};
    recording.events.resize(5);
    recording.end = recording.events.back().at;
    recording.lines[0].statuses.insert(recording.lines[0].statuses.begin(), {0ms, 1ms, "MAINT", false});

    const std::string svg = format_restart_svg(recording);

    for (const char* text : {"failed", "MAINT"}) {
        EXPECT_EQ(count(svg, std::string("<title>") + text + ": "), 0U) << text;
        EXPECT_EQ(count(svg, std::string(">") + text + "</text>"), 0U) << text;
    }
}

TEST(RestartSvg, TheWholeOfANameIsShownByAPointer) {
    Recording recording = small_recording();
    const std::string name = "web-of-a-customer-with-a-long-name-";
    for (int i = 0; i < 3; ++i) recording.servers.push_back({name + std::to_string(i) + ".example.org", State::kReady});

    const std::string svg = format_restart_svg(recording);

    EXPECT_EQ(well_formed(svg), "");
    for (int i = 0; i < 3; ++i) {
        const auto title = svg.find("><title>" + name + std::to_string(i) + ".example.org</title>...");
        ASSERT_NE(title, std::string::npos) << i;
    }
    EXPECT_EQ(svg.find("<title>webA</title>"), std::string::npos);
}

TEST(RestartSvg, EachOfSeveralHaproxysHasItsPart) {
    Recording recording = small_recording();
    recording.lines.push_back(recording.lines.back());
    recording.lines.back().haproxy = "lb2:9999";
    for (std::size_t i = 0; i < 3; ++i) recording.lines[i].haproxy = "lb1:9999";

    const std::string svg = format_restart_svg(recording);

    EXPECT_EQ(count(svg, ">HAProxy at lb1:9999</text>"), 1U);
    EXPECT_EQ(count(svg, ">HAProxy at lb2:9999</text>"), 1U);
    EXPECT_NE(svg.find(">1,040 requests in 6s"), std::string::npos);
}

TEST(RestartSvg, ATcpProxysSessionsAreCalledSo) {
    Recording recording = small_recording();
    for (PlottedLine& one : recording.lines) one.is_of_requests = false;

    EXPECT_NE(format_restart_svg(recording).find(">600 sessions in 6s"), std::string::npos);
}

// A day, 300 servers, each flipped, and HAProxy's view of them changing all the time.
TEST(RestartSvg, OfManyServersAndALongTimeIsSmall) {
    Recording recording;
    recording.end = 24h;
    for (int i = 0; i < 300; ++i) {
        const std::string name = "server-" + std::to_string(i);
        recording.servers.push_back({name, State::kReady});
        for (const State state : {State::kDrain, State::kMaint, State::kReady})
            recording.events.push_back({milliseconds(288'000 * i + 90'000 * static_cast<int>(state)),
                                        {.step = kFlipped, .servers = {name}, .state = state}});
    }
    for (std::size_t i = 0; i < 25; ++i) {
        PlottedLine one{.name = "srvs/server-" + std::to_string(i), .app = i};
        for (std::uint64_t at = 0; at < 1200; ++at) {
            const milliseconds begin = 72s * at;
            one.counts.push_back({begin, at * at * i, at != 0});
            one.statuses.push_back({begin, begin + 72s, at % 2 == 0 ? "UP" : "DOWN", at != 0});
        }
        recording.lines.push_back(std::move(one));
    }

    const std::string svg = format_restart_svg(recording);

    EXPECT_EQ(well_formed(svg), "");
    EXPECT_EQ(count(svg, "and 276 more"), 1U);
    EXPECT_LT(svg.size(), 2'500'000U);
    for (PlottedLine& one : recording.lines) one.statuses = {{0ms, 24h, "UP", false}};
    EXPECT_LT(format_restart_svg(recording).size(), 5 * kSmall);
}

}  // namespace
}  // namespace zdr::test
