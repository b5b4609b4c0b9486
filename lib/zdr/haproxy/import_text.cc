#include "zdr/haproxy/import_text.h"

#include <fmt/core.h>

#include <map>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

std::string key_line(std::string_view key, const std::string& value, const std::string& comment = "") {
    return fmt::format("{} = {}{}{}\n", key, value, comment.empty() ? "" : "  # ", comment);
}

// Where HAProxy has the server in another backend than the first; empty: on the line that the header names.
std::string origin_of(const ImportedServer& imported, const ImportedServer::Listed& listed, std::string_view file) {
    if (listed.line == imported.line) return "";
    return fmt::format("{}{}:{}", listed.name == imported.server.name ? "" : listed.name + ", ", file, listed.line);
}

// How HAProxy checks it, where that is not what zdr takes for granted.
std::string to_check_lines(const Server& server) {
    const Server defaults;
    std::string out;
    if (server.checks != defaults.checks) out += key_line("checks", std::to_string(server.checks));
    if (server.fall != defaults.fall) out += key_line("fall", std::to_string(server.fall));
    if (server.rise != defaults.rise) out += key_line("rise", std::to_string(server.rise));
    if (server.inter != defaults.inter) out += key_line("inter", format_duration(server.inter));
    if (server.fastinter) out += key_line("fastinter", format_duration(*server.fastinter));
    if (server.downinter) out += key_line("downinter", format_duration(*server.downinter));
    if (!server.health.uri.empty()) out += key_line("check-uri", server.health.uri);
    if (!server.health.host.empty()) out += key_line("check-host", server.health.host);
    if (!server.health.statuses.empty()) out += key_line("check-status", format_statuses(server.health.statuses));
    if (server.health.method != defaults.health.method)
        out += key_line("check-method", std::string(to_string(server.health.method)));
    if (server.health.timeout) out += key_line("check-timeout", format_duration(*server.health.timeout));
    if (server.health.is_encrypted) out += key_line("check-ssl", "yes");
    if (!server.health.is_complete) out += key_line("check-complete", "no");
    return out;
}

// With an empty line in front.
std::string to_section(const ImportedServer& imported, std::string_view file) {
    const Server& server = imported.server;
    std::string out = fmt::format("\n[server.{}]  # {}:{}\n", server.name, file, imported.line);
    out += key_line("address", server.addresses.front().to_string(), imported.host);
    out += key_line("port", std::to_string(server.app_port.host()));
    out += key_line("status-port", std::to_string(server.status_port.host()));
    if (server.backup_status_port)
        out += key_line("backup-status-port", std::to_string(server.backup_status_port->host()),
                        fmt::format("{}, {}:{}", imported.backup, file, imported.backup_line));
    for (std::size_t i = 0; i < server.backends.size(); ++i)
        out += key_line("backend", server.backends[i], origin_of(imported, imported.listed[i], file));
    return out + to_check_lines(server);
}

}  // namespace

std::string format_zdr_conf(const HaproxyImport& import, std::string_view file) {
    const std::string format_file_name = printable(file.substr(0, 255));
    std::multimap<std::size_t, std::string> blocks;  // by line
    for (const ImportedServer& imported : import.servers)
        blocks.emplace(imported.line, to_section(imported, format_file_name));
    for (const HaproxyRemark& note : import.notes)
        blocks.emplace(note.line, fmt::format("\n# {}:{}: {}\n", format_file_name, note.line, printable(note.text)));
    std::string out =
        fmt::format("# The servers of {} that HAProxy checks on a port of their own.\n", format_file_name);
    for (const auto& [line, block] : blocks) out += block;
    return out;
}

}  // namespace zdr
