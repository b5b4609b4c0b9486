#include "zdr/model/server_settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "zdr_abi.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

constexpr const char* kYes = "yes";
constexpr const char* kNo = "no";

std::uint32_t number(std::string_view text) {
    std::uint32_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::optional<PortRange> parse_ports(std::string_view text) {
    const auto range = parse_handover_ports(text);
    return range ? std::optional(*range) : std::nullopt;
}

std::optional<Port> parse_port(std::string_view text) {
    const auto port = Port::parse(text);
    return port ? std::optional(*port) : std::nullopt;
}

void apply(std::string_view key, std::string_view value, Server& into) {
    if (key == "backend") into.backends.emplace_back(value);
    if (key == "checks") into.checks = static_cast<std::uint16_t>(number(value));
    if (key == "fastinter") into.fastinter = milliseconds(number(value));
    if (key == "downinter") into.downinter = milliseconds(number(value));
    if (key == "check-uri") into.health.uri = value;
    if (key == "check-host") into.health.host = value;
    if (key == "check-status") into.health.statuses = parse_statuses(value).value_or(std::vector<StatusRange>());
    if (key == "check-method") into.health.method = parse_http_method(value).value_or(HttpMethod::kGet);
    if (key == "check-timeout") into.health.timeout = milliseconds(number(value));
    if (key == "check-ssl") into.health.is_encrypted = value == kYes;
    if (key == "check-complete") into.health.is_complete = value != kNo;
    if (key == "unchecked") into.unchecked = value == kYes;
    if (key == "replace-listener") into.replace_listener = value == kYes;
    if (key == "handover-ports") into.handover_ports = parse_ports(value);
    if (key == "drain-port") into.drain_port = parse_port(value);
    if (key != "checker") return;
    if (auto checker = parse_checker_name(value)) into.checkers.push_back(std::move(*checker));
}

}  // namespace

// The first backend is part of what all servers have.
std::string extra_settings_text(const Server& server) {
    std::string out;
    const auto add = [&](std::string_view key, std::string_view value) { out += fmt::format("{} {}\n", key, value); };
    for (std::size_t i = 1; i < server.backends.size(); ++i) add("backend", server.backends[i]);
    if (server.checks != 1) add("checks", std::to_string(server.checks));
    if (server.fastinter) add("fastinter", std::to_string(server.fastinter->count()));
    if (server.downinter) add("downinter", std::to_string(server.downinter->count()));
    if (!server.health.uri.empty()) add("check-uri", server.health.uri);
    if (!server.health.host.empty()) add("check-host", server.health.host);
    if (!server.health.statuses.empty()) add("check-status", format_statuses(server.health.statuses));
    if (server.health.method != HttpMethod::kGet) add("check-method", to_string(server.health.method));
    if (server.health.timeout) add("check-timeout", std::to_string(server.health.timeout->count()));
    if (server.health.is_encrypted) add("check-ssl", kYes);
    if (!server.health.is_complete) add("check-complete", kNo);
    for (const CheckerName& checker : server.checkers) add("checker", to_string(checker));
    if (server.unchecked) add("unchecked", kYes);
    if (server.replace_listener) add("replace-listener", kYes);
    if (server.handover_ports) add("handover-ports", to_string(*server.handover_ports));
    if (server.drain_port) add("drain-port", std::to_string(server.drain_port->host()));
    return out;
}

void apply_extra_settings(std::string_view text, Server& into) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t space = line.find(' ');
        if (space != line.npos) apply(line.substr(0, space), line.substr(space + 1), into);
    }
}

Result<void> check_settings(const Server& server) {
    const std::size_t bytes = extra_settings_text(server).size();
    if (bytes < ZDR_SETTINGS_SIZE) return {};
    return fail(Errc::kUsage,
                fmt::format("its backends, checkers and what its checks ask take {} bytes, and at most {} fit", bytes,
                            ZDR_SETTINGS_SIZE - 1));
}

}  // namespace zdr
