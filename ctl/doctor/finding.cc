#include "ctl/doctor/finding.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

std::string paragraph(const Finding& finding) {
    const bool is_note = finding.kind == Finding::Kind::kNote;
    const std::string location = finding.location.empty() ? "" : fmt::format(" ({})", finding.location);
    const auto first = fmt::format("{}{}{}: {}", is_note ? "note: " : "", finding.subject, location, finding.what);
    return fmt::format("{}\n  why: {}\n  do:  {}\n", printable(first), printable(finding.why),
                       printable(finding.remedy));
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
        return std::pair(a.kind, a.line) < std::pair(b.kind, b.line);
    });
}

std::size_t count_problems(const Findings& findings) {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [](const Finding& one) { return one.kind == Finding::Kind::kProblem; }));
}

std::string format_diagnosis(const Diagnosis& diagnosis) {
    std::string out;
    for (const Finding& finding : diagnosis.findings) out += paragraph(finding) + '\n';
    if (diagnosis.findings.empty()) out += "nothing was found\n";
    out += format_list("looked at: ", diagnosis.looked_at, ", ");
    return out + format_list("not looked at: ", diagnosis.not_inspected, "\nnot looked at: ");
}

}  // namespace zdr::ctl
