// The configuration file: which cgroup, interfaces and group zdr uses, and the servers.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/server.h"

namespace zdr {

inline constexpr const char* kDefaultConfig = "/etc/zdr/zdr.conf";

struct Config {
    std::string cgroup = "auto";                     // auto: the cgroup v2 root, wherever it is mounted
    bool rewriting = true;                           // auto; false: off
    std::vector<std::string> interfaces = {"auto"};  // where rewriting is; auto, alone: every interface that is up
    std::string group = "zdr";
    bool group_is_named = false;       // the file names the group, so it must exist
    std::vector<std::string> haproxy;  // sockets that the waits of zdrctl ask
    std::vector<Server> servers;       // in the file's order; no clash among them
};

// Parses the text of a configuration file; name stands in the errors. INI as Boost.Program_options reads it: '#' begins
// a comment anywhere, so no value can contain one. An unknown key or section, a key twice (but address and interface),
// a missing port, a bad value and a clash of servers are usage errors: "NAME:LINE: sentence".
Result<Config> parse_config(std::string_view text, std::string_view name);

// Reads and parses a file. Errors: of open() and read(), and those of parse_config().
Result<Config> read_config(const std::string& path);

// Who may flip, besides root; none: the default group is not there, and states stay root's. A failure where the file
// names a group that is not there.
Result<std::optional<gid_t>> group_of(const Config& config);

}  // namespace zdr
