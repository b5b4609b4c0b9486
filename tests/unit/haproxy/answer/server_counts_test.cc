#include "zdr/haproxy/answer/server_counts.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

// As HAProxy 2.6 answers, with fewer columns; a TCP proxy's servers have no req_tot.
const std::string kHeader = "# pxname,svname,scur,stot,status,req_tot,\n";
const std::string kHttp = kHeader + "srvs,webA,0,12,UP,10,\nsrvs,bkpA,0,3,DOWN 1/2,0,\n\n";
const std::string kTcp = kHeader + "db,one,0,7,no check,,\n\n";

std::string error_of(const std::string& answer) {
    const auto counts = parse_haproxy_counts(answer);
    return counts ? "no error" : counts.error().text;
}

TEST(HaproxyCounts, RequestsAreCountedAndOfTcpSessions) {
    const auto counts = parse_haproxy_counts(kHttp + kTcp);

    ASSERT_TRUE(counts) << counts.error().text;
    const std::vector<HaproxyCounts> expected{
        {.backend = "srvs", .name = "webA", .status = "UP", .count = 10, .is_of_requests = true},
        {.backend = "srvs", .name = "bkpA", .status = "DOWN 1/2", .count = 0, .is_of_requests = true},
        {.backend = "db", .name = "one", .status = "no check", .count = 7, .is_of_requests = false}};
    EXPECT_EQ(*counts, expected);
}

TEST(HaproxyCounts, WhatIsQuotedIsUnquotedAndPrintable) {
    const auto counts = parse_haproxy_counts(kHeader + "\"a,\"\"b\",\"\x1b[1m\",0,1,UP,1,\n\n");

    ASSERT_TRUE(counts) << counts.error().text;
    EXPECT_EQ(counts->front().backend, "a,\"b");
    EXPECT_EQ(counts->front().name, "?[1m");
}

TEST(HaproxyCounts, ABackendThatIsGoneHidesNoOther) {
    const auto counts = parse_haproxy_counts("No such proxy.\n\n" + kTcp);

    ASSERT_TRUE(counts) << counts.error().text;
    EXPECT_EQ(counts->size(), 1u);
}

TEST(HaproxyCounts, BeforeRequestsWereCountedSessionsAre) {
    const auto counts = parse_haproxy_counts("# pxname,svname,stot,status,\nsrvs,webA,12,UP,\n\n");

    ASSERT_TRUE(counts) << counts.error().text;
    EXPECT_EQ(counts->front().count, 12u);
    EXPECT_FALSE(counts->front().is_of_requests);
}

TEST(HaproxyCounts, WhatIsNoAnswerIsAnError) {
    EXPECT_EQ(error_of(""), "the answer to \"show stat\" is cut");
    EXPECT_EQ(error_of("Permission denied\n"), "the answer to \"show stat\" is \"Permission denied\"");
    EXPECT_EQ(error_of(kHttp.substr(0, kHttp.size() - 1)), "the answer to \"show stat\" is cut");
    EXPECT_EQ(error_of(kHeader + "srvs,webA\n\n"), "the answer to \"show stat\" is \"srvs,webA\"");
    EXPECT_EQ(error_of("# pxname,svname,\n\n"), "the answer to \"show stat\" lacks columns that zdr needs");
    EXPECT_EQ(error_of(kHeader + "srvs,webA,0,-1,UP,,\n\n"),
              "the answer to \"show stat\" has \"-1\" as a number of sessions");
}

TEST(HaproxyCounts, TheQuestionIsAboutTheseBackendsAlone) {
    EXPECT_EQ(haproxy_counts_question(std::vector<std::string>{"srvs", "api"}),
              "show stat srvs 4 -1; show stat api 4 -1");
    // HAProxy would take it for the number of a proxy.
    EXPECT_EQ(haproxy_counts_question(std::vector<std::string>{"srvs", "2nd"}), "show stat -1 4 -1");
}

}  // namespace
}  // namespace zdr
