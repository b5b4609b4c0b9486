// apply and what it shows before: one plan for both.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

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

}  // namespace
}  // namespace zdr::test
