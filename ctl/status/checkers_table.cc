#include "ctl/status/checkers_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/model/checker_standing.h"

namespace zdr::ctl {
namespace {

using CheckerRow = std::array<std::string, 6>;

std::string answers(const Checker& checker) {
    if (checker.refused_streak != 0) return fmt::format("refused {} times in a row", checker.refused_streak);
    return fmt::format("redirected {} times in a row", checker.redirected_streak);
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

CheckerRow row_of(const Checker& checker, const Server& server, const Now& now) {
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

std::string format_checkers_table(const Status& status, const Now& now) {
    std::vector<CheckerRow> rows = {{"NAME", "PORT", "CHECKER", "INTERVAL", "LAST", "ANSWERS"}};
    for (const ServerStatus& one : status.servers)
        for (const Checker& checker : one.checks.checkers) rows.push_back(row_of(checker, one.server, now));
    if (rows.size() == 1) return "";
    std::array<std::size_t, std::tuple_size_v<CheckerRow>> widths{};
    for (const CheckerRow& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
    std::string out;
    for (const CheckerRow& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
        out += row.back() + '\n';
    }
    return out;
}

}  // namespace zdr::ctl
