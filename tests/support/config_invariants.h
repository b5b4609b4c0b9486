// What parse_config() owes to every text, however hostile. The fuzzer and the mutation test ask the same.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "zdr/config/config.h"

namespace zdr::test {

// "NAME:LINE: sentence" on one short line of printable ASCII, with a line that the text has.
inline bool is_config_error(const std::string& error, std::string_view name, std::string_view text) {
    if (!error.starts_with(std::string(name) + ":") || error.size() > 600) return false;
    if (std::any_of(error.begin(), error.end(), [](unsigned char byte) { return byte < 0x20 || byte >= 0x7f; }))
        return false;
    std::size_t line = 0;
    const char* const end = error.data() + error.size();
    const auto [stop, failed] = std::from_chars(error.data() + name.size() + 1, end, line);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    return failed == std::errc() && line >= 1 && line <= lines && std::string_view(stop, end).starts_with(": ");
}

inline bool is_sound(const Server& server) {
    const auto is_name = [](const std::string& one) { return check_name(one).has_value(); };
    return is_name(server.name) && std::all_of(server.backends.begin(), server.backends.end(), is_name) &&
           server.addresses.size() <= 8 && server.app_port.host() != 0 && server.status_port.host() != 0 &&
           server.fall != 0 && server.rise != 0 && server.inter.count() >= 1;
}

// What is wrong with the answer to this text; empty: nothing.
inline std::string config_complaint(std::string_view text) {
    constexpr std::string_view kName = "zdr.conf";
    const auto config = parse_config(text, kName);
    if (!config) {
        if (config.error().code != Errc::kUsage) return "no usage error: " + config.error().text;
        return is_config_error(config.error().text, kName, text) ? "" : "a bad error: " + config.error().text;
    }
    if (!std::all_of(config->servers.begin(), config->servers.end(), is_sound)) return "a bad server";
    if (config->interfaces.empty()) return "no interface";
    return find_clash(config->servers) ? "a clash" : "";
}

}  // namespace zdr::test
