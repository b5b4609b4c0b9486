// Checks that are noted at made-up times, by the very code that runs in the kernel, and what is read of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "check_records.h"
#include "zdr/model/checkers.h"

namespace zdr {

inline zdr_check check_of(const std::string& process, __u8 role = ZDR_STATUS_PORT) {
    zdr_check check{};
    std::memcpy(check.from, process.data(), std::min(process.size(), sizeof check.from));
    check.role = role;
    check.hook = ZDR_HOOK_CGROUP;
    return check;
}

class NotedChecks : public testing::Test {
  protected:
    void note(const zdr_check& check, __u32 verdict, std::chrono::milliseconds at) {
        records_.note(check, verdict, static_cast<__u64>(std::chrono::nanoseconds(at).count()));
    }
    void note(const std::string& process, __u32 verdict, std::chrono::milliseconds at) {
        note(check_of(process), verdict, at);
    }
    Checks checks() const { return records_.checks(); }
    CheckRecords& records() { return records_; }
    Checker only() const {
        EXPECT_EQ(checks().checkers.size(), 1u);
        return checks().checkers.empty() ? Checker{} : checks().checkers.front();
    }
    bool knows(const std::string& process) const {
        for (const Checker& checker : checks().checkers)
            if (checker.from == process) return true;
        return false;
    }

  private:
    CheckRecords records_;
};

}  // namespace zdr
