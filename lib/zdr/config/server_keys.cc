#include "zdr/config/server_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

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

Result<void> set_backend(ServerDraft& draft, const std::string& value) {
    if (auto checked = check_name(value); !checked) return checked;
    draft.server.backend = value;
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

Result<void> set_inter(ServerDraft& draft, const std::string& value) {
    if (auto set = parsed(parse_duration(value, BareNumber::kMilliseconds), draft.server.inter); !set) return set;
    if (draft.server.inter.count() == 0) return fail(Errc::kUsage, in_quotes(value) + " is shorter than 1ms");
    return {};
}

constexpr std::array<ConfigKey<ServerDraft>, 10> kServerKeys = {{
    {"address", KeyTimes::kMany, add_address},
    {"port", KeyTimes::kRequired,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.app_port); }},
    {"status-port", KeyTimes::kRequired,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.status_port); }},
    {"backup-status-port", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(Port::parse(v), d.server.backup_status_port); }},
    {"backend", KeyTimes::kOptional, set_backend},
    {"fall", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_checks(v), d.server.fall); }},
    {"rise", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_checks(v), d.server.rise); }},
    {"inter", KeyTimes::kOptional, set_inter},
    {"published", KeyTimes::kOptional,
     [](ServerDraft& d, const std::string& v) { return parsed(parse_published(v), d.server.published); }},
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
    return std::move(draft.server);
}

}  // namespace zdr
