// What of this host, with zdr loaded, makes a drain fail or surprises. Pure: what was seen comes from host_survey.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctl/doctor/check_findings.h"
#include "ctl/doctor/finding.h"
#include "ctl/status/status_table.h"

namespace zdr::ctl {

struct PortRange {
    std::uint32_t low = 0;
    std::uint32_t high = 0;  // included

    bool operator==(const PortRange&) const = default;
};

struct Host {
    Now now;
    std::chrono::nanoseconds watched_for{0};  // how long it was waited for checks of ports that none was seen of
    Status status;
    Sockets sockets;
    std::optional<PortRange> ephemeral;  // the ports that the kernel gives to whoever asks for none; none: not known
    std::vector<PortRange> reserved;     // of these, the ones that it does not give
    // Who has a socket, for people: "nginx, process 812".
    std::function<std::string(const ListeningSocket&)> owner;
    std::function<bool(const Holder&)> is_running;
};

// Findings about all servers first, then about each, in their order.
Findings find_in_host(const Host& host);

// "2000", "2000-2001": ports with commas between, as net.ipv4.ip_local_reserved_ports has them, sorted and joined.
std::string format_ranges(std::vector<PortRange> ranges);
// The other way round; what is no range is left out.
std::vector<PortRange> parse_ranges(std::string_view text);

}  // namespace zdr::ctl
