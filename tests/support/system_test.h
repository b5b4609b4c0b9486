// The fixture of the system tests: a sandbox and the real programs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "support/sandbox.h"
#include "support/strict.h"
#include "support/zdr_programs.h"

// Skips the test for a reason; where ZDR_TEST_STRICT=1 that is a failure.
#define ZDR_SKIP(reason)                                \
    do {                                                \
        if (zdr::test::is_strict()) FAIL() << (reason); \
        GTEST_SKIP() << (reason);                       \
    } while (false)

namespace zdr::test {

// The server of most tests: 127.0.0.1, port 1000, status port 2000.
inline constexpr std::string_view kWebA =
    "[server.webA]\n"
    "address = 127.0.0.1\n"
    "port = 1000\n"
    "status-port = 2000\n";

class SystemTest : public testing::Test {
  protected:
    void SetUp() override;

    const Sandbox& sandbox() const { return *sandbox_; }
    const ZdrPrograms& zdr() const { return *zdr_; }

    // Each must succeed; unload without a word.
    void load(std::string_view config) const;
    void unload() const;
    // zdrctl WORD NAME, forced.
    void flip(const std::string& word, const std::string& name, const Command& more = {}) const;

    // Asserts that zdr has no trace in the kernel, the mounts, the state directory and the cgroup of this sandbox.
    void expect_nothing_left() const;

  private:
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<ZdrPrograms> zdr_;
};

// That a program ended with this status and said one line on standard error, nothing on standard output.
void expect_refusal(const Output& output, int status);

}  // namespace zdr::test
