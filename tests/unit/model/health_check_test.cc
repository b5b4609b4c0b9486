// What HAProxy's checks ask and take.
#include "zdr/model/health_check.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

TEST(HealthCheck, TakesWhatItsStatusesSay) {
    HealthCheck usual;
    for (const int good : {200, 204, 301, 399}) EXPECT_TRUE(usual.takes(good)) << good;
    for (const int bad : {0, 101, 199, 400, 404, 503}) EXPECT_FALSE(usual.takes(bad)) << bad;

    HealthCheck own;
    own.statuses = {{200, 200}, {404, 410}};
    for (const int good : {200, 404, 407, 410}) EXPECT_TRUE(own.takes(good)) << good;
    for (const int bad : {201, 301, 403, 411}) EXPECT_FALSE(own.takes(bad)) << bad;
}

TEST(HealthCheck, StatusesAreReadAndWritten) {
    for (const char* text : {"200", "200-299", "200,300-399,404", "100-599"}) {
        const auto statuses = parse_statuses(text);
        ASSERT_TRUE(statuses) << text;
        EXPECT_EQ(format_statuses(*statuses), text);
    }
    for (const char* text : {"", "200,", ",200", "99", "600", "200-", "299-200", "2xx", "200 300", "-200"}) {
        const auto statuses = parse_statuses(text);
        ASSERT_FALSE(statuses) << text;
        EXPECT_EQ(statuses.error().code, make_error_code(Errc::kUsage));
    }
    EXPECT_EQ(format_statuses({}), "2xx,3xx");
}

TEST(HealthCheck, PatternsThatAskForMemoryMatchNothing) {
    EXPECT_EQ(format_statuses(*matching_statuses("^2[0-9]{2}|^40{1,}4$")), "200-299,404");
    for (const char* pattern : {"^2(.{1,255}){1,255}", "2++*+++++++++++3", "(.{9}){9}{9}", "2{10}", "2{", "2{1"})
        EXPECT_FALSE(matching_statuses(pattern)) << pattern;
    EXPECT_FALSE(matching_statuses("2" + std::string(255, '*')));
}

// regcomp() would take minutes for the first.
TEST(HealthCheck, PatternsThatAskForTimeMatchNothing) {
    std::string often = "^2";
    for (int i = 0; i < 20; ++i) often += "0*";
    for (const std::string& pattern :
         {"^4" + std::string(26, '*') + "+**.0", std::string("20*+"), std::string("20{1}?"), often})
        EXPECT_FALSE(matching_statuses(pattern)) << pattern;
}

TEST(HealthCheck, MethodsAreReadAndWritten) {
    for (const char* text : {"GET", "HEAD", "OPTIONS"}) {
        const auto method = parse_http_method(text);
        ASSERT_TRUE(method) << text;
        EXPECT_EQ(to_string(*method), text);
    }
    for (const char* text : {"", "get", "POST", "GET "}) EXPECT_FALSE(parse_http_method(text)) << text;
}

TEST(HealthCheck, PathsAndHostsAreNothingElse) {
    EXPECT_TRUE(check_uri("/health?full=1"));
    for (const char* wrong : {"", "health", "/a b", "/a\r\nX: y", "/\x7f"}) EXPECT_FALSE(check_uri(wrong)) << wrong;
    EXPECT_TRUE(check_host_name("app-1.example.org"));
    for (const char* wrong : {"", "a b", "a\r\nX: y", "a:80", "http://a"})
        EXPECT_FALSE(check_host_name(wrong)) << wrong;
}

}  // namespace
}  // namespace zdr
