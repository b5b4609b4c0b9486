// Patterns where names of servers stand.
#include <gtest/gtest.h>

#include "table_test.h"

namespace zdr::test {
namespace {

class PatternsTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (!table) return;
        for (const std::uint16_t number : std::initializer_list<std::uint16_t>{10, 2, 1})
            ASSERT_TRUE(
                table->add(make_server("web" + std::to_string(number), "", static_cast<std::uint16_t>(1000 + number))));
        ASSERT_TRUE(table->add(make_server("db.main", "", 1100)));
    }
};

TEST_F(PatternsTest, AreAnsweredInTheOrderThatAPersonCountsIn) {
    EXPECT_EQ(flip({"drain", "web*"}), 0);

    EXPECT_EQ(env.err_text, "web1: drain (was ready)\nweb2: drain (was ready)\nweb10: drain (was ready)\n");
    EXPECT_EQ(state_of(3), "ready");
}

TEST_F(PatternsTest, EachServerIsDoneOnce) {
    EXPECT_EQ(flip({"maint", "web2", "web?", "*"}), 0);

    EXPECT_EQ(env.err_text,
              "web2: maint (was ready)\nweb1: maint (was ready)\ndb.main: maint (was ready)\nweb10: maint (was "
              "ready)\n");
}

TEST_F(PatternsTest, HaveSetsAndRanges) {
    EXPECT_EQ(flip({"drain", "web[2-9]", "d[!a]*"}), 0);

    EXPECT_EQ(env.err_text, "web2: drain (was ready)\ndb.main: drain (was ready)\n");
}

TEST_F(PatternsTest, ThatMatchNothingAreNoSuchServer) {
    for (const std::string command : {"status", "drain", "maint", "ready", "remove"}) {
        EXPECT_EQ(run({command, "web1", "app*"}), 6) << command;
        EXPECT_EQ(env.err_text,
                  "zdrctl: " + command +
                      " web1, \"app*\": no server matches \"app*\"; zdr has db.main, web1, web10 and 1 more\n");
    }
    EXPECT_EQ(run({"wait", "app*", "--for=ready"}), 6);
    EXPECT_EQ(run({"wait", "app?", "--for", "idle"}), 6);
    EXPECT_EQ(run({"restart", "app*", "--", "true"}), 6);
    EXPECT_EQ(flip({"drain", "web["}), 6) << "no pattern, and no name";
    for (const std::uint32_t slot : {0u, 1u, 2u, 3u}) EXPECT_FALSE(table->state(slot));
}

TEST_F(PatternsTest, AreForStatusWaitAndRestartToo) {
    EXPECT_EQ(run({"status", "web1*"}), 0);
    EXPECT_NE(env.out_text.find("web10"), std::string::npos);
    EXPECT_EQ(env.out_text.find("web2"), std::string::npos);

    EXPECT_EQ(run({"wait", "web*", "--for=ready"}), 130) << "interrupted at its first pause";
    EXPECT_NE(env.err_text.find("web10 is not ready yet"), std::string::npos) << env.err_text;

    EXPECT_EQ(run({"restart", "web*", "--dry-run", "--batch", "50%", "--", "true", "{name}"}), 0) << env.err_text;
    EXPECT_EQ(env.out_text.substr(0, 8), "1. web1\n");
    EXPECT_NE(env.out_text.find("3. web10\n"), std::string::npos) << env.out_text;
}

TEST_F(PatternsTest, RemoveWhatTheyMatch) {
    EXPECT_EQ(run({"remove", "web*"}), 0);

    EXPECT_EQ(env.err_text, "web1: removed\nweb2: removed\nweb10: removed\n");
    EXPECT_EQ(run({"status", "*"}), 0);
    EXPECT_EQ(env.out_text.find("web"), std::string::npos);
}

}  // namespace
}  // namespace zdr::test
