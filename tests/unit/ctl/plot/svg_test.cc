#include "ctl/plot/svg.h"

#include <gtest/gtest.h>

namespace zdr::ctl {
namespace {

TEST(SvgText, WhatEndsATagOrAnAttributeIsEscaped) {
    EXPECT_EQ(xml_text("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
}

TEST(SvgText, WhatXmlCannotHaveIsReplaced) {
    EXPECT_EQ(xml_text(std::string("a\0b\x1b\n\x7f", 6)), "a?b???");
    EXPECT_EQ(xml_text("\xff|\xed\xa0\x80|\xef\xbf\xbe|\xef\xbf\xbf|\xef\xbf\xbd"), "?|???|?|?|\xef\xbf\xbd");
}

TEST(SvgText, IsCutWhereItDoesNotFit) {
    EXPECT_EQ(cut_to_fit("webA", 11, 100), "webA");
    const std::string cut = cut_to_fit("a-name-that-is-very-long", 11, 60);
    EXPECT_TRUE(cut.ends_with("...")) << cut;
    EXPECT_LE(text_width(cut, 11), 60);
    EXPECT_EQ(cut_to_fit("webA", 11, 5), "");
    EXPECT_EQ(cut_to_fit("webA", 11, -1), "");
}

TEST(SvgText, OfANameTheEndsAreKept) {
    EXPECT_EQ(shorten_to_fit("srvs/webA", 11, 100), "srvs/webA");
    const std::string cut = shorten_to_fit("srvs/a-name-that-is-long-17", 11, 100);
    EXPECT_TRUE(cut.starts_with("srvs/") && cut.ends_with("-17")) << cut;
    EXPECT_LE(text_width(cut, 11), 100);
    EXPECT_EQ(shorten_to_fit("srvs/webA", 11, 5), "");
}

TEST(SvgText, NumbersAreShort) {
    EXPECT_EQ(number(12), "12");
    EXPECT_EQ(number(12.04), "12");
    EXPECT_EQ(number(12.55), "12.6");
    EXPECT_EQ(number(-0.01), "0");
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(1234567), "1,234,567");
}

}  // namespace
}  // namespace zdr::ctl
