#include "ctl/plot/svg.h"

#include <gtest/gtest.h>

#include <set>

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
    EXPECT_EQ(cut_to_fit("A", 11, 100), "A");
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

TEST(SvgText, OfNamesThatBeginAndEndAlikeWhatDiffersIsKept) {
    const auto name = [](int i) { return "server-in-the-east-" + std::to_string(i) + "-of-example.org"; };
    std::vector<std::string> names = {"srvs/webA"};
    for (int i = 10; i < 70; ++i) names.push_back(name(i));
    names.push_back(names.back());

    const auto shown = shorten_apart(names, 11, 112);

    ASSERT_EQ(shown.size(), names.size());
    EXPECT_EQ(shown.front(), "srvs/webA");
    EXPECT_EQ(std::set(shown.begin(), shown.end()).size(), 61U);
    for (std::size_t i = 1; i < names.size(); ++i) {
        EXPECT_NE(shown[i].find(names[i].substr(19, 2)), std::string::npos) << shown[i];
        EXPECT_LE(text_width(shown[i], 11), 112) << shown[i];
    }
    EXPECT_EQ(shorten_apart({name(1), names.front()}, 11, 112)[0], shorten_to_fit(name(1), 11, 112));
}

TEST(SvgText, WhatDiffersIsNotCutWithinALetter) {
    const std::string begin = "ein-ziemlich-langer-name-";
    const std::vector<std::string> names = {begin + "\u00e4-und-noch-mehr-davon", begin + "\u00e5-und-noch-mehr-davon"};

    const auto shown = shorten_apart(names, 11, 112);

    EXPECT_EQ(shown[0].substr(0, 5), "...\u00e4") << shown[0];
    EXPECT_EQ(shown[1].substr(0, 5), "...\u00e5") << shown[1];
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
