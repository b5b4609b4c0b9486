#include "zdr/haproxy/runtime_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "zdr/base/text.h"
#include "zdr/haproxy/answer/answer_table.h"

namespace zdr {
namespace {

using namespace haproxy_answer;

constexpr std::string_view kState = "show servers state";
constexpr std::string_view kStat = "show stat";

struct StateColumns {
    explicit StateColumns(const Columns& columns)
        : backend(columns["be_name"]),
          name(columns["srv_name"]),
          address(columns["srv_addr"]),
          op_state(columns["srv_op_state"]),
          admin_state(columns["srv_admin_state"]),
          weight(columns["srv_uweight"]),
          check_state(columns["srv_check_state"]),
          port(columns["srv_port"]),
          check_port(columns["srv_check_port"]),
          check_address(columns["srv_check_addr"]) {}

    // What every version has. The last to appear were srv_port (1.8) and srv_check_port (2.4).
    std::size_t last_needed() const {
        return std::max({backend, name, address, op_state, admin_state, weight, check_state});
    }

    std::size_t backend, name, address, op_state, admin_state, weight, check_state, port, check_port, check_address;
};

// As number_if_any(); 0 is none, too.
Result<std::optional<Port>> port_at(const Row& row, std::size_t column, std::string_view what) {
    const auto number = row.number_if_any<std::uint32_t>(column, 65535, what);
    if (!number) return tl::unexpected(number.error());
    if (number->value_or(0) == 0) return std::nullopt;
    return Port(static_cast<std::uint16_t>(**number));
}

Result<void> read_states(const Row& row, const StateColumns& at, HaproxyServer& server) {
    const auto op_state = row.number<std::uint32_t>(at.op_state, 3, "an operational state");
    if (!op_state) return tl::unexpected(op_state.error());
    const auto admin_state = row.number(at.admin_state, UINT32_MAX, "an administrative state");
    if (!admin_state) return tl::unexpected(admin_state.error());
    const auto weight = row.number(at.weight, UINT32_MAX, "a weight");
    if (!weight) return tl::unexpected(weight.error());
    const auto check_state = row.number(at.check_state, UINT32_MAX, "the state of a check");
    if (!check_state) return tl::unexpected(check_state.error());
    constexpr std::uint32_t kConfigured = 0x02;  // CHK_ST_CONFIGURED
    server.op_state = static_cast<HaproxyOpState>(*op_state);
    server.admin_state = *admin_state;
    server.weight = *weight;
    server.has_check = (*check_state & kConfigured) != 0;
    return {};
}

Result<HaproxyServer> read_server(const Row& row, const StateColumns& at) {
    HaproxyServer server;
    auto backend = row.name(at.backend, "a backend's name");
    if (!backend) return tl::unexpected(std::move(backend.error()));
    auto name = row.name(at.name, "a server's name");
    if (!name) return tl::unexpected(std::move(name.error()));
    const auto port = port_at(row, at.port, "a port");
    if (!port) return tl::unexpected(port.error());
    const auto check_port = port_at(row, at.check_port, "a check port");
    if (!check_port) return tl::unexpected(check_port.error());
    server.backend = std::move(*backend);
    server.name = std::move(*name);
    server.address = row.address(at.address);
    server.check_address = row.address(at.check_address);
    server.port = *port;
    server.check_port = *check_port;
    // Its port 0 means the port of the traffic.
    if (!server.check_port && at.check_port != Columns::kNone) server.check_port = server.port;
    if (auto read = read_states(row, at, server); !read) return tl::unexpected(std::move(read.error()));
    return server;
}

// "show servers state": a version, a header, a line for each server, and an empty line. Takes it from the text.
Result<std::vector<HaproxyServer>> take_state(std::string_view& text) {
    const std::string_view whole = text;
    const auto version = take_line(text);
    if (!version) return refused(kState, whole);
    if (version->empty() || version->find_first_not_of("0123456789") != std::string_view::npos)
        return refused(kState, whole);
    if (*version != "1")
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" is of format version {}; zdr reads version 1",
                                               kState, in_quotes(*version)));
    const auto header = take_line(text);
    if (!header) return cut(kState);
    if (!header->starts_with("# ")) return refused(kState, *header);
    const StateColumns at(Columns(header->substr(2), ' '));
    if (at.last_needed() == Columns::kNone)
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" lacks columns that zdr needs", kState));

    std::vector<HaproxyServer> out;
    std::vector<std::string_view> fields;
    for (;;) {
        const auto line = take_line(text);
        if (!line) return cut(kState);
        if (line->empty()) return out;
        if (line->starts_with('#')) continue;
        split(*line, ' ', fields);
        if (fields.size() <= at.last_needed()) return refused(kState, *line);
        auto server = read_server(Row(fields, kState), at);
        if (!server) return tl::unexpected(std::move(server.error()));
        out.push_back(std::move(*server));
    }
}

struct Stat {
    std::string status;
    bool is_backup;
    std::optional<std::uint32_t> fall, rise;
};
using Stats = std::unordered_map<std::string, Stat>;  // by "backend/server"

// "show stat": a header, a record for each server, and an empty line.
Result<Stats> take_stat(std::string_view& text) {
    const std::string_view whole = text;
    std::vector<std::string_view> fields;
    const auto header = take_line(text);
    if (!header || !header->starts_with("# ")) return refused(kStat, whole);
    const Columns columns(header->substr(2), ',');
    const auto [backend, name, status, backup, fall, rise] =
        std::array{columns["pxname"], columns["svname"],     columns["status"],
                   columns["bck"],    columns["check_fall"], columns["check_rise"]};
    const std::size_t last_needed = std::max({backend, name, status, backup});
    if (last_needed == Columns::kNone)
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" lacks columns that zdr needs", kStat));

    Stats out;
    for (;;) {
        const std::string_view rest = text;
        if (!take_record(text, fields)) return cut(kStat);
        if (fields.size() == 1 && fields[0].empty()) return out;
        if (fields.size() <= last_needed) return refused(kStat, rest);
        const Row row(fields, kStat);
        const auto falls = row.number_if_any(fall, UINT32_MAX, "a fall");
        if (!falls) return tl::unexpected(falls.error());
        const auto rises = row.number_if_any(rise, UINT32_MAX, "a rise");
        if (!rises) return tl::unexpected(rises.error());
        out.insert_or_assign(unquoted(fields[backend]) + "/" + unquoted(fields[name]),
                             Stat{printable(unquoted(fields[status])), fields[backup] == "1", *falls, *rises});
    }
}

}  // namespace

Result<std::vector<HaproxyServer>> parse_haproxy_answer(std::string_view answer) {
    auto servers = take_state(answer);
    if (!servers) return servers;
    const auto stats = take_stat(answer);
    if (!stats) return tl::unexpected(stats.error());
    for (HaproxyServer& server : *servers) {
        // One that was added or removed between the two answers has no statistics.
        const auto found = stats->find(server.backend + "/" + server.name);
        if (found == stats->end()) continue;
        server.status = found->second.status;
        server.is_backup = found->second.is_backup;
        server.fall = found->second.fall;
        server.rise = found->second.rise;
    }
    return servers;
}

}  // namespace zdr
