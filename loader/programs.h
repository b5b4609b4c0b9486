// The kernel programs and maps of one load, owned through the generated skeleton: what is neither pinned nor attached
// by a pinned link is gone from the kernel when this dies.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/redirects.h"

struct zdr_bpf;

namespace zdr::loader {

class Programs {
  public:
    // Loads them for the network namespace of the caller. Maps are new, or those pinned in a directory, which
    // check_old_maps() has found to fit. The iterator of sessions may be missing. Errors carry the kernel verifier's
    // last words.
    static Result<Programs> load(const std::optional<std::string>& pinned_maps);

    Programs(Programs&&) noexcept;
    Programs& operator=(Programs&&) = delete;
    ~Programs();

    // Pins every map into a directory with its rights.
    Result<void> pin_maps(const std::string& directory, gid_t group) const;
    // Gives the pinned maps of a directory their rights: what is redirected is root's alone, states are the group's to
    // write.
    static Result<void> set_rights(const std::string& directory, gid_t group);
    // Writes what was loaded where (zdr_meta). What the programs count there stays.
    Result<void> write_meta(const std::string& cgroup, const std::vector<std::string>& haproxy) const;
    // New fds of the maps of redirects.
    Result<Redirects> redirects() const;
    // An unpinned link of the iterator of sessions. Error: why the kernel has not taken it.
    Result<UniqueFd> session_iterator() const;
    // Pins one into a directory for the group to read; where there is none, sessions are unknown, and that is no error.
    Result<void> pin_sessions(const std::string& directory, gid_t group) const;
    // The program's fd, which stays the skeleton's.
    int program_fd(const Hook& hook) const;

  private:
    struct Destroy {
        void operator()(zdr_bpf* skeleton) const;
    };
    using Skeleton = std::unique_ptr<zdr_bpf, Destroy>;
    explicit Programs(Skeleton skeleton);
    static Result<Skeleton> load_skeleton(const std::optional<std::string>& pinned_maps, bool has_sessions);

    Skeleton skeleton_;
    std::optional<Error> no_sessions_;  // why there is no iterator
};

}  // namespace zdr::loader
