// A state directory as the loader leaves it, with real maps and no programs: what zdrctl needs to run, on the real
// kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"
#include "zdr_abi.h"

namespace zdr::test {

// Maps pinned in a bpffs of its own, which is mounted in a mount namespace that only this process and its children see.
// Needs root. Unmounts and removes everything when it dies, but not in a forked child.
class PinnedTable {
  public:
    struct Spec {
        std::uint32_t abi = ZDR_ABI_VERSION;
        std::string cgroup = "/sys/fs/cgroup";
        std::uint32_t most_states = ZDR_MAX_SERVERS;  // so many states fit
        gid_t group = 0;                              // of the directory and the pins
    };
    static Result<PinnedTable> create(const Spec& spec);

    PinnedTable(PinnedTable&& other) noexcept = default;
    PinnedTable& operator=(PinnedTable&&) = delete;
    ~PinnedTable();

    // The state directory.
    std::string path() const { return base_ + "/state"; }
    std::string pin(std::string_view map) const { return path() + "/live/" + std::string(map); }

    // Each returns whether the kernel took it. The slot is the server's number, from 0 on.
    bool add(const Server& server);
    bool add_record(const zdr_server_key& key, const zdr_server& record);
    bool set_flip(std::uint32_t slot, const Flip& flip);
    bool set_flip(std::uint32_t slot, const zdr_state& state, const zdr_flip& flip);
    bool set_checks(std::uint32_t slot, const zdr_checks& checks);
    bool set_overflow_checks(std::uint32_t slot, const zdr_overflow_checks& checks);

    // The state of a slot; none where it was never flipped.
    std::optional<zdr_state> state(std::uint32_t slot) const;
    Flip flip(std::uint32_t slot) const;
    // Where the kernel's programs would lead a connection; none: nowhere.
    std::optional<zdr_target> target(const Address& address, Port port) const;

  private:
    explicit PinnedTable(std::string base) : base_(std::move(base)) {}
    Result<void> mount_and_pin(const Spec& spec);

    std::string base_;
    bool is_mounted_ = false;
    pid_t owner_ = 0;
    std::uint32_t servers_count_ = 0;
    UniqueFd meta_;
    UniqueFd ports_;
    UniqueFd redirects_;
    struct Ring {
        std::uint32_t first;
        ServerEntry last;
    };
    std::map<std::string, Ring> rings_;  // by backend
    UniqueFd servers_;
    UniqueFd settings_;
    UniqueFd states_;
    UniqueFd flips_;
    UniqueFd checks_;
    UniqueFd overflow_checks_;
    UniqueFd listeners_;
    UniqueFd activity_;
    UniqueFd ways_;
    UniqueFd instances_;
};

}  // namespace zdr::test
