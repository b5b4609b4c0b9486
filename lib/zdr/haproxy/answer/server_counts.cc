#include "zdr/haproxy/answer/server_counts.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "zdr/base/text.h"
#include "zdr/haproxy/answer/answer_table.h"

namespace zdr {
namespace {

using haproxy_answer::Columns;
using haproxy_answer::Row;

constexpr std::string_view kShowStat = "show stat";

struct CountColumns {
    explicit CountColumns(const Columns& columns)
        : backend(columns["pxname"]),
          name(columns["svname"]),
          status(columns["status"]),
          sessions(columns["stot"]),
          requests(columns["req_tot"]) {}

    std::size_t last_needed() const { return std::max({backend, name, status, sessions}); }

    std::size_t backend, name, status, sessions, requests;
};

Result<HaproxyCounts> read_counts(const Row& row, const CountColumns& at) {
    constexpr std::uint64_t kMost = UINT64_MAX;
    const auto requests = row.number_if_any(at.requests, kMost, "a number of requests");
    if (!requests) return tl::unexpected(requests.error());
    const auto sessions = row.number_if_any(at.sessions, kMost, "a number of sessions");
    if (!sessions) return tl::unexpected(sessions.error());
    return HaproxyCounts{.backend = printable(haproxy_answer::unquoted(row[at.backend])),
                         .name = printable(haproxy_answer::unquoted(row[at.name])),
                         .status = printable(haproxy_answer::unquoted(row[at.status])),
                         .count = *requests ? **requests : sessions->value_or(0),
                         .is_of_requests = requests->has_value()};
}

// One table, whose header was read.
Result<void> take_records(std::string_view header, std::string_view& text, std::vector<HaproxyCounts>& out) {
    const CountColumns at(Columns(header, ','));
    if (at.last_needed() == Columns::kNone)
        return fail(Errc::kFailed, fmt::format("the answer to \"{}\" lacks columns that zdr needs", kShowStat));
    std::vector<std::string_view> fields;
    for (;;) {
        const std::string_view rest = text;
        if (!haproxy_answer::take_record(text, fields)) return haproxy_answer::cut(kShowStat);
        if (fields.size() == 1 && fields[0].empty()) return {};
        if (fields.size() <= at.last_needed()) return haproxy_answer::refused(kShowStat, rest);
        auto counts = read_counts(Row(fields, kShowStat), at);
        if (!counts) return tl::unexpected(std::move(counts.error()));
        out.push_back(std::move(*counts));
    }
}

}  // namespace

std::string haproxy_counts_question(std::span<const std::string> backends) {
    const auto is_number = [](const std::string& name) { return name.empty() || (name[0] >= '0' && name[0] <= '9'); };
    if (backends.empty() || std::any_of(backends.begin(), backends.end(), is_number)) return "show stat -1 4 -1";
    std::string out;
    for (const std::string& name : backends) out += fmt::format("{}show stat {} 4 -1", out.empty() ? "" : "; ", name);
    return out;
}

Result<std::vector<HaproxyCounts>> parse_haproxy_counts(std::string_view answer) {
    const std::string_view whole = answer;
    std::vector<HaproxyCounts> out;
    bool has_table = false;
    while (const auto line = haproxy_answer::take_line(answer)) {
        if (!line->starts_with("# ")) continue;
        has_table = true;
        if (auto taken = take_records(line->substr(2), answer, out); !taken)
            return tl::unexpected(std::move(taken.error()));
    }
    if (!has_table) return haproxy_answer::refused(kShowStat, whole);
    return out;
}

Result<std::vector<HaproxyCounts>> ask_haproxy_counts(const HaproxyEndpoint& endpoint,
                                                      std::span<const std::string> backends,
                                                      std::chrono::milliseconds within) {
    const auto answer = question_haproxy(endpoint, haproxy_counts_question(backends), within);
    auto counts = answer ? parse_haproxy_counts(*answer) : tl::unexpected(answer.error());
    if (counts) return counts;
    return tl::unexpected(std::move(counts.error()).with("HAProxy at " + endpoint.text));
}

}  // namespace zdr
