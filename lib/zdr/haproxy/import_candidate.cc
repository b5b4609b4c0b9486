#include "zdr/haproxy/import_candidate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

using SpecKind = HaproxyAddressSpec::Kind;
using std::chrono::milliseconds;

// HAProxy's own names for its templates' servers.
std::string haproxy_name(const HaproxyServerLine& line) {
    return line.is_template ? fmt::format("{}{}", line.name, line.first) : line.name;
}

bool is_srv_record(const HaproxyAddressSpec& spec) {
    return spec.kind == SpecKind::kOther && spec.text.starts_with('_');
}

// Empty: it is one address, or the name of one.
WhyNot why_not_one_address(const HaproxyAddressSpec& spec, const HaproxyServerLine& line) {
    const HaproxyServerSettings& settings = line.settings;
    if (spec.kind == SpecKind::kAny) return "has no address of its own, but that which the client asked for";
    if (&spec == &line.spec && is_srv_record(spec))
        return fmt::format(
            "gets its address and its app port from the SRV record {} at run time, so neither is known "
            "here",
            in_quotes(spec.text));
    if (spec.kind == SpecKind::kOther) return fmt::format("is at {}, which is not an IP address", in_quotes(spec.text));
    if (spec.kind != SpecKind::kHost) return "";
    if (line.is_template && !settings.resolvers.empty())
        return fmt::format("is a template: at run time HAProxy gives each of the addresses of {} a name",
                           in_quotes(spec.host));
    if (settings.resolvers.empty() && settings.init_addr == "none")
        return fmt::format("has \"init-addr none\" and no resolvers, so HAProxy never looks {} up",
                           in_quotes(spec.host));
    return "";
}

tl::expected<Address, WhyNot> address_of_spec(const HaproxyAddressSpec& spec, const HaproxyResolver& resolver) {
    if (spec.kind == SpecKind::kAddress) return *spec.address;
    auto found = resolver(spec.host);
    if (found) return *found;
    return tl::unexpected(
        fmt::format("is at {}, whose address is not known here: {}", in_quotes(spec.host), found.error().text));
}

// Empty: its check port may be a status port.
WhyNot why_not_checked(const HaproxyServerLine& line, const HaproxyHealthChecks& checks) {
    if (!line.settings.track.empty()) return fmt::format("follows {}", in_quotes(line.settings.track));
    if (!line.settings.has_check) return "is not checked, so HAProxy never takes it out";
    if (checks.run_command())
        return fmt::format("is checked by a command (line {}), and HAProxy never uses its check port",
                           checks.option->number);
    return "";
}

// HAProxy shows the app a certificate, or asks for that of another host than it asks by HTTP.
std::string why_not_by_tls(const HaproxyCheckTarget& target, const HaproxyServerSettings& settings,
                           const std::string& host) {
    if (!target.is_encrypted) return "";
    if (!settings.certificate.empty()) return "is shown a certificate of HAProxy's own (crt), which zdr does not have";
    if (!target.sni.empty() && !check_host_name(target.sni))
        return fmt::format("is asked for the certificate of {}, which zdr cannot hold", in_quotes(target.sni));
    if (!target.sni.empty() && !host.empty() && host != target.sni)
        return fmt::format("is asked for the certificate of {} and by HTTP for {}, and zdr has one name for both",
                           in_quotes(target.sni), in_quotes(host));
    return "";
}

// Whether HAProxy looks at the certificate of the app.
bool is_verified(const HaproxyServerSettings& settings) {
    return settings.verify == "required" || (settings.verify.empty() && !settings.ca_file.empty());
}

void add_tls_remarks(const ImportCandidate& candidate, Remarks& out) {
    const HaproxyServerSettings& settings = candidate.line->settings;
    const HaproxyCheckTarget& target = candidate.target;
    if (settings.has_ssl && !target.is_encrypted && !target.says_hello)
        out.push_back(fmt::format("is checked in the clear, though its traffic is encrypted: write {}",
                                  target.connect == nullptr
                                      ? "\"check-ssl\" in this line"
                                      : fmt::format("\"ssl\" in line {}", target.connect->number)));
    if (target.is_encrypted && is_verified(settings))
        out.emplace_back(
            "has a certificate that HAProxy verifies and zdr does not: whether HAProxy takes it, ready does not tell");
}

