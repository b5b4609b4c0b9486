// What of this host, with zdr loaded, makes a drain fail or surprises. Pure: what was seen comes from host_survey.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctl/doctor/check_findings.h"
#include "ctl/doctor/finding.h"
#include "ctl/status/read_status.h"
#include "zdr/net/ephemeral_ports.h"
#include "zdr/net/published_ports.h"

namespace zdr::ctl {

struct Host {
    Now now;
    std::chrono::nanoseconds watched_for{0};  // how long it was waited for checks of ports that none was seen of
    Status status;
    Sockets sockets;
    std::optional<EphemeralPorts> ephemeral;                // none: they are not known
    std::vector<std::string> interfaces_without_rewriting;  // that are up
    std::optional<PublishedPorts> published;                // none: they are not known
    bool has_foreign_lookup = false;                        // another sk_lookup program than zdr's
    // Who has a socket, for people: "nginx, process 812".
    std::function<std::string(const ListeningSocket&)> owner;
    // Whether all who have it are outside of the cgroup that the hooks are attached to; false where that is not known.
    std::function<bool(const ListeningSocket&)> is_outside_cgroup;
    std::function<bool(const Holder&)> is_running;
};

// Findings about all servers first, then about each, in their order.
Findings find_in_host(const Host& host);

}  // namespace zdr::ctl
