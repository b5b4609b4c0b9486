// zdrctl status over a real table.
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "table_test.h"

namespace zdr::test {
namespace {

class StatusTest : public TableTest {
  protected:
    nlohmann::json json() const { return nlohmann::json::parse(env.out_text); }
};

TEST_F(StatusTest, ListsAllServersByName) {
    add_three();

    EXPECT_EQ(run({"status", "--json"}), 0);

    EXPECT_EQ(json()["servers"].size(), 3u);
    EXPECT_EQ(json()["servers"][0]["name"], "lone");
    EXPECT_EQ(json()["servers"][2]["name"], "webB");
    const auto hooks = json()["hooks"];
    for (const auto& hook : hooks) EXPECT_EQ(hook["attached"], false) << "a table without programs";
    EXPECT_EQ(env.err_text, "");
}

TEST_F(StatusTest, ListsTheNamedServersOnceInTheOrderAsked) {
    add_three();

    EXPECT_EQ(run({"status", "webB", "lone", "webB", "--json"}), 0);

    EXPECT_EQ(json()["servers"].size(), 2u);
    EXPECT_EQ(json()["servers"][0]["name"], "webB");
}

TEST_F(StatusTest, OfAnUnknownServerIsNoSuchServer) {
    add_three();

    EXPECT_EQ(run({"status", "webA", "webX"}), 6);

    EXPECT_EQ(env.out_text, "");
    EXPECT_EQ(env.err_text, "zdrctl: status webA, webX: unknown server webX; zdr has lone, webA, webB\n");
}

TEST_F(StatusTest, WhereNothingIsLoadedTheAdviceNamesTheDirectoryAndWhoNamedIt) {
    EXPECT_EQ(run({"status", "--state-dir", "/none"}), 3);
    EXPECT_EQ(env.err_text, "zdrctl: status: zdr is not loaded at /none; run zdr-loader load --state-dir /none\n");

    env.variables["ZDR_STATE_DIR"] = "/none";
    EXPECT_EQ(run({"status"}), 3);
    EXPECT_EQ(env.err_text,
              "zdrctl: status: zdr is not loaded at /none; run zdr-loader load --state-dir /none; ZDR_STATE_DIR names "
              "/none\n");
}

TEST_F(StatusTest, ShowsTheCounts) {
    add_three();
    zdr_checks checks{};
    checks.redirected = 5;
    checks.refused = 2;
    ASSERT_TRUE(table->set_checks(0, checks));

    EXPECT_EQ(run({"status", "webA", "--json"}), 0);

    EXPECT_EQ(json()["servers"][0]["redirected"], 5);
    EXPECT_EQ(json()["servers"][0]["refused"], 2);
}

TEST_F(StatusTest, OfAnEmptyTableSaysSoOnStandardError) {
    EXPECT_EQ(run({"status"}), 0);
    EXPECT_EQ(env.out_text, "");
    EXPECT_NE(env.err_text, "");

    EXPECT_EQ(run({"status", "-q"}), 0);
    EXPECT_EQ(env.out_text + env.err_text, "");

    EXPECT_EQ(run({"status", "--json"}), 0);
    EXPECT_TRUE(json()["servers"].empty());
    EXPECT_EQ(env.err_text, "");
}

TEST_F(StatusTest, ColoursOnATerminalOnlyAndNotWithNoColor) {
    add_three();

    run({"status"});
    EXPECT_EQ(env.out_text.find('\x1b'), std::string::npos);
    env.is_terminal = true;
    run({"status"});
    EXPECT_NE(env.out_text.find("\x1b[32mready"), std::string::npos);
    const auto usual = env.variables;
    for (const auto& [name, value] : {std::pair("NO_COLOR", "1"), {"TERM", "dumb"}}) {
        env.variables[name] = value;
        run({"status"});
        EXPECT_EQ(env.out_text.find('\x1b'), std::string::npos) << name;
        env.variables = usual;
    }
    env.variables.erase("TERM");
    run({"status"});
    EXPECT_NE(env.out_text.find("ready"), std::string::npos) << env.out_text;
    EXPECT_EQ(env.out_text.find('\x1b'), std::string::npos) << "without TERM";
}

TEST_F(StatusTest, WatchOnATerminalDrawsOnAScreenOfItsOwnUntilItIsInterrupted) {
    add_three();
    env.is_terminal = true;
    env.frames = 3;

    EXPECT_EQ(run({"status", "--watch"}), 130);

    std::size_t frames = 0;
    const std::string home = "\x1b[H";
    for (auto at = env.out_text.find(home); at != std::string::npos; at = env.out_text.find(home, at + 1)) ++frames;
    EXPECT_EQ(frames, 3u);
    EXPECT_TRUE(env.out_text.starts_with("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H")) << env.out_text;
    EXPECT_TRUE(env.out_text.ends_with("\x1b[?7h\x1b[?25h\x1b[?1049l")) << env.out_text;
    EXPECT_EQ(env.err_text, "zdrctl: status: interrupted\n");
}

TEST_F(StatusTest, WatchElsewhereSeparatesTablesByAnEmptyLine) {
    add_three();
    run({"status"});
    const std::string once = env.out_text;
    env.frames = 2;

    EXPECT_EQ(run({"status", "--watch"}), 130);

    EXPECT_EQ(env.out_text, once + "\n" + once);
}

TEST_F(StatusTest, WatchAsJsonIsOneDocumentALine) {
    add_three();
    env.is_terminal = true;
    env.frames = 2;

    EXPECT_EQ(run({"status", "--watch", "--json"}), 130);

    EXPECT_EQ(std::count(env.out_text.begin(), env.out_text.end(), '\n'), 2);
    const std::string line = env.out_text.substr(0, env.out_text.find('\n'));
    EXPECT_EQ(nlohmann::json::parse(line)["servers"].size(), 3u);
}

TEST_F(StatusTest, HostileRecordsAreShownHarmless) {
    add_three();
    zdr_state hostile;
    std::memset(&hostile, 0xff, sizeof hostile);
    zdr_flip by;
    std::memset(&by, 0xff, sizeof by);
    ASSERT_TRUE(table->set_flip(0, hostile, by));
    zdr_state steering{};
    steering.state = ZDR_DRAIN;
    steering.flip = by.flip;
    steering.expires_boot_ms = kTimeBits;
    by.since_boot_ns = by.since_unix_ns = UINT64_MAX;
    std::memcpy(by.reason, "\x1b[2J\nwebX ready", 16);
    std::memset(by.by, 'b', sizeof by.by);
    ASSERT_TRUE(table->set_flip(1, steering, by));

    EXPECT_EQ(run({"status"}), 0);
    EXPECT_EQ(env.out_text.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(env.out_text.begin(), env.out_text.end(), '\n'), 4);

    EXPECT_EQ(run({"status", "webA", "webB", "--json"}), 0);
    EXPECT_EQ(json()["servers"][0]["state"], "ready") << "a state that nobody knows never refuses";
    EXPECT_EQ(json()["servers"][1]["state"], "drain");
    EXPECT_EQ(json()["servers"][1]["by"], std::string(ZDR_BY_SIZE, 'b'));
}

TEST_F(StatusTest, HostileServerRecordsAreShownHarmless) {
    zdr_server_key key;
    std::memset(key.name, 0x1b, sizeof key.name);
    zdr_server record;
    std::memset(&record, 0xff, sizeof record);
    ASSERT_TRUE(table->add_record(key, record));

    EXPECT_EQ(run({"status"}), 0);
    EXPECT_EQ(env.out_text.find('\x1b'), std::string::npos);
    EXPECT_EQ(run({"status", "--json"}), 0);
    EXPECT_EQ(json()["servers"].size(), 1u);
}

TEST_F(StatusTest, WhatIsNotLoadedExits3) {
    const auto expect_not_loaded = [&](const std::string& dir) {
        for (const std::string command : {"status", "drain"}) {
            EXPECT_EQ(run({command, "webA", "--state-dir", dir}), 3) << dir;
            EXPECT_NE(env.err_text.find("zdr-loader load"), std::string::npos) << env.err_text;
        }
    };

    expect_not_loaded("/nonexistent/zdr");  // nothing there
    expect_not_loaded("/tmp");              // no bpffs
    ASSERT_EQ(unlink(table->pin(ZDR_MAP_STATES_A).c_str()), 0);
    expect_not_loaded(table->path());  // a pin is gone
}

TEST_F(StatusTest, AnotherAbiExits3) {
    create({.abi = ZDR_ABI_VERSION + 1});

    EXPECT_EQ(run({"status"}), 3);
    EXPECT_EQ(flip({"drain", "webA"}), 3);
    EXPECT_NE(env.err_text.find("ABI"), std::string::npos);
}

TEST_F(StatusTest, TheOptionWinsOverTheVariable) {
    add_three();
    env.variables["ZDR_STATE_DIR"] = "/nonexistent";

    EXPECT_EQ(run({"status"}), 3);
    EXPECT_EQ(run({"status", "--state-dir", table->path()}), 0);
    EXPECT_EQ(run({"--state-dir", table->path(), "status"}), 0);
    EXPECT_EQ(run({"--state-dir=" + table->path(), "-q", "status"}), 0);
}

}  // namespace
}  // namespace zdr::test
