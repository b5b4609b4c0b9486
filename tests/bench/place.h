// A place to stand in: a network namespace, a cgroup and a directory of its own inside the sandbox of a part, so that
// zdr and its peers are there side by side, each as if it were alone.
#pragma once

#include <string>

#include "support/namespace.h"
#include "support/process.h"
#include "support/sandbox.h"
#include "support/zdr_programs.h"

namespace zdr::bench {

class Place {
  public:
    Place(const test::Sandbox& sandbox, const std::string& name);

    // Moves the calling thread into the network namespace; enter() also this process into the cgroup.
    void enter_network() const;
    void enter() const;

    const test::NetNamespace& network() const { return network_; }
    const std::string& directory() const { return directory_; }
    // zdr as it can be loaded for this place. Run it from inside.
    const test::ZdrPrograms& zdr() const { return zdr_; }
    // Writes a file in the directory; its path.
    std::string write(const std::string& name, const std::string& text) const;

  private:
    test::NetNamespace network_;
    UniqueFd network_fd_;
    std::string cgroup_;
    std::string directory_;
    test::ZdrPrograms zdr_;
};

// Runs a command; throws std::runtime_error with what it said where it fails.
void must_run(const test::Command& command);
// Enters the place and loads zdr there with that configuration. loader: of another build; empty: this one's. Throws.
void load_zdr(const Place& place, const std::string& conf, const std::string& loader = "");

}  // namespace zdr::bench
