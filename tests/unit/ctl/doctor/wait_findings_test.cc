// What doctor finds where zdr.conf says less of HAProxy's checks than there is.
#include "ctl/doctor/wait_findings.h"

#include <gtest/gtest.h>

#include "healthy_host.h"

namespace zdr::test {
namespace {

using ctl::CheckedServer;

// Server lines that check webA.
struct Lines {
    HaproxyServerLine line;
    std::vector<CheckedServer> all;

    explicit Lines(std::size_t count = 1) {
        for (std::size_t i = 0; i < count; ++i) {
            CheckedServer& one = all.emplace_back();
            one.server.backend = "srvs";
            one.location = "h.cfg:" + std::to_string(i + 2);
            one.line = &line;
        }
    }
    std::vector<const CheckedServer*> checkers() const {
        std::vector<const CheckedServer*> out;
        for (const CheckedServer& one : all) out.push_back(&one);
        return out;
    }
};

Texts texts(const ctl::Findings& findings) {
    Texts out;
    for (const Finding& one : findings) out.push_back(std::string(to_string(one.id)) + ": " + one.what);
    return out;
}

Server web_a() {
    return make_server("webA", "srvs", 1000);
}

TEST(WaitFindings, OfWhatFitsAreNone) {
    EXPECT_EQ(texts(compare_wait(Lines().checkers(), web_a())), Texts{});
    EXPECT_EQ(texts(compare_backends(Lines().checkers(), web_a())), Texts{});
}

TEST(WaitFindings, CountsThatAreTooLow) {
    Lines lines;
    lines.line.settings.fall = 5;
    lines.line.settings.rise = 4;

    EXPECT_EQ(texts(compare_wait(lines.checkers(), web_a())),
              (Texts{"fall: HAProxy takes it out after 5 refused checks, and zdr has fall = 3",
                     "rise: HAProxy puts it back after 4 good checks, and zdr has rise = 2"}));
    lines.line.settings.fall = lines.line.settings.rise = 1;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), web_a())), Texts{}) << "zdr waits longer than it has to";
}

TEST(WaitFindings, CountsOfHaproxyAsItRuns) {
    Lines lines;
    CheckedServer& running = lines.all.front();
    running.line = nullptr;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), web_a())), Texts{}) << "an old HAProxy does not say them";
    running.server.fall = 3;
    running.server.rise = 2;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), web_a())), Texts{});
    running.server.fall = 5;
    running.server.rise = 4;

    EXPECT_EQ(texts(compare_wait(lines.checkers(), web_a())),
              (Texts{"fall: HAProxy takes it out after 5 refused checks, and zdr has fall = 3",
                     "rise: HAProxy puts it back after 4 good checks, and zdr has rise = 2"}));
}

TEST(WaitFindings, IntervalsOverThreeTimesThoseOfZdr) {
    Lines lines;
    Server ours = web_a();
    lines.line.settings.inter = 6s;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)), Texts{});
    lines.line.settings.inter = 7s;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)),
              Texts{"interval: HAProxy checks it every 7s, and zdr has inter = 2s"});
    ours.inter = 7s;
    lines.line.settings.downinter = 30s;
    lines.line.settings.fastinter = 22s;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)),
              (Texts{"interval: HAProxy checks it every 22s while it changes, and zdr has fastinter = 7s",
                     "interval: HAProxy checks it every 30s while it is down, and zdr has downinter = 7s"}));
    ours.downinter = 30s;
    ours.fastinter = 22s;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)), Texts{});
}

// The wait lasts until the slowest of several streams must have asked, by the intervals that are configured.
TEST(WaitFindings, AnyLongerIntervalWhereSeveralLinesCheck) {
    Lines lines(2);
    Server ours = web_a();
    ours.checks = 2;
    lines.line.settings.inter = 2001ms;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)),
              (Texts{"interval: HAProxy checks it every 2001ms, and zdr has inter = 2s",
                     "interval: HAProxy checks it every 2001ms, and zdr has inter = 2s"}));
    lines.line.settings.inter = 2s;
    ours.fastinter = 500ms;
    ours.downinter = 1s;
    EXPECT_EQ(texts(compare_wait(Lines(1).checkers(), ours)),
              (Texts{"interval: HAProxy checks it every 2s while it changes, and zdr has fastinter = 500ms",
                     "interval: HAProxy checks it every 2s while it is down, and zdr has downinter = 1s"}))
        << "HAProxy has neither";
}

