// A host on which doctor finds nothing: what the tests of findings begin with.
#pragma once

#include <netinet/in.h>

#include <string>
#include <vector>

#include "cli/table_test.h"
#include "ctl/doctor/host_findings.h"

namespace zdr::test {

using namespace std::chrono_literals;
using ctl::Finding;
using ctl::Host;

inline constexpr zdr::Now kHostNow{1000h, 1767261600s};
using Texts = std::vector<std::string>;

inline Address address(const std::string& text) {
    return *Address::parse(text);
}

inline Checker haproxy(bool is_backup = false) {
    Checker out;
    out.from = "haproxy";
    out.is_backup = is_backup;
    out.last_boot = kHostNow.boot - 1s;
    out.interval = 2s;
    out.asks = 100;
    return out;
}

inline ListeningSocket socket_on(const std::string& ip, std::uint16_t port) {
    ListeningSocket out;
    if (ip == "0.0.0.0")
        out.words = {0, 0, htonl(0xffff), 0};
    else if (ip != "::")
        out.words = address(ip).words();
    out.is_v6 = ip.find(':') != std::string::npos;
    out.port = Port(port);
    return out;
}

// webA (127.0.0.1:1000, 2000) and webB (1001, 2001): ready, checked, and their apps listen.
inline Host healthy() {
    Host host;
    host.now = kHostNow;
    host.watched_for = 1h;
    host.status.hooks = {{"cgroup", "/sys/fs/cgroup", "", true}, {"tc", "eth0", "tcx", {}}};
    for (const char* name : {"webA", "webB"}) {
        const std::uint16_t port = std::string(name) == "webA" ? 1000 : 1001;
        host.status.servers.push_back(
            {make_server(name, "srvs", port), {}, {.counters = {9, 0}, .checkers = {haproxy()}}, {}});
    }
    host.sockets.listening = {{socket_on("127.0.0.1", 1000), socket_on("::", 1001)}};
    host.sockets.local = {address("127.0.0.1"), address("10.0.0.1"), address("::1")};
    host.ephemeral = EphemeralPorts{{32768, 60999}};
    host.owner = [](const ListeningSocket&) { return "nginx, process 812"; };
    host.is_outside_cgroup = [](const ListeningSocket&) { return false; };
    host.is_running = [](const Holder& holder) { return holder.pid == 1; };
    return host;
}

inline Server& server_a(Host& host) {
    return host.status.servers[0].server;
}
inline void put_out(Host& host, std::size_t index, State state) {
    host.status.servers[index].flip.state = state;
}

}  // namespace zdr::test
