// apply and what it shows before: one plan for both, and an error that changes nothing.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <random>

#include "child.h"
#include "support/seccomp.h"
#include "table_test.h"
#include "zdr/model/server_changes.h"

namespace zdr::test {
namespace {

class ApplyTest : public TableTest {
  protected:
    int apply(const std::vector<Server>& servers, const std::vector<std::string>& more = {}) {
        const std::string file = table->path() + ".conf";
        std::ofstream conf(file);
        for (const Server& server : servers) {
            conf << "[server." << server.name << "]\n";
            for (const auto& [key, value] : settings_of(server)) conf << key << " = " << value << "\n";
        }
        conf.close();
        std::vector<std::string> args = {"apply", file};
        args.insert(args.end(), more.begin(), more.end());
        const int exit_status = run(args);
        unlink(file.c_str());
        return exit_status;
    }
};

// A set of servers without a clash; two of them have most names in common, and some settings.
std::vector<Server> random_servers(std::minstd_rand& random) {
    std::vector<Server> out;
    for (std::uint16_t i = 0; i < 12; ++i) {
        if (random() % 3 == 0) continue;
        const auto variant = static_cast<std::uint16_t>(random() % 3);
        Server& server = out.emplace_back(make_server("web" + std::to_string(i), variant == 0 ? "" : "srvs", i));
        server.app_port = Port(static_cast<std::uint16_t>(1000 + 10 * i + variant));
        server.status_port = Port(static_cast<std::uint16_t>(2000 + 10 * i));
        server.fall = static_cast<std::uint16_t>(3 + random() % 2);
    }
    std::shuffle(out.begin(), out.end(), random);
    return out;
}

TEST_F(ApplyTest, DryRunShowsWhatApplyDoes) {
    std::minstd_rand random(1);
    for (int i = 0; i < 200; ++i) {
        const auto servers = random_servers(random);
        ASSERT_EQ(apply(servers, {"--dry-run"}), 0) << env.err_text;
        const std::string shown = env.out_text;
        const std::string summary = env.err_text;

        ASSERT_EQ(apply(servers), 0) << env.err_text;

        ASSERT_EQ(env.out_text, shown);
        ASSERT_EQ((shown.empty() ? "" : "it would be ") + env.err_text, summary);
        ASSERT_EQ(apply(servers, {"--dry-run"}), 0) << env.err_text;
        ASSERT_EQ(env.out_text, "") << "something was left to do";
    }
}

class ApplyFileTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) file = table->path() + ".conf";
    }
    void TearDown() override { unlink(file.c_str()); }
    int apply(const std::string& text, const std::vector<std::string>& more = {}) {
        std::ofstream(file) << text;
        std::vector<std::string> args = {"apply", file};
        args.insert(args.end(), more.begin(), more.end());
        return run(args);
    }
    std::string file;
};

TEST_F(ApplyFileTest, AGroupThatALoadWouldRefuseIsRefused) {
    const std::string text = "group = nobody-made-it\n[server.webA]\nport = 1000\nstatus-port = 2000\n";
    for (const std::vector<std::string>& more : {std::vector<std::string>{"--dry-run"}, {}}) {
        EXPECT_EQ(apply(text, more), 1);

        EXPECT_EQ(env.out_text, "");
        EXPECT_EQ(env.err_text, "zdrctl: apply \"" + file +
                                    "\": there is no group nobody-made-it; groupadd --system nobody-made-it\n");
    }
    EXPECT_EQ(apply("[server.webA]\nport = 1000\nstatus-port = 2000\n", {"--dry-run"}), 0);
    EXPECT_NE(env.out_text, "") << "something was changed";
}

TEST_F(ApplyFileTest, AMistakeInTheFileIsNoneThatTheHelpExplains) {
    EXPECT_EQ(apply("[server.webA]\nport = 0\nstatus-port = 2000\n"), 2);
    EXPECT_EQ(env.err_text, "zdrctl: apply: " + file + ":2: port: \"0\" is not a port (1 to 65535)\n");

    EXPECT_EQ(run({"apply", file, "--force"}), 2);
    EXPECT_NE(env.err_text.find("; try zdrctl help apply"), std::string::npos) << env.err_text;
}

// Without them it is not known which binds to guard, and a server that is not guarded is one that others may hide.
TEST_F(ApplyTest, WhereTheHostsAddressesCannotBeListedItChangesNothing) {
    const std::vector<Server> before = {make_server("webA", "srvs", 1000)};
    const std::vector<Server> after = {make_server("webB", "srvs", 1001)};
    ASSERT_EQ(apply(before), 0) << env.err_text;

    Child child([&] {
        if (!deny_call(SYS_socket, EACCES, AF_NETLINK)) return 99;  // which lists the host's addresses
        const int exit_status = apply(after);
        return env.err_text.find("list this host's addresses") == std::string::npos ? 98 : exit_status;
    });

    EXPECT_EQ(child.wait(), 7);
    EXPECT_EQ(apply(before, {"--dry-run"}), 0);
    EXPECT_EQ(env.out_text, "") << "something was changed";
    EXPECT_TRUE(table->target(*Address::parse("127.0.0.1"), Port(2000)));
    EXPECT_FALSE(table->target(*Address::parse("127.0.0.1"), Port(2001)));
}

// Tables of servers are written as a whole, and what leads to them is not.
TEST_F(ApplyTest, WhereTheRedirectsCannotBeWrittenTheServersAreThoseOfBefore) {
    const std::vector<Server> before = {make_server("webA", "srvs", 1000), make_server("webC", "srvs", 1002)};
    std::vector<Server> after = {make_server("webA", "srvs", 1000), make_server("webB", "srvs", 1001)};
    after.front().fall = 7;
    ASSERT_EQ(apply(before), 0) << env.err_text;

    Child child([&] { return deny_call(SYS_bpf, ENOMEM, BPF_MAP_UPDATE_ELEM) ? apply(after) : 99; });

    EXPECT_EQ(child.wait(), 1);
    EXPECT_EQ(apply(before, {"--dry-run"}), 0);
    EXPECT_EQ(env.out_text, "") << "something was changed";
    EXPECT_TRUE(table->target(*Address::parse("127.0.0.1"), Port(2002)));
    EXPECT_FALSE(table->target(*Address::parse("127.0.0.1"), Port(2001)));
}

}  // namespace
}  // namespace zdr::test
