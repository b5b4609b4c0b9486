// A test with a real table of servers in the kernel and zdrctl in its own process.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "support/pinned_table.h"
#include "support/strict.h"
#include "support/test_env.h"

namespace zdr::test {

inline Server make_server(const std::string& name, const std::string& backend, std::uint16_t port) {
    Server server;
    server.name = name;
    server.addresses = {*Address::parse("127.0.0.1")};
    server.app_port = Port(port);
    server.status_port = Port(static_cast<std::uint16_t>(port + 1000));
    if (!backend.empty()) server.backends = {std::string(backend)};
    return server;
}

class TableTest : public ::testing::Test {
  protected:
    void SetUp() override { create({}); }

    void create(const PinnedTable::Spec& spec) {
        if (geteuid() != 0 && is_strict()) FAIL() << "needs root: makes BPF maps and mounts a bpffs";
        if (geteuid() != 0) GTEST_SKIP() << "needs root: makes BPF maps and mounts a bpffs";
        table.reset();
        auto created = PinnedTable::create(spec);
        ASSERT_TRUE(created) << created.error().text;
        table.emplace(std::move(*created));
        env.variables["ZDR_STATE_DIR"] = table->path();
    }
    // webA (slot 0) and webB (slot 1) of one backend, and lone (slot 2) of none.
    void add_three() {
        ASSERT_TRUE(table->add(make_server("webA", "srvs", 1000)));
        ASSERT_TRUE(table->add(make_server("webB", "srvs", 1001)));
        ASSERT_TRUE(table->add(make_server("lone", "", 1002)));
    }
    int run(const std::vector<std::string>& args) { return env.run(args); }
    // Without a wait for checkers.
    int flip(const std::vector<std::string>& args) { return env.flip(args); }
    std::string state_of(std::uint32_t slot) const {
        return std::string(to_string(table->flip(slot).effective(boot_now())));
    }
    Flip flip_of(std::uint32_t slot) const { return table->flip(slot); }

    std::optional<PinnedTable> table;
    TestEnv env;
};

}  // namespace zdr::test
