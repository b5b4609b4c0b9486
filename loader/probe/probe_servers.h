// Throw-away servers beside those that are loaded, with the same ports at other addresses.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr::loader {

struct ProbeServer {
    Server server;
    std::string like;  // the name of the server that it stands for; empty: of none
};

class ProbeServers {
  public:
    // One for each status port of the loaded servers, with their backup status ports, at most 64, or a made-up one
    // where there is none. A server whose app is in a container has none. No two have a port in common: a backup status
    // port that no status port is left for is the status port of one of its own. What a probe that was killed has left
    // goes. Errors: kNotLoaded, and those of replace_servers().
    static Result<ProbeServers> add(const std::string& state_dir, const std::vector<Address>& addresses);
    ProbeServers(ProbeServers&& other) noexcept = default;
    ProbeServers& operator=(ProbeServers&&) = delete;
    ~ProbeServers();

    const std::vector<ProbeServer>& list() const { return list_; }
    const std::string& cgroup() const { return cgroup_; }
    std::string pins() const { return state_dir_ + "/live"; }

    // All of them.
    Result<void> flip(State state) const;

  private:
    ProbeServers(std::string state_dir) : state_dir_(std::move(state_dir)) {}

    std::string state_dir_;
    std::string cgroup_;
    std::vector<ProbeServer> list_;
};

}  // namespace zdr::loader
