#include "zdr/config/server_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/model/server_settings.h"

namespace zdr {
namespace {

Result<void> add_address(ServerDraft& draft, const std::string& value) {
    auto& addresses = draft.server.addresses;
    const bool any = value == "*";
    if (draft.any_address || (any && !addresses.empty()))
        return fail(Errc::kUsage, "* means every address; it stands alone");
    draft.any_address = any;
    if (any) return {};
    const auto address = Address::parse(value);
    if (!address) return tl::unexpected(address.error());
    if (std::find(addresses.begin(), addresses.end(), *address) != addresses.end())
        return fail(Errc::kUsage, in_quotes(value) + " is there twice");
    addresses.push_back(*address);
    return check_addresses(addresses);
}

Result<void> parsed(auto value, auto& into) {
    if (!value) return tl::unexpected(std::move(value.error()));
    into = *value;
    return {};
}

Result<void> add_backend(ServerDraft& draft, const std::string& value) {
    auto& backends = draft.server.backends;
    if (auto checked = check_name(value); !checked) return checked;
    if (std::find(backends.begin(), backends.end(), value) != backends.end())
        return fail(Errc::kUsage, in_quotes(value) + " is there twice");
    backends.push_back(value);
    return check_settings(draft.server);
}

// "10.0.0.9 local:haproxy"
Result<void> add_checkers(ServerDraft& draft, const std::string& value) {
    auto& checkers = draft.server.checkers;
    std::istringstream words(value);
    for (std::string word; words >> word;) {
        auto checker = parse_checker_name(word);
        if (!checker) return tl::unexpected(std::move(checker.error()));
        if (std::find(checkers.begin(), checkers.end(), *checker) != checkers.end())
            return fail(Errc::kUsage, in_quotes(word) + " is there twice");
        checkers.push_back(std::move(*checker));
    }
    if (checkers.empty()) return fail(Errc::kUsage, "it names no checker");
    return check_settings(draft.server);
}

Result<void> set_check_uri(ServerDraft& draft, const std::string& value) {
    if (auto checked = check_uri(value); !checked) return checked;
    draft.server.health.uri = value;
    return check_settings(draft.server);
}

Result<void> set_check_host(ServerDraft& draft, const std::string& value) {
    if (auto checked = check_host_name(value); !checked) return checked;
    draft.server.health.host = value;
    return check_settings(draft.server);
}

Result<void> set_check_status(ServerDraft& draft, const std::string& value) {
    auto statuses = parse_statuses(value);
    if (!statuses) return tl::unexpected(std::move(statuses.error()));
    draft.server.health.statuses = std::move(*statuses);
    return check_settings(draft.server);
}

Result<void> set_check_method(ServerDraft& draft, const std::string& value) {
    const auto method = parse_http_method(value);
    if (!method) return tl::unexpected(method.error());
    draft.server.health.method = *method;
    return check_settings(draft.server);
}

Result<void> set_yes_or_no(bool& into, const std::string& value) {
    if (value != "yes" && value != "no") return fail(Errc::kUsage, in_quotes(value) + " is neither yes nor no");
    into = value == "yes";
    return {};
}

Result<std::uint16_t> parse_checks(const std::string& value) {
    std::uint16_t count = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, count);
    if (error != std::errc() || stop != end || count == 0)
        return fail(Errc::kUsage, in_quotes(value) + " is not a number of checks (1 to 65535)");
    return count;
}

// A bare number is milliseconds to HAProxy, and seconds to many who write one here.
Result<std::chrono::milliseconds> parse_interval(const std::string& value) {
    const bool is_bare =
        !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_bare)
        return fail(Errc::kUsage, fmt::format("{} has no unit; write {}ms, as HAProxy reads it, or {}s",
                                              in_quotes(value), value, value));
    auto time = parse_duration(value, BareNumber::kRefused);
    if (time && *time < kShortestInterval)
        return fail(Errc::kUsage,
                    fmt::format("{} is shorter than {}", in_quotes(value), format_duration(kShortestInterval)));
    return time;
}

constexpr std::array<ConfigKey<ServerDraft>, 25> kServerKeys = {{
    {"address", KeyTimes::kMany, add_address},
    {"port", KeyTimes::kRequired,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.app_port); }},
    {"status-port", KeyTimes::kRequired,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.status_port); }},
    {"backup-status-port", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.backup_status_port); }},
    {"backend", KeyTimes::kMany, add_backend},
    {"checks", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_checks(v), d.server.checks); }},
    {"fall", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_checks(v), d.server.fall); }},
    {"rise", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_checks(v), d.server.rise); }},
    {"inter", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_interval(v), d.server.inter); }},
    {"fastinter", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_interval(v), d.server.fastinter); }},
    {"downinter", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_interval(v), d.server.downinter); }},
    {"check-uri", KeyTimes::kOptional, set_check_uri},
    {"check-host", KeyTimes::kOptional, set_check_host},
    {"check-status", KeyTimes::kOptional, set_check_status},
    {"check-method", KeyTimes::kOptional, set_check_method},
    {"check-timeout", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_interval(v), d.server.health.timeout); }},
    {"check-ssl", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return set_yes_or_no(d.server.health.is_encrypted, v); }},
    {"check-complete", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return set_yes_or_no(d.server.health.is_complete, v); }},
    {"checkers", KeyTimes::kMany, add_checkers},
    {"unchecked", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return set_yes_or_no(d.server.unchecked, v); }},
    {"replace-listener", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return set_yes_or_no(d.server.replace_listener, v); }},
    {"published", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_published(v), d.server.published); }},
    {"handover-ports", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_handover_ports(v), d.server.handover_ports); }},
    {"drain-port", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.drain_port); }},
    {"start", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_start(v), d.server.start); }},
}};

}  // namespace

std::span<const ConfigKey<ServerDraft>> server_keys() {
    return kServerKeys;
}

Result<Server> make_server(std::string_view name, std::span<const std::pair<std::string, std::string>> settings) {
    if (auto checked = check_name(name); !checked) return tl::unexpected(std::move(checked.error()));
    ServerDraft draft;
    draft.server.name = name;
    for (const ConfigKey<ServerDraft>& key : server_keys()) {
        bool is_there = false;
        for (const auto& [given, value] : settings) {
            if (given != key.name) continue;
            is_there = true;
            if (auto set = key.set(draft, value); !set)
                return tl::unexpected(std::move(set.error()).with(fmt::format("--{}", key.name)));
        }
        if (key.times == KeyTimes::kRequired && !is_there)
            return fail(Errc::kUsage, fmt::format("--{} is missing", key.name));
    }
    if (auto checked = check_ways(draft.server); !checked) return tl::unexpected(std::move(checked.error()));
    return std::move(draft.server);
}

}  // namespace zdr