constexpr milliseconds kShortest(10);

milliseconds held(milliseconds time) {
    return std::clamp(time, kShortest, kLongestDuration);
}

// None where it is as inter.
std::optional<milliseconds> held_beside(milliseconds time, milliseconds inter) {
    return held(time) == inter ? std::nullopt : std::optional(held(time));
}

}  // namespace

tl::expected<ImportCandidate, WhyNot> make_candidate(const HaproxyServerLine& line, const HaproxyHealthChecks& checks,
                                                     const HaproxyTraffic& traffic, const HaproxyResolver& resolver) {
    const HaproxyCheckTarget target = check_target(checks, line);
    WhyNot why = why_not_checked(line, checks);
    if (why.empty()) why = why_not_one_address(line.spec, line);
    if (why.empty()) why = why_not_one_address(target.spec, line);
    if (why.empty()) why = target.unclear;
    if (why.empty() && !line.spec.port) why = "has no port of its own, but one that depends on the client's";
    if (why.empty() && !target.port) why = "is checked on no port that is known here";
    if (!why.empty()) return tl::unexpected(std::move(why));

    auto app = address_of_spec(line.spec, resolver);
    if (!app) return tl::unexpected(std::move(app.error()));
    auto status = address_of_spec(target.spec, resolver);
    if (!status) return tl::unexpected(std::move(status.error()));
    ImportCandidate out{&line, haproxy_name(line), target.spec.host, {*app, *line.spec.port}, {*status, *target.port},
                        target};
    if (const auto checked = check_name(out.name); !checked)
        return tl::unexpected(fmt::format("has a name that zdr cannot hold: {}", checked.error().text));
    if (out.is_checked_on_app_port()) return out;
    if (const auto use = traffic.find(out.status))
        return tl::unexpected(
            fmt::format("is checked on port {}, which carries traffic: line {} {}, so it is nobody's "
                        "status port",
                        out.status.port.host(), use->line, use->is_bind ? "binds it" : "sends clients to it"));
    return out;
}

WhyNot why_on_app_port(const ImportCandidate& candidate) {
    const auto port = candidate.app.port.host();
    const HaproxyServerSettings& settings = candidate.line->settings;
    if (candidate.target.is_by_rule)
        return fmt::format(
            "is checked on its app port {}, as line {} says; with another port there it can be one of "
            "zdr's",
            port, candidate.target.connect->number);
    return fmt::format("is checked on its app port {}; with a \"check port\" of its own{} it can be one of zdr's", port,
                       settings.has_ssl && !settings.has_check_ssl ? " and \"check-ssl\"" : "");
}

Remarks remarks_on(const ImportCandidate& candidate, const HaproxyTraffic& traffic) {
    const HaproxyServerLine& line = *candidate.line;
    Remarks out;
    if (line.count() > 1)
        out.push_back(fmt::format("has the servers {0}{1} to {0}{2} at one address, so they are one here", line.name,
                                  line.first, line.last));
    if (candidate.target.connections > 1)
        out.push_back(fmt::format("is connected to {} times by each check, so it has as many of them here",
                                  candidate.target.connections));
    if (line.settings.is_disabled) out.emplace_back("is disabled in HAProxy");
    if (line.settings.checks_via_socks)
        out.emplace_back("is checked by way of a SOCKS proxy, so its checks arrive as the proxy's");
    if (line.settings.has_agent_check)
        out.emplace_back("is up only if its agent says so, too (agent-check), which zdr does not ask");
    if (candidate.status.address != candidate.app.address)
        out.push_back(fmt::format("is checked at {}, so that is where the app has to listen, too",
                                  candidate.status.address.to_string()));
    add_tls_remarks(candidate, out);
    if (!line.settings.network_namespace.empty())
        out.push_back(
            fmt::format("is checked from the network namespace {}, whose checks arrive as those of another "
                        "host do",
                        in_quotes(line.settings.network_namespace)));
    if (const auto bind = traffic.find_wildcard_bind(candidate.status.port))
        out.push_back(
            fmt::format("is checked on port {}, which line {} binds at every address: if HAProxy runs on that "
                        "host, it can be no status port",
                        candidate.status.port.host(), *bind));
    return out;
}

