#include "zdr/kernel/session_records.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>
#include <utility>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

// An address and port, as the records have them. An address that is all zero: any.
using End = std::pair<Address::Words, __be16>;
using Connection = std::pair<End, End>;  // local and remote

End end_of(const __be32 (&address)[4], __be16 port) {
    End out{{}, port};
    std::memcpy(out.first.data(), address, sizeof address);
    return out;
}

// Where servers listen, sorted.
class Listeners {
  public:
    Listeners(std::span<const ServerEntry> servers, std::span<const std::optional<Port>> active) {
        for (std::size_t i = 0; i < servers.size(); ++i) {
            add(servers[i].server, servers[i].server.app_port, i);
            if (i < active.size() && active[i]) add(servers[i].server, *active[i], i);
        }
        std::sort(list_.begin(), list_.end());
    }

    // Adds the servers, by their positions, that have this end.
    void add_matches(const End& local, std::vector<std::size_t>& out) const {
        add_exact(local, out);
        add_exact(End{{}, local.second}, out);
    }

  private:
    using Listener = std::pair<End, std::size_t>;  // of a server, by its position

    void add(const Server& server, Port port, std::size_t position) {
        if (server.addresses.empty()) list_.emplace_back(End{{}, port.network()}, position);
        for (const Address& address : server.addresses)
            list_.emplace_back(End{address.words(), port.network()}, position);
    }

    void add_exact(const End& end, std::vector<std::size_t>& out) const {
        auto found = std::lower_bound(list_.begin(), list_.end(), Listener{end, 0});
        for (; found != list_.end() && found->first == end; ++found) out.push_back(found->second);
    }

    std::vector<Listener> list_;
};

// The app's ends of the checks whose other ends are among the records, sorted.
std::vector<Connection> checks_among(std::span<const zdr_session> records) {
    std::vector<Connection> out;
    for (const zdr_session& one : records)
        if ((one.flags & ZDR_SESSION_CHECKER) != 0)
            out.push_back({end_of(one.remote, one.remote_port), end_of(one.local, one.local_port)});
    std::sort(out.begin(), out.end());
    return out;
}

// Positions of the records that are no checks, those with one cookie side by side.
std::vector<std::pair<__u64, std::size_t>> by_cookie(std::span<const zdr_session> records) {
    const std::vector<Connection> checks = checks_among(records);
    std::vector<std::pair<__u64, std::size_t>> out;
    out.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        const zdr_session& one = records[i];
        if ((one.flags & ZDR_SESSION_CHECKER) != 0) continue;
        if (!checks.empty() &&
            std::binary_search(checks.begin(), checks.end(),
                               Connection{end_of(one.local, one.local_port), end_of(one.remote, one.remote_port)}))
            continue;
        out.emplace_back(one.cookie, i);
    }
    std::sort(out.begin(), out.end());
    return out;
}

// Whether it lives on one of the ports at which the server's instances are reached.
bool is_of_instances(const zdr_session& one, const Server& server) {
    const Address local(end_of(one.local, one.local_port).first);
    return may_be_active(server, Port::from_network(one.local_port)) &&
           (server.addresses.empty() ||
            std::find(server.addresses.begin(), server.addresses.end(), local) != server.addresses.end());
}

}  // namespace

std::set<std::uint64_t> find_instance_sessions(std::span<const zdr_session> records, const Server& server, Port port) {
    std::set<std::uint64_t> out;
    for (const auto& [cookie, position] : by_cookie(records)) {
        const zdr_session& one = records[position];
        if (is_of_instances(one, server) && Port::from_network(one.instance_port) == port) out.insert(cookie);
    }
    return out;
}

bool is_active(const zdr_session& session, std::chrono::nanoseconds tick) {
    const auto since_data = tick * std::min(session.sent_ticks, session.received_ticks);
    if (since_data < kIdleAfter || session.unread != 0 || session.undelivered != 0) return true;
    if (session.received_ticks != session.sent_ticks) return session.received_ticks < session.sent_ticks;
    return (session.flags & ZDR_SESSION_ASKED_LAST) != 0;
}

std::vector<SessionCounts> count_sessions(std::span<const zdr_session> records, std::chrono::nanoseconds tick,
                                          std::span<const ServerEntry> servers,
                                          std::span<const std::optional<Port>> active) {
    const Listeners listeners(servers, active);
    const auto sorted = by_cookie(records);
    std::vector<SessionCounts> out(servers.size());
    std::vector<std::size_t> matches;
    for (auto next = sorted.begin(); next != sorted.end();) {
        bool moves = false;
        matches.clear();
        const __u64 cookie = next->first;
        for (; next != sorted.end() && next->first == cookie; ++next) {
            const zdr_session& one = records[next->second];
            moves = moves || is_active(one, tick);
            listeners.add_matches(end_of(one.local, one.local_port), matches);
        }
        std::sort(matches.begin(), matches.end());
        matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
        for (const std::size_t server : matches) ++(moves ? out[server].active : out[server].idle);
    }
    return out;
}

std::vector<InstanceSessions> count_instance_sessions(std::span<const zdr_session> records,
                                                      std::chrono::nanoseconds tick, const Server& server) {
    std::map<Port, SessionCounts> by_port;
    for (const auto& [cookie, position] : by_cookie(records)) {
        const zdr_session& one = records[position];
        if (!is_of_instances(one, server)) continue;
        SessionCounts& counts = by_port[Port::from_network(one.instance_port)];
        ++(is_active(one, tick) ? counts.active : counts.idle);
    }
    std::vector<InstanceSessions> out;
    out.reserve(by_port.size());
    for (const auto& [port, sessions] : by_port) out.push_back({port, sessions});
    return out;
}

std::chrono::nanoseconds kernel_tick() {
    timespec tick{};
    clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return std::chrono::seconds(tick.tv_sec) + std::chrono::nanoseconds(tick.tv_nsec);
}

Result<std::vector<zdr_session>> read_sessions(const std::string& pins) {
    const std::string path = pins + "/" ZDR_PIN_SESSIONS;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail_errno("open " + path);
    constexpr std::size_t kAtOnce = 1024;  // more than the kernel's own buffer holds, or it would stop anywhere
    std::vector<zdr_session> out;
    for (;;) {
        const std::size_t before = out.size();
        out.resize(before + kAtOnce);
        const ssize_t got = ::read(file.get(), &out[before], kAtOnce * sizeof(zdr_session));
        const std::size_t bytes = got > 0 ? static_cast<std::size_t>(got) : 0;
        out.resize(before + bytes / sizeof(zdr_session));
        if (got == 0) return out;
        if (got < 0 && errno != EINTR && errno != EAGAIN) return fail_errno("read " + path);
        if (bytes % sizeof(zdr_session) != 0)
            return fail(Errc::kFailed, fmt::format("read {}: it ends within a record; run zdr-loader load", path));
    }
}

}  // namespace zdr
