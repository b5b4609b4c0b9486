#include "ctl/status/status_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

constexpr std::array kHeadings = {"NAME",  "BACKEND", "ADDRESS",  "PORT",       "STATUS-PORT", "STATE",
                                  "SINCE", "BY",      "SESSIONS", "REDIRECTED", "REFUSED",     "REASON"};
constexpr std::size_t kState = 5;
constexpr std::size_t kSessions = 8;
constexpr std::size_t kRedirected = 9;
constexpr std::size_t kRefused = 10;
using Row = std::array<std::string, kHeadings.size()>;

std::string or_dash(std::string text) {
    return text.empty() ? "-" : std::move(text);
}

// The first address; the others are only counted, to keep lines short.
std::string address_cell(const Server& server) {
    if (server.addresses.size() < 2) return addresses_to_string(server);
    return fmt::format("{},+{}", server.addresses.front().to_string(), server.addresses.size() - 1);
}

std::string status_port_cell(const Server& server) {
    if (!server.backup_status_port) return fmt::format("{}", server.status_port.host());
    return fmt::format("{}/{}", server.status_port.host(), server.backup_status_port->host());
}

std::string state_cell(const Flip& flip, const Now& now) {
    const std::string_view state = to_string(flip.effective(now.boot));
    const auto left = time_left(flip, now);
    return left ? fmt::format("{} {} left", state, format_span(*left)) : std::string(state);
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

Row row_of(const ServerStatus& status, const Now& now) {
    Row row = {status.server.name,
               or_dash(backends_to_string(status.server)),
               address_cell(status.server),
               fmt::format("{}", status.server.app_port.host()),
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

// Numbers that grow stand at the right of their column. No line ends in blanks.
void add_line(std::string& out, const Row& row, const std::array<std::size_t, kHeadings.size()>& widths,
              std::string_view colour) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string blanks(widths[i] - display_width(row[i]), ' ');
        const bool is_right = i == kSessions || i == kRedirected || i == kRefused;
        const bool is_coloured = i == kState && !colour.empty();
        line += is_right ? blanks : "";
        line += is_coloured ? fmt::format("{}{}\x1b[0m", colour, row[i]) : row[i];
        line += (is_right ? "" : blanks) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
}

}  // namespace

std::string format_status_table(const Status& status, const Now& now, Colour colour) {
    Row headings;
    std::copy(kHeadings.begin(), kHeadings.end(), headings.begin());
    std::vector<Row> rows;
    rows.reserve(status.servers.size());
    for (const ServerStatus& server : status.servers) rows.push_back(row_of(server, now));

    std::array<std::size_t, kHeadings.size()> widths;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        widths[i] = display_width(headings[i]);
        for (const Row& row : rows) widths[i] = std::max(widths[i], display_width(row[i]));
    }
    std::string out;
    add_line(out, headings, widths, "");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const State state = status.servers[i].flip.effective(now.boot);
        add_line(out, rows[i], widths, colour == Colour::kYes ? colour_of(state) : "");
    }
    return out;
}

}  // namespace zdr::ctl
