// What doctor finds of drain ports.
#include "ctl/doctor/soft_drain_findings.h"

#include <gtest/gtest.h>

#include "healthy_host.h"

namespace zdr::test {
namespace {

using ctl::CheckedServer;
using ctl::FindingId;

std::vector<FindingId> ids_of(const ctl::Findings& findings) {
    std::vector<FindingId> out;
    for (const Finding& one : findings) out.push_back(one.id);
    return out;
}

class SoftDrainFindings : public testing::Test {
  protected:
    SoftDrainFindings() {
        checked_.line = &line_;
        checked_.server.has_check = true;
        server_.drain_port = Port(4404);
    }
    std::vector<FindingId> compared(bool stops_at_404, bool has_drain_port) {
        checked_.stops_at_404 = stops_at_404;
        if (!has_drain_port) server_.drain_port.reset();
        return ids_of(ctl::compare_soft_drain({&checked_}, server_));
    }

    HaproxyServerLine line_;
    CheckedServer checked_;
    Server server_ = make_server("webA", "srvs", 1000);
};

TEST_F(SoftDrainFindings, OfWhatFitsAreNone) {
    EXPECT_TRUE(compared(true, true).empty());
    EXPECT_TRUE(compared(false, false).empty());
}

TEST_F(SoftDrainFindings, ADrainPortNeedsDisableOn404) {
    EXPECT_EQ(compared(false, true), std::vector{FindingId::kDrainPortNotSoft});
}

TEST_F(SoftDrainFindings, DisableOn404WithoutDrainPortIsANote) {
    EXPECT_EQ(compared(true, false), std::vector{FindingId::kNoDrainPort});
    EXPECT_FALSE(is_problem(FindingId::kNoDrainPort));
}

TEST_F(SoftDrainFindings, HaproxyAsItRunsDoesNotTell) {
    checked_.line = nullptr;

    EXPECT_TRUE(compared(false, true).empty());
}

TEST_F(SoftDrainFindings, WhatAnswersIsAsked) {
    Host host = healthy();
    const auto found = [&](const Result<DrainPort>& answer) {
        return ids_of(ctl::find_in_drain_ports(host, [&](const Server& server) {
            EXPECT_EQ(server.name, "webA");
            return answer;
        }));
    };
    EXPECT_TRUE(found(fail(Errc::kFailed, "")).empty()) << "none has a drain port";
    server_a(host).drain_port = Port(4404);

    EXPECT_TRUE(found(DrainPort::kAnswers).empty());
    EXPECT_EQ(found(DrainPort::kSilent), std::vector{FindingId::kDrainPortSilent});
    EXPECT_EQ(found(fail(Errc::kFailed, "answers 200")), std::vector{FindingId::kDrainPortAnswers});
    host.sockets.listening.reset();
    EXPECT_TRUE(found(DrainPort::kSilent).empty()) << "another network namespace";
}

}  // namespace
}  // namespace zdr::test
