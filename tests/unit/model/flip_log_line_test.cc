#include "zdr/model/flip_log_line.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

Flip flip(const std::string& by, const std::string& reason) {
    Flip out;
    out.state = State::kDrain;
    out.since_boot = 5s;
    out.uid = 1000;
    out.by = by;
    out.reason = reason;
    return out;
}

TEST(JournalLine, HasWhatTheFlipHas) {
    Flip leased = flip("deploy", "release 42");
    leased.expires_boot = leased.since_boot + 900s;

    EXPECT_EQ(format_flip_log_line("webA", State::kReady, leased),
              "server=webA from=ready to=drain by=deploy uid=1000 ttl=900s reason=\"release 42\"");
    EXPECT_EQ(format_flip_log_line("webA", State::kMaint, flip("deploy", "")),
              "server=webA from=maint to=drain by=deploy uid=1000");
    leased.expires_boot = leased.since_boot + 1500ms;
    EXPECT_EQ(format_flip_log_line("web-1.b:c_d", State::kDrain, leased),
              "server=web-1.b:c_d from=drain to=drain by=deploy uid=1000 ttl=1500ms reason=\"release 42\"");
}

TEST(JournalLine, TellsWhereTheAppIsAndWhatEndsTheState) {
    Flip handed_over = flip("deploy", "release 42");
    handed_over.active_port = Port(21001);
    handed_over.until_listening = true;

    EXPECT_EQ(format_flip_log_line("webA", State::kReady, handed_over),
              "server=webA from=ready to=drain by=deploy uid=1000 until=listening active_port=21001 "
              "reason=\"release 42\"");
}

TEST(JournalLine, APlainValueIsNotQuoted) {
    EXPECT_EQ(format_flip_log_line("webA", State::kReady, flip("deploy", "v1.2-3")),
              "server=webA from=ready to=drain by=deploy uid=1000 reason=v1.2-3");
}

TEST(JournalLine, NoTextForgesAFieldOrALine) {
    const std::string plain = "server=webA from=ready to=drain by=";
    const struct {
        std::string text;
        std::string shown;
    } cases[] = {
        {"", "\"\""},
        {"x uid=0", "\"x uid=0\""},
        {"x\" uid=0 \"", "\"x\\\" uid=0 \\\"\""},
        {"x\\", "\"x\\\\\""},
        {"x\\\" uid=0", "\"x\\\\\\\" uid=0\""},
        {"a\nzdr: server=webB\r\n", "\"a?zdr: server=webB??\""},
        {"\x1b[31m\0"s, "\"?[31m?\""},
        {"\xff\xfe", "\"??\""},
        {"\u00c4rger", "\"\u00c4rger\""},
        {"a=b", "\"a=b\""},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(format_flip_log_line("webA", State::kReady, flip(one.text, "")), plain + one.shown + " uid=1000");
        if (one.text.empty()) continue;
        EXPECT_EQ(format_flip_log_line("webA", State::kReady, flip("deploy", one.text)),
                  plain + "deploy uid=1000 reason=" + one.shown);
    }
    EXPECT_TRUE(format_flip_log_line("a b", State::kReady, flip("x", "")).starts_with("server=\"a b\" from="));
}

}  // namespace
}  // namespace zdr
