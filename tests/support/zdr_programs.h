// The real zdr-loader and zdrctl, run on the sandbox's own cgroup and state directory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/process.h"
#include "support/sandbox.h"

namespace zdr::test {

class ZdrPrograms {
  public:
    explicit ZdrPrograms(const Sandbox& sandbox);
    // Several in one sandbox, each in a directory, and with a cgroup of its own.
    ZdrPrograms(const std::string& directory, std::string cgroup);

    // Writes the configuration that load() reads.
    void configure(std::string_view text) const;
    const std::string& config() const { return config_; }

    // Command lines, complete with state directory and cgroup.
    Command loader(const Command& arguments) const;
    Command load_command() const { return loader({"load", "-c", config_}); }
    Command ctl(const Command& arguments) const;

    Output load() const { return run(load_command()); }
    Output unload() const { return run(loader({"unload"})); }

    // status --json, as text.
    std::string status() const;
    // A server's state, and its counters.
    std::string state(const std::string& server) const;
    std::int64_t redirected(const std::string& server) const;
    std::int64_t refused(const std::string& server) const;
    // Active and idle: "2+1"; "unknown".
    std::string sessions(const std::string& server) const;

    // The two programs themselves.
    static std::string loader_path();
    static std::string ctl_path();

  private:
    std::string config_;
    std::string state_dir_;
    std::string cgroup_;
};

}  // namespace zdr::test
