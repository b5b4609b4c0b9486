// Which options are in effect in a proxy of HAProxy's configuration, its defaults included.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "zdr/haproxy/config_file.h"
#include "zdr/haproxy/health_checks.h"

namespace zdr {

// The line "option NAME" that is in effect: the last that speaks of it counts, the proxy's own before those of its
// defaults (configuration manual, 4.1). Null where that one takes it back ("no option NAME", "default option NAME"), or
// there is none.
const HaproxyLine* find_haproxy_option(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view name);

// "option redispatch", which "option redispatch 0" turns off, too.
bool redispatches(const HaproxyConfig& config, const HaproxyProxy& proxy);

// Whether its traffic is not HTTP: mode tcp, which is also that of a proxy that says none.
bool is_plain_tcp(const HaproxyConfig& config, const HaproxyProxy& proxy);

// The line "http-check disable-on-404" that is in force: a 404 takes a running server out softly (NOLB), whatever the
// rules expect. Null: there is none, or "option httpchk" is not how the servers are checked.
const HaproxyLine* find_disable_on_404(const HaproxyConfig& config, const HaproxyProxy& proxy,
                                       const HaproxyHealthChecks& checks);

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
