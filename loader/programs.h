// The kernel programs and maps of one load, owned through the generated skeleton: what is neither pinned nor attached
// by a pinned link is gone from the kernel when this dies.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hooks.h"
#include "maps/old_maps.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/map_table.h"
#include "zdr/kernel/redirects.h"

struct zdr_bpf;

namespace zdr::loader {

class Programs {
  public:
    // Loads them for the network namespace of the caller; the maps are new but those that are taken over. The iterator
    // of sessions may be missing, and before Linux 6.5 that of refused connections is. Errors carry the kernel
    // verifier's last words.
    static Result<Programs> load(const OldMaps& old_maps);
    // What the kernel did not take, or could not be asked; none: it took all that this build has for it.
    const std::optional<Error>& lack() const { return lack_; }

    Programs(Programs&&) noexcept;
    Programs& operator=(Programs&&) = delete;
    ~Programs();

    // Pins every map that is new into a directory.
    Result<void> pin_new_maps(const std::string& directory) const;
    // Moves these pins into another directory.
    Result<void> move_new_maps(const std::string& from, const std::string& to) const;
    // Gives the pinned maps of a directory their rights: what is redirected is root's alone, states are the group's to
    // write.
    static Result<void> set_rights(const std::string& directory, gid_t group);
    // Of ABI 1: rewritten connections that were there before the map that counts them.
    Result<void> carry_flows() const;
    // Writes what was loaded where, and which side's states are in force from now on (zdr_meta).
    Result<void> write_meta(const std::string& cgroup, const std::vector<std::string>& haproxy,
                            std::uint32_t side) const;
    // New fds of the maps of redirects.
    Result<Redirects> redirects() const;
    // An unpinned link of the iterator of a pin (ZDR_PIN_*). Error: why the kernel has not taken it.
    Result<UniqueFd> iterator(std::string_view pin) const;
    // Pins them into a directory for the group to read; one that the kernel has not taken is missing, which is no
    // error.
    Result<void> pin_iterators(const std::string& directory, gid_t group) const;
    // Enters what listens already in the registry.
    Result<void> register_listeners() const;
    // The program's fd, which stays the skeleton's.
    int program_fd(const Hook& hook) const;

  private:
    struct Destroy {
        void operator()(zdr_bpf* skeleton) const;
    };
    using Skeleton = std::unique_ptr<zdr_bpf, Destroy>;
    Programs(Skeleton skeleton, const OldMaps& old_maps, std::uint64_t netns_cookie);
    struct Host;
    static Result<Skeleton> load_skeleton(const OldMaps& old_maps, const Host& host, bool has_sessions);

    Skeleton skeleton_;  // its constants are only there until it is loaded, where the kernel maps none
    std::uint64_t netns_cookie_;
    std::vector<MapSpec> new_maps_;
    std::optional<Error> no_sessions_;  // why there is no iterator
    std::optional<Error> lack_;
};

}  // namespace zdr::loader
