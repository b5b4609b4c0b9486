// A world of a test's own: network namespace, mounts, cgroup and directory, all gone when it ends, even when it is
// killed.
#pragma once

#include <string>

#include "zdr/base/unique_fd.h"

namespace zdr::test {

// The root of cgroup v2, wherever it is mounted. Throws where it is not.
std::string cgroup_root();

// "zdr-test-RUN", in whose name everything is that a sandbox makes on the host. RUN is the pid of who started this
// test: of all tests that one ctest runs the same.
const std::string& run_name();

class Sandbox {
  public:
    // Moves this process, which has one thread, into a new network namespace (lo is up), a new mount namespace (with an
    // empty /var/lib, so that nothing of the host is written) and a new cgroup zdr-test-RUN-NAME-PID. Throws
    // std::system_error.
    explicit Sandbox(const std::string& name);
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;
    // Moves it back, and ends what still runs in the cgroup.
    ~Sandbox();

    const std::string& cgroup() const { return cgroup_; }
    // In memory, seen by this sandbox only.
    const std::string& directory() const { return directory_; }
    std::string state_dir() const { return directory_ + "/state"; }

  private:
    std::string cgroup_;
    std::string former_cgroup_;
    std::string directory_;
    UniqueFd former_network_;
    UniqueFd former_mounts_;
    UniqueFd former_directory_;
    UniqueFd guard_;  // the process that clears up after a killed test waits for the end of this pipe
};

// Ends every process in a cgroup and below, and removes it. Whether it is gone.
bool remove_cgroup(const std::string& path);

}  // namespace zdr::test
