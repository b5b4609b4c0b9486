// Which options are in effect in a proxy of HAProxy's configuration, its defaults included.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "zdr/haproxy/config_file.h"

namespace zdr {

// The line "option NAME" that is in effect: the last that speaks of it counts, the proxy's own before those of its
// defaults (configuration manual, 4.1). Null where that one takes it back ("no option NAME", "default option NAME"), or
// there is none.
const HaproxyLine* find_haproxy_option(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view name);

// "option redispatch", which "option redispatch 0" turns off, too.
bool redispatches(const HaproxyConfig& config, const HaproxyProxy& proxy);

// "timeout check": how long HAProxy waits for the answer once it is connected; none: inter bounds the whole check.
std::optional<std::chrono::milliseconds> check_timeout(const HaproxyConfig& config, const HaproxyProxy& proxy);

// "spread-checks" of the global sections: HAProxy makes each time between two checks longer or shorter by chance, by so
// many percent of it at most.
struct HaproxySpread {
    unsigned percent = 0;
    std::size_t line = 0;

    // The longest that this can become, in whole milliseconds.
    std::chrono::milliseconds longest(std::chrono::milliseconds time) const;
};
// Of several the first counts, and HAProxy takes none over 50.
HaproxySpread spread_of_checks(const HaproxyConfig& config);

}  // namespace zdr
