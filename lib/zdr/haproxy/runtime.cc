#include "zdr/haproxy/runtime.h"

#include <algorithm>
#include <charconv>

#include "zdr/net/local_addresses.h"

namespace zdr {

Result<std::vector<HaproxyServer>> ask_haproxy(const HaproxyEndpoint& endpoint, std::chrono::milliseconds within) {
    const auto answer = question_haproxy(endpoint, kHaproxyQuestion, within);
    auto servers = answer ? parse_haproxy_answer(*answer) : tl::unexpected(answer.error());
    if (servers) return servers;
    Error error = std::move(servers.error()).with("HAProxy at " + endpoint.text);
    if (exit_status(error) == static_cast<int>(Errc::kNotPermitted))
        error.text +=
            "; join the group of that socket (usually haproxy), or give it a group and a mode: \"stats socket "
            "... group zdr mode 660 level user\"";
    return tl::unexpected(std::move(error));
}

bool is_down(const HaproxyServer& server) {
    return server.op_state == HaproxyOpState::kStopped || (server.admin_state & kHaproxyMaint) != 0;
}

bool is_out(const HaproxyServer& server) {
    return is_down(server) || server.op_state == HaproxyOpState::kStopping ||
           (server.admin_state & kHaproxyDrain) != 0 || server.weight == 0;
}

bool is_in(const HaproxyServer& server) {
    const bool is_up = server.op_state == HaproxyOpState::kRunning || server.op_state == HaproxyOpState::kStarting;
    return is_up && (server.admin_state & (kHaproxyMaint | kHaproxyDrain)) == 0;
}

bool is_changing(const HaproxyServer& server) {
    const bool is_by_hand = (server.admin_state & (kHaproxyMaint | kHaproxyDrain)) != 0;
    return !is_by_hand && server.status.find('/') != std::string::npos;
}

std::optional<std::uint32_t> parse_haproxy_pid(std::string_view answer) {
    constexpr std::string_view kTitle = "\nPid: ";
    const auto at = answer.find(kTitle);
    if (at == std::string_view::npos) return std::nullopt;
    answer.remove_prefix(at + kTitle.size());
    const std::string_view digits = answer.substr(0, answer.find_first_of("\r\n"));
    std::uint32_t pid = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (error != std::errc() || stop != digits.data() + digits.size() || pid == 0) return std::nullopt;
    return pid;
}

Result<std::optional<std::uint32_t>> ask_haproxy_pid(const HaproxyEndpoint& endpoint,
                                                     std::chrono::milliseconds within) {
    const auto answer = question_haproxy(endpoint, "show info", within);
    if (!answer) return tl::unexpected(Error(answer.error()).with("HAProxy at " + endpoint.text));
    return parse_haproxy_pid(*answer);
}

bool is_namesake(const HaproxyServer& theirs, const Server& ours) {
    const auto& backends = ours.backends;
    return theirs.name == ours.name &&
           (backends.empty() || std::find(backends.begin(), backends.end(), theirs.backend) != backends.end());
}

bool checks_port(const HaproxyServer& theirs, const Server& ours, Port status_port, std::span<const Address> local) {
    if (!theirs.has_check || theirs.check_port != status_port) return false;
    if (ours.addresses.empty() && is_namesake(theirs, ours)) return true;
    const auto& address = theirs.check_address ? theirs.check_address : theirs.address;
    if (!address) return false;
    if (ours.addresses.empty()) return is_local(*address, local);
    return std::find(ours.addresses.begin(), ours.addresses.end(), *address) != ours.addresses.end();
}

std::vector<const HaproxyServer*> find_haproxy_servers(std::span<const HaproxyServer> theirs, const Server& ours,
                                                       Port status_port, std::span<const Address> local) {
    std::vector<const HaproxyServer*> out;
    for (const HaproxyServer& one : theirs)
        if (checks_port(one, ours, status_port, local)) out.push_back(&one);
    if (!out.empty() || status_port != ours.status_port) return out;
    for (const HaproxyServer& one : theirs)
        if (is_namesake(one, ours)) out.push_back(&one);
    return out;
}

}  // namespace zdr
