// Which options are in effect in a proxy of HAProxy's configuration, its defaults included.
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

}  // namespace zdr
