// A HAProxy configuration as zdr needs it: its proxies, with their lines and their servers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/haproxy/server_line.h"
#include "zdr/haproxy/tokens.h"

namespace zdr {

struct HaproxyLine {
    std::size_t number;  // from 1
    std::vector<std::string> words;
};

// What could not be read or known, by line.
struct HaproxyRemark {
    std::size_t line;
    std::string text;
};

struct HaproxyProxy {
    enum class Kind { kDefaults, kFrontend, kBackend, kListen };

    Kind kind = Kind::kDefaults;
    std::string name;  // of defaults: may be empty
    std::size_t line = 0;
    std::optional<std::size_t> defaults;  // whose settings it inherits: an index into the proxies
    std::vector<HaproxyLine> lines;       // its own, but those of servers
    HaproxyServerSettings server_settings;
    std::vector<HaproxyServerLine> servers;
};

// Where HAProxy itself listens.
struct HaproxyBind {
    std::size_t line;
    std::string addresses;  // "127.0.0.1:80,[::1]:80-90", after variables
};

struct HaproxyConfig {
    std::vector<HaproxyProxy> proxies;  // defaults sections included, in the file's order
    std::vector<HaproxyLine> globals;   // the lines of the global sections
    std::vector<HaproxyBind> binds;     // of every section that listens, and of "stats socket ..."
    std::vector<HaproxyRemark> notes;   // in the file's order
};

// Reads the text of one file. Of ".if" whose condition only HAProxy knows, every branch is read. variables are those of
// the environment; the file's own (.LINE, setenv) are this function's. What HAProxy would refuse is mostly a note, or
// nothing: haproxy -c is there for that. Errors: a line whose words cannot be told, an ".else" without
// beginning, a NUL byte: "NAME:LINE: sentence"; a ".if" without end: "NAME: sentence".
Result<HaproxyConfig> parse_haproxy_config(std::string_view text, std::string_view name,
                                           const HaproxyVariables& variables);

// The line that counts of those that set something in a proxy: its own last, else its defaults' last. Lines match that
// begin with these words. Null: there is none.
const HaproxyLine* find_haproxy_line(const HaproxyConfig& config, const HaproxyProxy& proxy,
                                     std::initializer_list<std::string_view> words);

}  // namespace zdr
