// The keys that say which remote checks are rewritten, and where.
#include <gtest/gtest.h>

#include <string>

#include "zdr/config/config.h"

namespace zdr::test {
namespace {

const std::string kServer = "[server.webA]\nport = 1000\nstatus-port = 2000\n";

std::string rewriting_error(const std::string& text) {
    const auto config = parse_config(text, "zdr.conf");
    return config ? "no error" : config.error().text;
}

TEST(RewritingKeys, RewritingIsOnUnlessItIsSaidToBeOff) {
    EXPECT_TRUE(parse_config(kServer, "zdr.conf")->rewriting);
    EXPECT_TRUE(parse_config("rewriting = auto\n" + kServer, "zdr.conf")->rewriting);
    EXPECT_FALSE(parse_config("rewriting = off\n" + kServer, "zdr.conf")->rewriting);
    EXPECT_EQ(rewriting_error("rewriting = on\n" + kServer), "zdr.conf:1: rewriting: \"on\" is neither auto nor off");
}

TEST(RewritingKeys, AServerIsPublishedAsItSays) {
    EXPECT_EQ(parse_config(kServer, "zdr.conf")->servers[0].published, Published::kAuto);
    EXPECT_EQ(parse_config(kServer + "published = yes\n", "zdr.conf")->servers[0].published, Published::kYes);
    EXPECT_EQ(parse_config(kServer + "published = no\n", "zdr.conf")->servers[0].published, Published::kNo);
    EXPECT_EQ(rewriting_error(kServer + "published = maybe\n"),
              "zdr.conf:4: published: \"maybe\" is not auto, yes or no");
}

}  // namespace
}  // namespace zdr::test
