// What zdrctl offers a shell's completion, and the script for bash that asks for it.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "table_test.h"

namespace zdr::test {
namespace {

class CompleteTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
    std::string completed(std::vector<std::string> words) {
        words.insert(words.begin(), {"complete", "--"});
        EXPECT_EQ(run(words), 0);
        EXPECT_EQ(env.err_text, "");
        constexpr std::string_view kNothing = ":nothing\n";
        if (env.out_text.ends_with(kNothing)) env.out_text.resize(env.out_text.size() - kNothing.size());
        return env.out_text;
    }
    // What bash has in COMPREPLY for a line that ends at the cursor, one a line.
    std::string in_bash(const std::string& line) const {
        setenv("ZDR_STATE_DIR", table->path().c_str(), 1);
        setenv("COMP_LINE", (ZDR_ZDRCTL " " + line).c_str(), 1);
        const std::unique_ptr<FILE, int (*)(FILE*)> bash(
            popen("bash -c 'source " ZDR_COMPLETION "; COMP_POINT=${#COMP_LINE}; _zdr; "
                  "printf \"%s\\n\" \"${COMPREPLY[@]}\"'",
                  "re"),
            pclose);
        std::string out;
        char text[4096];
        while (bash && fgets(text, sizeof text, bash.get()) != nullptr) out += text;
        return out;
    }
};

TEST_F(CompleteTest, ACommandIsCompletedByItsName) {
    EXPECT_EQ(completed({"re"}), "ready\nrestart\nremove\nreport\n");
    EXPECT_EQ(completed({"-q", "dr"}), "drain\n");
    EXPECT_EQ(completed({"help", "sta"}), "status\n");
    EXPECT_EQ(completed({"x"}), "");
}

TEST_F(CompleteTest, AServerIsCompletedByItsNameWhereItIsNotNamedYet) {
    EXPECT_EQ(completed({"drain", ""}), "lone\nwebA\nwebB\n");
    EXPECT_EQ(completed({"drain", "web"}), "webA\nwebB\n");
    EXPECT_EQ(completed({"drain", "webA", "web"}), "webB\n");
    EXPECT_EQ(completed({"status", "l"}), "lone\n");
}

TEST_F(CompleteTest, AnOptionIsOneOfTheCommands) {
    EXPECT_EQ(completed({"drain", "--f"}), "--force\n");
    EXPECT_EQ(completed({"status", "--f"}), "");
    EXPECT_EQ(completed({"--st"}), "--state-dir\n");
}

TEST_F(CompleteTest, AValueIsOneOfThoseThatTheOptionTakes) {
    EXPECT_EQ(completed({"wait", "webA", "--for", ""}), "drained\nidle\nready\n");
    EXPECT_EQ(completed({"wait", "webA", "--for=d"}), "--for=drained\n");
    EXPECT_EQ(completed({"restart", "webA", "--on-busy", "f"}), "fail\n");
    EXPECT_EQ(completed({"restart", "webA", "--batch", ""}), "1\n2\n25%\n50%\n");
    EXPECT_EQ(completed({"drain", "webA", "--timeout", "6"}), "60s\n");
    EXPECT_EQ(completed({"drain", "--reason", ""}), "");
}

TEST_F(CompleteTest, FilesAndCommandsAreTheShellsOwnWhereTheyBelong) {
    EXPECT_EQ(completed({"--state-dir", ""}), ":directories\n");
    EXPECT_EQ(completed({"import", ""}), ":files\n");
    EXPECT_EQ(completed({"apply", ""}), ":files\n");
    EXPECT_EQ(completed({"restart", "webA", "--", ""}), ":commands\n");
    EXPECT_EQ(completed({"restart", "webA", "--", "systemctl", ""}), ":files\n");
    EXPECT_EQ(completed({"restart", "webA", "--ready-command", ""}), ":commands\n");
}

TEST_F(CompleteTest, WithoutATableNothingIsOfferedAndNothingIsSaid) {
    EXPECT_EQ(completed({"--state-dir", "/nowhere", "drain", ""}), "");
    EXPECT_EQ(completed({"frobnicate", ""}), "");
    EXPECT_EQ(completed({}), "");
}

TEST_F(CompleteTest, BashCompletesWithIt) {
    ASSERT_TRUE(table->add(make_server("eu:webC", "", 1003)));

    EXPECT_EQ(in_bash("dra"), "drain\n");
    EXPECT_EQ(in_bash("drain "), "eu:webC\nlone\nwebA\nwebB\n");
    EXPECT_EQ(in_bash("drain webA web"), "webB\n");
    EXPECT_EQ(in_bash("drain eu:w"), "webC\n");  // for bash, "eu:" is a word of its own
    EXPECT_EQ(in_bash("drain 'a b' $(false) ; x"), "\n");
}

}  // namespace
}  // namespace zdr::test
