#include "zdr/control/serving_servers.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "zdr/control/checks_of.h"
#include "zdr/model/checker_standing.h"
#include "zdr/net/local_addresses.h"
#include "zdr/net/network_namespace.h"
#include "zdr_checkers.h"

namespace zdr {

using std::chrono::nanoseconds;

bool is_just_back(const Flip& flip, nanoseconds now_boot) {
    constexpr std::chrono::milliseconds kLongest(ZDR_LONGEST_INTERVAL_MS);
    const nanoseconds since = flip.state == State::kReady ? flip.since_boot : flip.expires_boot.value_or(now_boot);
    return flip.since_boot.count() != 0 && flip.effective(now_boot) == State::kReady && now_boot - since <= kLongest;
}

Result<ServingServers> ServingServers::open(const LockedTable& opened, const HaproxyView* haproxy) {
    auto registered = RegisteredListeners::open(opened.dir.live());
    if (!registered) return tl::unexpected(std::move(registered.error()));
    return ServingServers(opened, haproxy, std::move(*registered));
}

std::optional<ServingServers::Here> ServingServers::look(const ServerTable& table) {
    const auto here = netns_cookie();
    if (!here || *here != table.netns_cookie()) return std::nullopt;
    auto listening = listening_sockets();
    auto addresses = local_addresses();
    if (!listening || !addresses) return std::nullopt;
    return Here{std::move(*listening), std::move(*addresses)};
}

// By the sockets themselves, also those that the registry does not have.
bool ServingServers::seems_to_listen(const ServerEntry& entry, const Server& server) {
    if (entry.is_published) return true;
    if (!here_) here_ = look(opened_->table);
    if (!*here_) return true;
    const Here& here = **here_;
    const auto& addresses = server.addresses;
    const bool is_elsewhere = !std::all_of(addresses.begin(), addresses.end(),
                                           [&](const Address& one) { return is_local(one, here.addresses); });
    return is_elsewhere || is_listening(server, here.listening);
}

// Who has it down yet, though it was made ready, and will ask again within the time that it is told to pause.
Result<std::string> ServingServers::still_down(const ServerEntry& entry, const Flip& flip, nanoseconds now_boot) const {
    if (!is_just_back(flip, now_boot)) return std::string();
    const auto checks = checks_of(opened_->table, entry);
    if (!checks) return tl::unexpected(checks.error());
    const Server& server = entry.server;
    for (const Checker& one : checks->checkers) {
        if (haproxy_ != nullptr && one.hook == Checker::Hook::kCgroup) continue;  // that may be the one that was asked
        const bool is_out = one.asks > 2 && one.refused_streak >= server.fall;
        const bool is_on_its_way =
            one.redirected_streak != 0 && one.redirected_streak < server.rise && one.asks > one.redirected_streak;
        const bool is_live = !one.has_ended && now_boot - one.last_boot <= longest_interval(server, true) + kLateCheck;
        if (!one.is_backup && is_live && (is_out || is_on_its_way))
            return fmt::format("{} has it down yet (redirected {} of {} times)", one.from, one.redirected_streak,
                               server.rise);
    }
    return std::string();
}

Result<std::string> ServingServers::obstacle(const ServerEntry& entry, const Flip& flip, nanoseconds now_boot) {
    const Server server = at_active_port(entry.server, flip);
    const auto is_registered = registered_.has(server);
    if (!is_registered) return tl::unexpected(is_registered.error());
    if (!*is_registered && !seems_to_listen(entry, server))
        return fmt::format("nothing listens on its port {}", server.app_port.host());
    if (haproxy_ != nullptr)
        if (auto down = haproxy_->down(entry.server)) return std::move(*down);
    return still_down(entry, flip, now_boot);  // for others than that HAProxy
}

Result<bool> ServingServers::peer_can(const ServerEntry& entry) const {
    if (haproxy_ != nullptr || !entry.peer_place) return false;
    return registered_.has(*entry.peer_place);
}

}  // namespace zdr