std::string daemon_remark(Port port) {
    struct Known {
        std::uint16_t port;
        std::string_view daemons;
    };
    static constexpr Known kKnown[] = {
        {1936, "HAProxy's own statistics, a router"}, {8008, "Patroni"}, {9200, "clustercheck, Elasticsearch"}};
    for (const Known& one : kKnown)
        if (one.port == port.host())
            return fmt::format(
                "on most hosts a daemon answers on port {} already ({}). With zdr the app itself is asked there. So "
                "decide: leave its servers out, give their lines another check port, or write \"replace-listener = "
                "yes\" where the app can answer these checks",
                one.port, one.daemons);
    return "";
}

HealthCheck health_of(const HaproxyHealthChecks& checks, const std::optional<HaproxyHttpCheck>& http,
                      const HaproxyCheckTarget& target, const HaproxyServerLine& line) {
    HealthCheck unasked;
    unasked.is_complete = !checks.speak() && !target.is_encrypted && !line.settings.has_agent_check;
    if (!target.port || !daemon_remark(*target.port).empty() || target.sends_proxy) return unasked;
    HealthCheck out;
    if (http && target.protocol.empty()) out = http->asked;
    if (!why_not_by_tls(target, line.settings, out.host).empty()) return unasked;
    out.is_encrypted = target.is_encrypted;
    if (target.is_encrypted && !target.sni.empty()) out.host = target.sni;
    const bool is_asked = !checks.speak() || (http && http->note.empty() && !out.uri.empty());
    out.is_complete =
        is_asked && !line.settings.has_agent_check && !(target.is_encrypted && is_verified(line.settings));
    return out;
}

WhyNot why_not_asked(const std::optional<HaproxyHttpCheck>& http, const ImportCandidate& candidate) {
    const HaproxyCheckTarget& target = candidate.target;
    const bool asks_http = http && !http->asked.uri.empty();
    const std::string place = target.connect == nullptr ? "" : fmt::format(" (line {})", target.connect->number);
    std::string out;
    const std::string tls = why_not_by_tls(target, candidate.line->settings, asks_http ? http->asked.host : "");
    if (target.sends_proxy && (asks_http || target.is_encrypted))
        out = fmt::format("is checked with a PROXY line in front{}, which zdr does not send", place);
    else if (!tls.empty())
        out = tls + place;
    else if (!asks_http)
        return "";
    else if (!target.protocol.empty())
        out = fmt::format("is asked by the protocol {}{}, and zdr speaks HTTP/1", in_quotes(target.protocol), place);
    return out.empty() ? out : out + std::string(kNoCheckUri);
}

void set_times(const HaproxyServerSettings& settings, Server& server) {
    server.fall = static_cast<std::uint16_t>(std::min(settings.fall, 65535U));
    server.rise = static_cast<std::uint16_t>(std::min(settings.rise, 65535U));
    server.inter = held(settings.inter);
    server.fastinter = held_beside(settings.fastinter.value_or(settings.inter), server.inter);
    server.downinter = held_beside(settings.downinter.value_or(settings.inter), server.inter);
}

void merge_times(const HaproxyServerSettings& settings, Server& server) {
    Server other;
    set_times(settings, other);
    const milliseconds fast = std::max(server.fastinter.value_or(server.inter), other.fastinter.value_or(other.inter));
    const milliseconds down = std::max(server.downinter.value_or(server.inter), other.downinter.value_or(other.inter));
    server.fall = std::max(server.fall, other.fall);
    server.rise = std::max(server.rise, other.rise);
    server.inter = std::max(server.inter, other.inter);
    server.fastinter = held_beside(fast, server.inter);
    server.downinter = held_beside(down, server.inter);
}

void spread_times(const HaproxySpread& spread, Server& server) {
    server.inter = spread.longest(server.inter);
    if (server.fastinter) server.fastinter = spread.longest(*server.fastinter);
    if (server.downinter) server.downinter = spread.longest(*server.downinter);
}

std::string times_remark(const HaproxyServerSettings& settings) {
    const milliseconds shortest = std::min(
        {settings.inter, settings.fastinter.value_or(settings.inter), settings.downinter.value_or(settings.inter)});
    if (shortest >= kShortest) return "";
    return fmt::format(
        "is checked every {}ms (HAProxy takes a time without a unit for milliseconds), and zdr has no "
        "interval under {}ms, so that is written",
        shortest.count(), kShortest.count());
}

}  // namespace zdr
