// parse_haproxy_config() and what import makes of it, over texts that are almost right. Whether HAProxy takes them,
// too, is asked in tests/system.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "haproxy_mutations.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

Result<Address> nobody(const std::string&) {
    return fail(Errc::kFailed, "no such host");
}

constexpr int kMutations = 10'000;  // some seconds

bool has_line(std::string_view text, std::size_t line) {
    return line >= 1 && line <= static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

// What parse_haproxy_config() owes to every text: "h.cfg:LINE: sentence" on one short line, with a line that it has,
// but where the whole file is wrong.
std::string complaint_of(const std::string& error, std::string_view text) {
    if (error.size() > 400 || error.find_first_of("\n\r\x1b") != std::string::npos)
        return "not one short line: " + error;
    if (error == "h.cfg: the last .if has no .endif") return "";
    const std::size_t line = error.starts_with("h.cfg:") ? std::strtoul(error.c_str() + 6, nullptr, 10) : 0;
    return has_line(text, line) ? "" : "names no line: " + error;
}

// Or what is in it, in the file's order and with lines that it has.
std::string complaint_of(const HaproxyConfig& config, std::string_view text) {
    std::size_t before = 0;
    for (const HaproxyRemark& note : config.notes) {
        if (!has_line(text, note.line) || note.line < before) return "a note out of order: " + note.text;
        before = note.line;
    }
    std::size_t last = 0;  // line that was seen
    const auto comes_next = [&](std::size_t line) { return has_line(text, line) && line > std::exchange(last, line); };
    for (std::size_t i = 0; i < config.proxies.size(); ++i) {
        const HaproxyProxy& proxy = config.proxies[i];
        if (!comes_next(proxy.line)) return "a proxy out of order: " + proxy.name;
        if (proxy.defaults && *proxy.defaults >= i) return "defaults that come later: " + proxy.name;
        for (const HaproxyLine& line : proxy.lines)
            if (line.words.empty() || !has_line(text, line.number) || line.number < proxy.line) return "a bad line";
        for (const HaproxyServerLine& server : proxy.servers)
            if (!comes_next(server.line)) return "a server out of order: " + server.name;
    }
    return "";
}

TEST(HaproxyConfigMutations, NeverCrashAndEndInAZdrConf) {
    HaproxyMutator mutator;
    std::size_t good = 0;
    std::size_t bad = 0;

    for (int i = 0; i < kMutations; ++i) {
        const std::string text = mutator.next();

        const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });

        ++(config ? good : bad);
        if (!config) {
            ASSERT_EQ(complaint_of(config.error().text, text), "") << text;
            continue;
        }
        ASSERT_EQ(complaint_of(*config, text), "") << text;
        const std::string conf = format_zdr_conf(import_haproxy(*config, nobody), "h.cfg");
        const auto again = parse_config(conf, "zdr.conf");
        ASSERT_TRUE(again) << again.error().text << "\n" << conf << "\nof\n" << text;
    }

    EXPECT_GT(good, 1000U);
    EXPECT_GT(bad, 200U);
}

TEST(HaproxyConfigMutations, NoBytesHangIt) {
    const std::vector<std::string> pieces = {"\"",
                                             "'",
                                             "\\",
                                             "$",
                                             " ",
                                             "{",
                                             "}",
                                             "[",
                                             "]",
                                             "*",
                                             "-",
                                             "#",
                                             "\n",
                                             "\t",
                                             ".",
                                             "\\x2",
                                             "s",
                                             "server",
                                             ".if ",
                                             "\n.endif\n",
                                             "\n server s 127.0.0.1:1 ",
                                             "check ",
                                             "\nbackend c\n",
                                             std::string(1, '\0')};
    std::mt19937_64 random(1);
    std::size_t good = 0;
    for (int i = 0; i < kMutations; ++i) {
        std::string text = "backend b\n";
        for (auto size = random() % 50; size > 0; --size) text += pieces[random() % pieces.size()];

        const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return "a b"; });

        good += config ? 1U : 0U;
        const auto complaint = config ? complaint_of(*config, text) : complaint_of(config.error().text, text);
        ASSERT_EQ(complaint, "") << text;
    }
    EXPECT_GT(good, 50U);

    const std::string quotes(1 << 20, '"');
    EXPECT_TRUE(
        parse_haproxy_config("backend b\n server " + quotes + "\n", "h.cfg", [](const std::string&) { return ""; }));
}

}  // namespace
}  // namespace zdr::test
