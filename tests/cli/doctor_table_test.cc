// zdrctl doctor over a real table, in a network namespace that it does not serve: how it waits for first checks, and
// how it bears numbers.
#include <gtest/gtest.h>

#include <fstream>

#include "support/deadline.h"
#include "table_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

zdr_checks asked_once(std::chrono::nanoseconds boot) {
    zdr_checks out{};
    out.redirected = 1;
    out.checkers[0].from[0] = 'h';
    out.checkers[0].asks = 1;
    out.checkers[0].redirected_streak = 1;
    out.checkers[0].last_boot_ns = static_cast<__u64>(boot.count());
    return out;
}

class DoctorTable : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        env.when = ctl::ProcessEnv().now();
        env.frames = 1'000'000;
    }
    bool has(const std::string& text) const { return env.out_text.find(text) != std::string::npos; }
    // Nothing but that a table without programs has no hooks.
    void expect_only_hooks_are_missing(int status) const {
        EXPECT_EQ(status, 1);
        EXPECT_TRUE(has("id:  hook-removed")) << env.out_text;
        EXPECT_TRUE(env.err_text.ends_with("1 problem was found\n")) << env.err_text << env.out_text.substr(0, 1000);
    }
};

TEST_F(DoctorTable, WaitsThreeIntervalsForAFirstCheck) {
    add_three();
    const auto begin = env.when->boot;

    EXPECT_EQ(run({"doctor"}), 1);

    EXPECT_EQ(env.err_text,
              "waiting 6s at most for a first check of ports that none was seen of\n"
              "zdrctl: doctor: 2 problems were found\n");
    EXPECT_TRUE(has(": nobody checks its status port 200")) << env.out_text;
    EXPECT_TRUE(has("; 3 in all\n")) << env.out_text;
    EXPECT_GT(env.when->boot - begin, 6s);
    EXPECT_LT(env.when->boot - begin, 7s);
    EXPECT_TRUE(has("not looked at: listening sockets, addresses and the ephemeral range: zdr serves another"));
}

TEST_F(DoctorTable, IsDoneWhenEveryPortHasBeenAsked) {
    add_three();
    const auto begin = env.when->boot;
    env.while_paused = [&] {
        for (std::uint32_t slot = 0; slot < 3; ++slot) table->set_checks(slot, asked_once(env.when->boot));
    };

    expect_only_hooks_are_missing(run({"doctor", "-q"}));

    EXPECT_EQ(env.err_text, "zdrctl: doctor: 1 problem was found\n");
    EXPECT_LT(env.when->boot - begin, 1s);
}

TEST_F(DoctorTable, DoesNotJudgeWhatTakesTooLong) {
    Server slow = make_server("slow", "", 1000);
    slow.inter = 10s;
    ASSERT_TRUE(table->add(slow));

    expect_only_hooks_are_missing(run({"doctor"}));

    EXPECT_TRUE(has("not looked at: whether anybody checks 1 of the servers: no check was seen yet")) << env.out_text;
}

// That import wrote none may be what is wrong.
TEST_F(DoctorTable, WithoutServersAFileIsReadAsIfNothingWereLoaded) {
    const std::string path = table->path() + "-h.cfg";
    std::ofstream(path) << "global\n external-check\nbackend ship\n option external-check\n"
                           " external-check command /opt/ship\n server ship01 127.0.0.1:1000 check port 2000\n";

    EXPECT_EQ(run({"doctor", path}), 1);

    EXPECT_TRUE(has("id:  external-check")) << env.out_text;
    unlink(path.c_str());
}

TEST_F(DoctorTable, TenThousandServersAndLinesTakeLittleTime) {
    const std::string path = table->path() + "-h.cfg";
    std::ofstream file(path);
    file << "backend srvs\n cookie S insert\n option redispatch\n load-server-state-from-file local\n";
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        const std::string address = "127.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
        const auto port = static_cast<std::uint16_t>(1 + i);
        Server server = make_server("s" + std::to_string(i), "srvs", port);
        server.addresses = {*Address::parse(address)};
        ASSERT_TRUE(table->add(server));
        ASSERT_TRUE(table->set_checks(i, asked_once(env.when->boot)));
        file << " server s" << i << " " << address << ":" << port << " cookie c" << i << " check port " << port + 1000
             << "\n server b" << i << " " << address << ":" << port << " cookie c" << i << " check backup\n";
    }
    file.close();

    const auto took = processor_time([&] { expect_only_hooks_are_missing(run({"doctor", path})); });

    EXPECT_LT(took, stretched(10s));
    EXPECT_TRUE(has("(20000 servers, 10000 for zdr)")) << env.out_text;
    RecordProperty("milliseconds", std::to_string(took.count()));
    EXPECT_EQ(run({"doctor", path, "--state-dir", "/nonexistent"}), 0);
    unlink(path.c_str());
}

}  // namespace
}  // namespace zdr::test
