// A fixture whose zdr belongs to a group, and a user who is in that group and nothing else.
#pragma once

#include <functional>
#include <string>

#include "support/system_test.h"

namespace zdr::test {

// Groups that every Debian has and that the user nobody is not in.
inline constexpr const char* kGroup = "daemon";
inline constexpr const char* kOtherGroup = "games";

// What a function returns in a child process that is the user nobody's, in one group only; 255: it could not become
// that.
int as_nobody(const std::string& group, const std::function<int()>& function);

// webA is loaded for kGroup.
class GroupTest : public SystemTest {
  protected:
    void SetUp() override;

    // A program of zdr, or another one, as the user nobody and in one group only.
    Command command_of_nobody(const std::string& group, Command command) const;
    Output run_as_nobody(const std::string& group, Command command) const;

    std::string pin(const std::string& name) const { return sandbox().state_dir() + "/live/" + name; }

  private:
    // The build directory may be closed to others.
    void make_programs_reachable();

    std::string bin_;
};

}  // namespace zdr::test
