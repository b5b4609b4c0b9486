// The servers that the kernel knows: found by name, listed, and flipped. server_replacement.h changes which there are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/access.h"
#include "zdr/model/checkers.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr {

// Where an app listens: on one address, or on every address.
struct AppPlace {
    std::optional<Address> address;
    Port port{1};

    bool operator==(const AppPlace&) const = default;
};

struct ServerEntry {
    Server server;
    std::uint32_t slot;                    // its key in the maps of states and checks, for as long as the server exists
    std::uint32_t peer = slot;             // slot of another server of its backend; its own: there is none
    bool is_published = false;             // as it was found, or as the server's setting says
    std::optional<AppPlace> peer_place{};  // of its peer's app; none: only the peer's own entry has it

    bool operator==(const ServerEntry&) const = default;
};

// Which versions of what is loaded a caller works with: its own, or also the one that a load carries over.
enum class Abi { kThis, kThisOrCarried };

class ServerTable {
  public:
    // Opens the maps pinned in a directory (StateDir::live()). To read, or to flip too (kWrite: of the states only,
    // which is what group zdr may). Errors: of open(); kNotLoaded where they are of another ABI version.
    static Result<ServerTable> open(const std::string& pins, Access access, Abi abi = Abi::kThis);
    ServerTable(ServerTable&&) noexcept;
    ServerTable& operator=(ServerTable&&) noexcept;
    ~ServerTable();

    // What was loaded, and for whom.
    std::uint32_t abi() const;
    std::uint32_t side() const;                        // of the states: zdr_meta.side
    bool is_changing() const;                          // the latest change of the servers was cut off
    std::uint64_t netns_cookie() const;                // of the network namespace that is served
    std::uint32_t pid_namespace() const;               // that checkers' processes are counted in (own_pid_namespace())
    std::string cgroup() const;                        // path of the cgroup that the hooks are attached to
    std::vector<std::string> haproxy_sockets() const;  // as the configuration names them

    Result<std::optional<ServerEntry>> find(std::string_view name) const;
    // Sorted by name.
    Result<std::vector<ServerEntry>> list() const;

    // Not of an older ABI, whose states are not opened.
    Result<Flip> flip_of(std::uint32_t slot) const;
    // Returns why who flips since when and why could not be kept, if so: the flip is made without it. Errors: also
    // where a load has changed sides meanwhile, which it does only if this one's lock was passed over.
    Result<std::optional<Error>> flip(std::uint32_t slot, const Flip& flip) const;
    Result<Checks> checks(std::uint32_t slot) const;

  private:
    struct Maps;
    explicit ServerTable(std::unique_ptr<Maps> maps);

    std::unique_ptr<Maps> maps_;
};

}  // namespace zdr
