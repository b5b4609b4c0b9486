#include "zdr/haproxy/import_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

// With an empty line in front.
std::string to_section(const ImportedServer& imported, std::string_view file) {
    const Server& server = imported.server;
    const auto line = [](std::string_view key, const std::string& value, const std::string& comment = "") {
        return fmt::format("{} = {}{}{}\n", key, value, comment.empty() ? "" : "  # ", comment);
    };
    std::string out = fmt::format("\n[server.{}]  # {}:{}\n", server.name, file, imported.line);
    out += line("address", server.addresses.front().to_string(), imported.host);
    out += line("port", std::to_string(server.app_port.host()));
    out += line("status-port", std::to_string(server.status_port.host()));
    if (server.backup_status_port)
        out += line("backup-status-port", std::to_string(server.backup_status_port->host()),
                    fmt::format("{}, {}:{}", imported.backup, file, imported.backup_line));
    for (const std::string& backend : server.backends) out += line("backend", backend);
    const Server defaults;
    if (server.fall != defaults.fall) out += line("fall", std::to_string(server.fall));
    if (server.rise != defaults.rise) out += line("rise", std::to_string(server.rise));
    if (server.inter != defaults.inter) out += line("inter", format_duration(std::max(server.inter, kShortestInterval)));
    return out;
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
