#include "ctl/status/checkers_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "ctl/status/text_table.h"
#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/model/checker_standing.h"

namespace zdr::ctl {
namespace {

constexpr TableColumn kCheckerColumns[] = {
    {.heading = "NAME", .least = 12},   {.heading = "PORT", .rank = 2}, {.heading = "CHECKER", .least = 12},
    {.heading = "INTERVAL", .rank = 3}, {.heading = "LAST", .rank = 1}, {.heading = "ANSWERS"},
};

std::string times_in_a_row(std::uint32_t times) {
    return times == 1 ? "once" : fmt::format("{} times in a row", times);
}

std::string answers(const Checker& checker) {
    if (checker.is_softened) return "led to the drain port " + times_in_a_row(checker.refused_streak);
    if (checker.refused_streak != 0) return "refused " + times_in_a_row(checker.refused_streak);
    return "redirected " + times_in_a_row(checker.redirected_streak);
}

// Why it is not waited for; nothing where it is.
std::string_view format_standing(Standing standing) {
    switch (standing) {
        case Standing::kCounts:
            return "";
        case Standing::kSeldom:
            return " (seldom)";
        case Standing::kSilent:
            return " (gone)";
        case Standing::kUnnamed:
            return " (not named)";
    }
    return "";
}

TableRow row_of(const Checker& checker, const Server& server, const Now& now) {
    const Port port = checker.is_backup ? server.backup_status_port.value_or(server.status_port) : server.status_port;
    const auto ago = std::max(now.boot - checker.last_boot, std::chrono::nanoseconds(0));
    const std::string process = checker.pid == 0 ? "" : fmt::format("[{}]", checker.pid);
    return {server.name,
            fmt::format("{}", port.host()),
            printable(checker.from) + process,
            checker.interval ? format_elapsed(*checker.interval) : "-",
            fmt::format("{} ago{}", format_elapsed(ago), format_standing(standing_of(checker, server, now.boot))),
            answers(checker)};
}

}  // namespace

std::string format_checkers_table(const Status& status, const Now& now, std::optional<std::size_t> room) {
    std::vector<TableRow> rows;
    for (const ServerStatus& one : status.servers)
        for (const Checker& checker : one.checks.checkers) rows.push_back(row_of(checker, one.server, now));
    if (rows.empty()) return "";
    const TextTable table(kCheckerColumns, rows, room);
    std::string out = table.headings();
    for (const TableRow& row : rows) out += table.line(row);
    return out;
}

}  // namespace zdr::ctl
