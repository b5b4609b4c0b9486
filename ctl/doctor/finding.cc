#include "ctl/doctor/finding.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

constexpr std::size_t kShown = 5;  // of a group

std::string format_subject(const Finding& finding) {
    return finding.location.empty() ? finding.subject : fmt::format("{} ({})", finding.subject, finding.location);
}

// "  also: webB (h.cfg:13), webC (h.cfg:16), 5 in all"; empty: there is one alone.
std::string format_others(const FindingGroup& group) {
    if (group.size() == 1) return "";
    std::string out;
    for (std::size_t i = 1; i < std::min(group.size(), kShown); ++i)
        out += (i == 1 ? "  also: " : ", ") + format_subject(*group[i]);
    if (group.size() > kShown) out += ", ...";
    return printable(fmt::format("{}; {} in all", out, group.size())) + '\n';
}

std::string paragraph(const FindingGroup& group) {
    const Finding& finding = *group.front();
    const auto first =
        fmt::format("{}{}: {}", finding.is_problem() ? "" : "note: ", format_subject(finding), finding.what);
    return fmt::format("{}\n{}  why: {}\n  do:  {}\n  id:  {}\n", printable(first), format_others(group),
                       printable(finding.why), printable(finding.remedy), to_string(finding.id));
}

std::string format_list(std::string_view title, const std::vector<std::string>& items, std::string_view between) {
    std::string out;
    for (const std::string& item : items) out += fmt::format("{}{}", out.empty() ? title : between, printable(item));
    return out.empty() ? out : out + '\n';
}

}  // namespace

void append(Findings& to, Findings from) {
    to.insert(to.end(), std::move_iterator(from.begin()), std::move_iterator(from.end()));
}

std::string format_location(std::string_view file, std::size_t line) {
    return fmt::format("{}:{}", file, line);
}

void sort_findings(Findings& findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return std::pair(!a.is_problem(), a.line) < std::pair(!b.is_problem(), b.line);
    });
}

std::vector<FindingGroup> group_findings(const Findings& findings) {
    std::vector<FindingGroup> out;
    std::array<std::size_t, kFindingIds> groups{};  // 0: none yet; else one more than its index
    for (const Finding& one : findings) {
        std::size_t& group = groups[static_cast<std::size_t>(one.id)];
        if (group == 0) {
            out.emplace_back();
            group = out.size();
        }
        out[group - 1].push_back(&one);
    }
    return out;
}

std::size_t count_problems(const Findings& findings) {
    const auto groups = group_findings(findings);
    return static_cast<std::size_t>(
        std::count_if(groups.begin(), groups.end(), [](const FindingGroup& one) { return one.front()->is_problem(); }));
}

std::string format_diagnosis(const Diagnosis& diagnosis) {
    std::string out;
    for (const FindingGroup& group : group_findings(diagnosis.findings)) out += paragraph(group) + '\n';
    if (count_problems(diagnosis.findings) == 0) out += "no problems found\n";
    out += format_list("looked at: ", diagnosis.looked_at, ", ");
    return out + format_list("not looked at: ", diagnosis.not_inspected, "\nnot looked at: ");
}

}  // namespace zdr::ctl
