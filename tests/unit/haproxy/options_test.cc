#include "zdr/haproxy/options.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

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

}  // namespace
}  // namespace zdr
