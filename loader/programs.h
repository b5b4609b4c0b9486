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
#include "zdr/error.h"
#include "zdr/redirects.h"
#include "zdr/unique_fd.h"

struct zdr_bpf;

namespace zdr::loader {

class Programs {
  public:
    // Loads them for the network namespace of the caller. Maps are new, or those pinned in a directory. Errors carry
    // the kernel verifier's last words.
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
    // The program's fd, which stays the skeleton's.
    int program_fd(const Hook& hook) const;

  private:
    struct Destroy {
        void operator()(zdr_bpf* skeleton) const;
    };
    explicit Programs(std::unique_ptr<zdr_bpf, Destroy> skeleton);

    std::unique_ptr<zdr_bpf, Destroy> skeleton_;
};

// The cookie of the caller's network namespace (SO_NETNS_COOKIE, Linux 5.14).
Result<std::uint64_t> netns_cookie();

}  // namespace zdr::loader
