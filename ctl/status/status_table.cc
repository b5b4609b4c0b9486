#include "ctl/status/status_table.h"

#include <fmt/core.h>

#include <utility>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

// Where not all of it fits, what is read least goes first; name and state stay.
constexpr TableColumn kStatusColumns[] = {
    {.heading = "NAME", .least = 12},
    {.heading = "BACKEND", .rank = 4},
    {.heading = "ADDRESS", .rank = 9},
    {.heading = "PORT", .rank = 8},
    {.heading = "STATUS-PORT", .rank = 5},
    {.heading = "STATE"},
    {.heading = "SINCE", .rank = 1},
    {.heading = "BY", .rank = 6},
    {.heading = "SESSIONS", .rank = 2, .is_right = true},
    {.heading = "REDIRECTED", .rank = 10, .is_right = true},
    {.heading = "REFUSED", .rank = 7, .is_right = true},
    {.heading = "REASON", .rank = 3, .least = 12},
};
constexpr std::size_t kState = 5;

std::string or_dash(std::string text) {
    return text.empty() ? "-" : std::move(text);
}

// The first address; the others are only counted, to keep lines short.
std::string address_cell(const Server& server) {
    if (server.addresses.size() < 2) return addresses_to_string(server);
    return fmt::format("{},+{}", server.addresses.front().to_string(), server.addresses.size() - 1);
}

// "1000", or "1000>21001" while another instance of the app is active.
std::string port_cell(const Server& server, const Flip& flip) {
    const Port active = at_active_port(server, flip).app_port;
    if (active == server.app_port) return fmt::format("{}", active.host());
    return fmt::format("{}>{}", server.app_port.host(), active.host());
}

std::string status_port_cell(const Server& server) {
    if (!server.backup_status_port) return fmt::format("{}", server.status_port.host());
    return fmt::format("{}/{}", server.status_port.host(), server.backup_status_port->host());
}

std::string state_cell(const Flip& flip, const Now& now) {
    const std::string_view state = to_string(flip.effective(now.boot));
    const bool ends_by_itself = flip.until_listening && flip.effective(now.boot) != State::kReady;
    const std::string until = ends_by_itself ? " until it listens" : "";
    const auto left = time_left(flip, now);
    return left ? fmt::format("{} {} left{}", state, format_span(*left), ends_by_itself ? " or" + until : "")
                : fmt::format("{}{}", state, until);
}

// How long ago; by the clock that nobody sets. Below 0 is before this boot.
std::string since_cell(const Flip& flip, const Now& now) {
    constexpr std::chrono::hours kLongestAgo(24 * 365 * 100);
    const auto since = is_expired(flip, now) ? *flip.expires_boot : flip.since_boot;
    if (since.count() < 0 && since >= -kLongestAgo)
        return fmt::format("{} ago", format_span(std::chrono::floor<std::chrono::seconds>(now.boot - since)));
    const auto boot = whole_seconds(now.boot);
    if (since.count() == 0 || whole_seconds(since) > boot) return "-";
    return fmt::format("{} ago", format_span(boot - whole_seconds(since)));
}

// Active and idle: "2+1".
std::string sessions_cell(const std::optional<SessionCounts>& sessions) {
    return sessions ? fmt::format("{}+{}", sessions->active, sessions->idle) : "-";
}

// With sudo the name is that of the caller, so the uid tells more; a member of the group can forge both.
std::string by_cell(const Flip& flip) {
    if (flip.by.empty()) return "-";
    return flip.uid == 0 && flip.by == "root" ? flip.by : fmt::format("{}({})", flip.by, flip.uid);
}

TableRow row_of(const ServerStatus& status, const Now& now) {
    TableRow row = {status.server.name,
                    or_dash(backends_to_string(status.server)),
                    address_cell(status.server),
                    port_cell(status.server, status.flip),
                    status_port_cell(status.server),
                    state_cell(status.flip, now),
                    since_cell(status.flip, now),
                    by_cell(status.flip),
                    sessions_cell(status.sessions),
                    fmt::format("{}", status.checks.counters.redirected),
                    fmt::format("{}", status.checks.counters.refused),
                    status.flip.reason};
    for (std::string& cell : row) cell = printable(cell);
    return row;
}

std::string_view colour_of(State state) {
    switch (state) {
        case State::kReady:
            return "\x1b[32m";
        case State::kDrain:
            return "\x1b[33m";
        case State::kMaint:
            return "\x1b[31m";
    }
    return "";
}

std::vector<TableRow> rows_of(const Status& status, const Now& now) {
    std::vector<TableRow> out;
    out.reserve(status.servers.size());
    for (const ServerStatus& server : status.servers) out.push_back(row_of(server, now));
    return out;
}

}  // namespace

StatusTable::StatusTable(const Status& status, const Now& now, Colour colour, std::optional<std::size_t> room)
    : rows_(rows_of(status, now)), table_(kStatusColumns, rows_, room), colours_(rows_.size()) {
    for (std::size_t i = 0; colour == Colour::kYes && i < rows_.size(); ++i)
        colours_[i] = colour_of(status.servers[i].flip.effective(now.boot));
}

std::string StatusTable::line(std::size_t server) const {
    return table_.line(rows_[server], kState, colours_[server]);
}

std::string StatusTable::text() const {
    std::string out = headings();
    for (std::size_t i = 0; i < rows_.size(); ++i) out += line(i);
    return out;
}

std::string format_status_table(const Status& status, const Now& now, Colour colour, std::optional<std::size_t> room) {
    return StatusTable(status, now, colour, room).text();
}

}  // namespace zdr::ctl
