#include "zdr/haproxy/options.h"

#include <gtest/gtest.h>

#include <chrono>

namespace zdr {
namespace {

using namespace std::chrono_literals;

HaproxyConfig parsed_plainly(const std::string& text) {
    auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });
    EXPECT_TRUE(config) << (config ? "" : config.error().text);
    return config ? std::move(*config) : HaproxyConfig();
}

// Of the last proxy: the line of the option in effect, 0 where there is none.
std::size_t line_of(const std::string& text, std::string_view option) {
    const HaproxyConfig config = parsed_plainly(text);
    const HaproxyLine* line = find_haproxy_option(config, config.proxies.back(), option);
    return line == nullptr ? 0 : line->number;
}

bool last_redispatches(const std::string& text) {
    const HaproxyConfig config = parsed_plainly(text);
    return redispatches(config, config.proxies.back());
}

TEST(HaproxyOption, TheLastLineThatSpeaksOfItCounts) {
    EXPECT_EQ(line_of("backend b\n option persist\n no option persist\n option persist\n", "persist"), 4U);
    EXPECT_EQ(line_of("backend b\n option persist\n no option persist\n", "persist"), 0U);
    EXPECT_EQ(line_of("backend b\n option persist\n default option persist\n", "persist"), 0U);
    EXPECT_EQ(line_of("backend b\n option persistent\n no log\n", "persist"), 0U);
}

TEST(HaproxyOption, AProxysOwnLineCountsBeforeThoseOfItsDefaults) {
    const std::string defaults = "defaults a\n option persist\ndefaults b from a\n timeout connect 1s\n";
    EXPECT_EQ(line_of(defaults + "backend x from b\n", "persist"), 2U);
    EXPECT_EQ(line_of(defaults + "backend x from b\n no option persist\n", "persist"), 0U);
    EXPECT_EQ(line_of(defaults + "defaults c\nbackend x from c\n", "persist"), 0U);
}

TEST(HaproxyOption, RedispatchIsOffWithoutItAndWithZero) {
    EXPECT_FALSE(last_redispatches("backend b\n"));
    EXPECT_TRUE(last_redispatches("backend b\n option redispatch\n"));
    EXPECT_TRUE(last_redispatches("backend b\n option redispatch -1\n"));
    EXPECT_FALSE(last_redispatches("backend b\n option redispatch 0\n"));
}

TEST(HaproxyOption, TheTimeoutOfChecksIsThatOfTheProxyOrItsDefaults) {
    const auto timeout = [](const std::string& text) {
        const HaproxyConfig config = parsed_plainly("defaults\n timeout check 1500\n" + text);
        return check_timeout(config, config.proxies.back()).value_or(0ms);
    };
    EXPECT_EQ(timeout("backend b\n"), 1500ms);
    EXPECT_EQ(timeout("backend b\n timeout check 10s\n"), 10s);
    EXPECT_EQ(timeout("backend b\n timeout check 0\n"), 0ms) << "none: inter bounds the check";
    EXPECT_EQ(timeout("defaults\nbackend b\n timeout connect 1s\n"), 0ms);
}

// Tried with HAProxy 2.6: a second line is not taken, and neither is one over 50.
TEST(HaproxyOption, SpreadChecksIsOfTheGlobalSection) {
    const auto spread = [](const std::string& text) { return spread_of_checks(parsed_plainly(text)); };
    EXPECT_EQ(spread("global\n spread-checks 20\n spread-checks 30\n").percent, 20U);
    EXPECT_EQ(spread("global\n spread-checks 20\n").line, 2U);
    EXPECT_EQ(spread("global\n maxconn 9\nglobal\n spread-checks 0\n spread-checks 50\n").percent, 50U);
    EXPECT_EQ(spread("global\n spread-checks 51\n max-spread-checks 5\n").percent, 0U);
    EXPECT_EQ(spread("defaults\n spread-checks 20\n").percent, 0U);
}

TEST(HaproxyOption, ASpreadIntervalIsRoundedUp) {
    EXPECT_EQ((HaproxySpread{20, 1}.longest(2s)), 2400ms);
    EXPECT_EQ((HaproxySpread{7, 1}.longest(333ms)), 357ms);
    EXPECT_EQ((HaproxySpread{}.longest(333ms)), 333ms);
    EXPECT_EQ((HaproxySpread{50, 1}.longest(std::chrono::days(24))), std::chrono::days(24)) << "the longest of all";
}

TEST(HaproxyOption, DisableOn404CountsWithHttpchkAlone) {
    const auto line = [](const std::string& text) {
        const HaproxyConfig config = parsed_plainly(text);
        const HaproxyProxy& proxy = config.proxies.back();
        const HaproxyLine* found = find_disable_on_404(config, proxy, health_checks_of(config, proxy));
        return found == nullptr ? 0 : found->number;
    };
    EXPECT_EQ(line("backend b\n option httpchk\n http-check disable-on-404\n"), 3U);
    EXPECT_EQ(line("defaults\n http-check disable-on-404\nbackend b\n option httpchk\n"), 2U);
    EXPECT_EQ(line("backend b\n http-check disable-on-404\n"), 0U);
    EXPECT_EQ(line("backend b\n option httpchk\n option tcp-check\n http-check disable-on-404\n"), 0U);
    EXPECT_EQ(line("backend b\n option httpchk\n"), 0U);
}

}  // namespace
}  // namespace zdr
