// parse_haproxy_config() and what import makes of it, over texts that are almost right. Whether HAProxy takes them,
// too, is asked in tests/system.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "haproxy_mutations.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

Result<Address> nobody(const std::string&) {
    return fail(Errc::kFailed, "no such host");
}

bool is_one_short_line(const std::string& text) {
    return text.size() < 400 && text.find_first_of("\n\r\x1b") == std::string::npos;
}

TEST(HaproxyConfigMutations, NeverCrashAndEndInAZdrConf) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    HaproxyMutator mutator;
    std::size_t good = 0;
    std::size_t bad = 0;

    for (int i = 0; i < 2000 || std::chrono::steady_clock::now() < end; ++i) {
        const std::string text = mutator.next();

        const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });

        ++(config ? good : bad);
        if (!config) {
            ASSERT_TRUE(is_one_short_line(config.error().text)) << config.error().text;
            ASSERT_TRUE(config.error().text.starts_with("h.cfg:")) << config.error().text;
            continue;
        }
        const std::string conf = format_zdr_conf(import_haproxy(*config, nobody), "h.cfg");
        const auto again = parse_config(conf, "zdr.conf");
        ASSERT_TRUE(again) << again.error().text << "\n" << conf << "\nof\n" << text;
    }

    EXPECT_GT(good, 1000U);
    EXPECT_GT(bad, 200U);
}

TEST(HaproxyConfigMutations, NoBytesHangIt) {
    using namespace std::string_view_literals;
    constexpr std::string_view kBytes = "\"'\\$ {}[]*-#\n\t.x2server\0if"sv;
    std::mt19937_64 random(1);
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (auto size = random() % 300; size > 0; --size) text += kBytes[random() % kBytes.size()];

        (void)parse_haproxy_config(text, "h.cfg", [](const std::string&) { return "a b"; });
    }
    const std::string quotes(1 << 20, '"');
    EXPECT_TRUE(
        parse_haproxy_config("backend b\n server " + quotes + "\n", "h.cfg", [](const std::string&) { return ""; }));
}

}  // namespace
}  // namespace zdr::test
