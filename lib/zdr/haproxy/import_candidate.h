// A server line as import sees it: where its traffic and its checks go, or why zdr cannot have it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "zdr/haproxy/health_checks.h"
#include "zdr/haproxy/options.h"
#include "zdr/haproxy/traffic.h"
#include "zdr/model/server.h"

namespace zdr {

struct ImportCandidate {
    const HaproxyServerLine* line;
    std::string name;
    std::string host;  // the name that the checked address stands for; empty: it was an address
    AddressPort app;
    AddressPort status;
    HaproxyCheckTarget target;

    // How many checks arrive in each interval: of a template, and of rules that connect several times.
    std::size_t checks() const { return line->count() * target.connections; }
    bool is_checked_on_app_port() const { return app.port == status.port; }
};

// Sentences without their subject: "is not checked, so ...".
using WhyNot = std::string;
using Remarks = std::vector<std::string>;

tl::expected<ImportCandidate, WhyNot> make_candidate(const HaproxyServerLine& line, const HaproxyHealthChecks& checks,
                                                     const HaproxyTraffic& traffic, const HaproxyResolver& resolver);

// What of HAProxy's can be no status port as it is, and what would make it one.
WhyNot why_on_app_port(const ImportCandidate& candidate);

// What may surprise of one that became a server.
Remarks remarks_on(const ImportCandidate& candidate, const HaproxyTraffic& traffic);

// What the operator has to decide about a check port where somebody else probably answers; empty: nothing.
std::string daemon_remark(Port port);

// What zdr can ask as HAProxy does, so that ready means what HAProxy means; nothing with a daemon beside the app, and
// where HAProxy speaks in the clear to an app that speaks TLS, or sends it a PROXY line first; no question over another
// protocol than HTTP/1. `http` is http_check_of(checks).
HealthCheck health_of(const HaproxyHealthChecks& checks, const std::optional<HaproxyHttpCheck>& http,
                      const HaproxyCheckTarget& target, const HaproxyServerLine& line);

// Why that is nothing, or less, though HAProxy asks it; empty: it is all.
WhyNot why_not_asked(const std::optional<HaproxyHttpCheck>& http, const ImportCandidate& candidate);

// fall, rise and the intervals of a server line, as zdr can hold them.
void set_times(const HaproxyServerSettings& settings, Server& server);
// The same of a further line that checks the server: the longer ones count.
void merge_times(const HaproxyServerSettings& settings, Server& server);
// As long as HAProxy makes them by chance.
void spread_times(const HaproxySpread& spread, Server& server);
// What zdr cannot hold of them; empty: nothing.
std::string times_remark(const HaproxyServerSettings& settings);

}  // namespace zdr
