// What is in effect in a proxy of HAProxy's configuration, its defaults included: options, and where checks go.
#pragma once

#include <string_view>

#include "zdr/haproxy/config_file.h"

namespace zdr {

// The line "option NAME" that is in effect: the last that speaks of it counts, the proxy's own before those of its
// defaults (configuration manual, 4.1). Null where that one takes it back ("no option NAME", "default option NAME"), or
// there is none.
const HaproxyLine* find_haproxy_option(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view name);

// "option redispatch", which "option redispatch 0" turns off, too.
bool redispatches(const HaproxyConfig& config, const HaproxyProxy& proxy);

// The first line that says where all checks go, whatever the server lines say ("tcp-check connect port 2000"). Null:
// there is none.
const HaproxyLine* find_connect_rule(const HaproxyConfig& config, const HaproxyProxy& proxy);

}  // namespace zdr
