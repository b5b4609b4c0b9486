// parse_haproxy_config() and what import makes of it, over texts that are almost right. Whether HAProxy takes them,
// too, is asked in tests/system.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/haproxy_invariants.h"
#include "support/haproxy_mutations.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

Result<Address> nobody(const std::string&) {
    return fail(Errc::kFailed, "no such host");
}

constexpr int kMutations = 10'000;  // some seconds

TEST(HaproxyConfigMutations, NeverCrashAndEndInAZdrConf) {
    HaproxyMutator mutator;
    std::size_t good = 0;
    std::size_t bad = 0;

    for (int i = 0; i < kMutations; ++i) {
        const std::string text = mutator.next();

        const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });

        ++(config ? good : bad);
        if (!config) {
            ASSERT_EQ(haproxy_complaint(config.error().text, text), "") << text;
            continue;
        }
        ASSERT_EQ(haproxy_complaint(*config, text), "") << text;
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
        const auto complaint = config ? haproxy_complaint(*config, text) : haproxy_complaint(config.error().text, text);
        ASSERT_EQ(complaint, "") << text;
    }
    EXPECT_GT(good, 50U);

    const std::string quotes(1 << 20, '"');
    EXPECT_TRUE(
        parse_haproxy_config("backend b\n server " + quotes + "\n", "h.cfg", [](const std::string&) { return ""; }));
}

}  // namespace
}  // namespace zdr::test
