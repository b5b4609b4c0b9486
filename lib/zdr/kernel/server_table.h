// The servers that the kernel knows: found by name, listed, flipped, and replaced as a whole by those of a file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/model/checkers.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"
#include "zdr_abi.h"

namespace zdr {

struct ServerEntry {
    Server server;
    std::uint32_t slot;         // its key in the maps of states and checks, for as long as the server exists
    std::uint32_t peer = slot;  // slot of another server of its backend; its own: there is none
};

class ServerTable {
  public:
    // Opens the maps pinned in a directory (StateDir::live()). To read, or to flip too (kWrite: of the states only,
    // which is what group zdr may). Errors: of open(); kNotLoaded where they are of another ABI version.
    static Result<ServerTable> open(const std::string& pins, Access access);

    const zdr_meta& meta() const { return meta_; }

    Result<std::optional<ServerEntry>> find(std::string_view name) const;
    // Sorted by name.
    Result<std::vector<ServerEntry>> list() const;

    Result<Flip> flip_of(std::uint32_t slot) const;
    Result<void> flip(std::uint32_t slot, const Flip& flip) const;
    Result<Checks> checks(std::uint32_t slot) const;

  private:
    using Servers = BpfMap<zdr_server_key, zdr_server>;
    using States = BpfMap<__u32, zdr_state>;

    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using MoreChecksMap = BpfMap<__u32, zdr_more_checks>;
    struct CheckMaps {
        ChecksMap few;
        MoreChecksMap more;
    };

    ServerTable(std::string pins, const zdr_meta& meta, Servers servers, States states)
        : pins_(std::move(pins)), meta_(meta), servers_(std::move(servers)), states_(std::move(states)) {}

    Result<const CheckMaps*> check_maps() const;

    std::string pins_;
    zdr_meta meta_;
    Servers servers_;
    States states_;
    mutable std::optional<CheckMaps> check_maps_;  // opened when first asked for: a flip needs none
};

// Gives each its peer, so that the servers of a backend make a ring: a flip knows at one look whether there are others,
// and mostly that one of them stays ready, without a look at all servers.
void link_peers(std::span<ServerEntry* const> entries);

// The record of a server in the kernel, and back.
zdr_server to_record(const ServerEntry& entry);
zdr_server_key to_key(std::string_view name);
ServerEntry from_record(const zdr_server_key& key, const zdr_server& record);

}  // namespace zdr