TEST(WaitFindings, IntervalsAreAsLongAsHaproxySpreadsThem) {
    Lines lines;
    Server ours = web_a();
    lines.all[0].spread = {.percent = 20, .line = 2};
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)), Texts{}) << "one stream is seen as it is";
    ours.checks = 2;
    const auto findings = compare_wait(lines.checkers(), ours);
    EXPECT_EQ(
        texts(findings),
        Texts{"interval: HAProxy checks it every 2s, up to 2400ms by \"spread-checks 20\", and zdr has inter = 2s"});
    EXPECT_NE(findings.at(0).remedy.find("inter = 2400ms"), std::string::npos) << findings.at(0).remedy;
    ours.inter = 2400ms;
    EXPECT_EQ(texts(compare_wait(lines.checkers(), ours)), Texts{});
}

TEST(WaitFindings, TheSpreadIsThatOfHaproxysFile) {
    const auto config =
        parse_haproxy_config("global\n spread-checks 20\nbackend srvs\n server webA 127.0.0.1:1000 check port 2000\n",
                             "h.cfg", [](const std::string&) { return std::nullopt; });
    ASSERT_TRUE(config);
    const HaproxyResolver resolver = [](const std::string&) { return fail(Errc::kFailed, "no such host"); };
    std::vector<std::string> not_inspected;
    const auto theirs = ctl::checked_servers(*config, "h.cfg", resolver, not_inspected);
    Server ours = web_a();
    ours.checks = 2;

    EXPECT_EQ(texts(ctl::compare_wait({&theirs.at(0)}, ours)).size(), 1U);
    ours.inter = 2400ms;
    EXPECT_EQ(texts(ctl::compare_wait({&theirs.at(0)}, ours)), Texts{});
}

TEST(WaitFindings, MoreServerLinesOfOneHaproxyThanChecks) {
    Lines three(3);
    Server ours = web_a();
    EXPECT_EQ(texts(compare_wait(three.checkers(), ours)),
              Texts{"checks: 3 servers of HAProxy check its port, and zdr has checks = 1"});
    ours.checks = 3;
    EXPECT_EQ(texts(compare_wait(three.checkers(), ours)), Texts{});

    Lines of_a_template;
    of_a_template.line.is_template = true;
    of_a_template.line.first = 4;
    of_a_template.line.last = 9;
    EXPECT_EQ(texts(compare_wait(of_a_template.checkers(), ours)),
              Texts{"checks: 6 servers of HAProxy check its port, and zdr has checks = 3"});

    ours.checks = 1;
    for (CheckedServer& one : three.all) one.line = nullptr;
    EXPECT_EQ(texts(compare_wait(three.checkers(), ours)), Texts{}) << "each is another HAProxy's";
    for (CheckedServer& one : three.all) one.location = "HAProxy at h.sock";
    EXPECT_EQ(texts(compare_wait(three.checkers(), ours)).size(), 1U);
}

TEST(WaitFindings, ABackendThatZdrDoesNotKnow) {
    Lines lines(2);
    lines.all[1].server.backend = "api";
    Server ours = web_a();

    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)),
              Texts{"backend-missing: HAProxy has it in backend api, too, and zdr has not"});
    ours.backends.emplace_back("api");
    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)), Texts{});
    ours.backends.clear();
    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)), Texts{}) << "it has none on purpose";
}

TEST(WaitFindings, AQuestionThatZdrDoesNotAsk) {
    Lines lines(2);
    for (CheckedServer& one : lines.all) one.asked.uri = "/health";
    Server ours = web_a();

    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)),
              Texts{"check-uri-missing: HAProxy asks /health of it, and zdr has no check-uri"});
    ours.health.uri = "/other";
    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)), Texts{}) << "the operator knows better";
    ours.health.uri = "";
    lines.all[1].asked.uri = "/replica";
    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)), Texts{}) << "there is no one question";

    for (CheckedServer& one : lines.all)
        one.asked = {.uri = "/up", .host = "", .statuses = {}, .method = HttpMethod::kHead};
    const auto findings = compare_backends(lines.checkers(), ours);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_NE(findings[0].remedy.find("\"check-uri = /up\" and \"check-method = HEAD\""), std::string::npos)
        << findings[0].remedy;
}

TEST(WaitFindings, ChecksThatLookAtMoreThanZdrAsks) {
    Lines lines(2);
    lines.all[1].asked.is_complete = false;
    Server ours = web_a();

    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)),
              Texts{"check-incomplete: HAProxy's check looks at more than zdr can ask of it"});
    ours.health.is_complete = false;
    EXPECT_EQ(texts(compare_backends(lines.checkers(), ours)), Texts{});
}

}  // namespace
}  // namespace zdr::test
