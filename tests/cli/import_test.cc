// zdrctl import: what it prints, that zdr itself reads that, and what it says of a file that it cannot read.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "golden.h"
#include "support/test_env.h"
#include "table_test.h"
#include "zdr/config/config.h"

namespace zdr::test {
namespace {

class Import : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/zdr-import-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string written(const std::string& name, const std::string& text) const {
        const std::string path = directory_ + "/" + name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    // The servers that zdr reads in what import printed.
    std::vector<Server> servers() const {
        const auto config = read_config(written("zdr.conf", env.out_text));
        EXPECT_TRUE(config) << (config ? "" : config.error().text) << "\n" << env.out_text;
        return config ? config->servers : std::vector<Server>();
    }

    TestEnv env;

  private:
    std::string directory_;
};

TEST_F(Import, PrintsTheGoldenFileAndZdrReadsIt) {
    EXPECT_EQ(env.run({"import", ZDR_GOLDEN_DIR "/import.cfg"}), 0) << env.err_text;

    EXPECT_EQ(env.err_text, "");
    expect_golden("import.txt", env.out_text);
    EXPECT_EQ(servers().size(), 10U);
}

TEST_F(Import, TakesVariablesFromTheEnvironment) {
    env.variables["APP"] = "10.0.0.7";

    EXPECT_EQ(env.run({"import", written("h.cfg", "backend b\n server a \"$APP\":1000 check port 2000\n")}), 0);

    ASSERT_EQ(servers().size(), 1U);
    EXPECT_EQ(servers()[0].addresses, std::vector{*Address::parse("10.0.0.7")});
}

TEST_F(Import, LooksUpNames) {
    EXPECT_EQ(env.run({"import", written("h.cfg",
                                         "backend b\n server a localhost:1000 check port 2000\n"
                                         " server b no-such-host.invalid:1000 check port 2000\n")}),
              0);

    ASSERT_EQ(servers().size(), 1U) << env.out_text;
    EXPECT_NE(env.out_text.find("1  # localhost\n"), std::string::npos) << env.out_text;  // 127.0.0.1 or ::1
    EXPECT_NE(env.out_text.find("# h.cfg:3: b is at \"no-such-host.invalid\", whose address is not known here: "),
              std::string::npos)
        << env.out_text;
}

TEST_F(Import, AFileThatCannotBeReadIsOneLineThatNamesItsPlace) {
    const std::string path = written("h.cfg", "global\nbackend \"b\n");

    EXPECT_EQ(env.run({"import", path}), 1);
    EXPECT_EQ(env.out_text, "");
    EXPECT_EQ(env.err_text, "zdrctl: import \"" + path + "\": " + path + ":2: a quote has no end\n");

    EXPECT_EQ(env.run({"import", "/nowhere/haproxy.cfg"}), 1);
    EXPECT_EQ(env.err_text,
              "zdrctl: import \"/nowhere/haproxy.cfg\": open /nowhere/haproxy.cfg: No such file or directory\n");
    EXPECT_EQ(env.run({"import", "/tmp"}), 1);
    EXPECT_EQ(env.err_text, "zdrctl: import \"/tmp\": read /tmp: Is a directory\n");
}

// Those that HAProxy's package brings: none checks a port of its own, and each is read.
TEST_F(Import, ReadsHaproxysOwnExamples) {
    std::error_code none;
    bool has_any = false;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/share/doc/haproxy/examples", none)) {
        if (entry.path().extension() != ".cfg") continue;
        has_any = true;

        EXPECT_EQ(env.run({"import", entry.path()}), 0) << env.err_text;

        servers();
        EXPECT_EQ(env.err_text, "");
    }
    EXPECT_TRUE(has_any || !is_strict()) << "no example is here";
}

}  // namespace
}  // namespace zdr::test
