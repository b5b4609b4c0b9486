#include "ctl/doctor/finding_json.h"

#include <nlohmann/json.hpp>

namespace zdr::ctl {
namespace {

using Json = nlohmann::ordered_json;

Json place_of(const Finding& finding) {
    return finding.location.empty() ? Json() : Json(finding.location);
}

// The first of a group, and under "others" what the others have of their own.
Json to_json(const FindingGroup& group) {
    const Finding& finding = *group.front();
    Json others = Json::array();
    for (std::size_t i = 1; i < group.size(); ++i)
        others.push_back({{"subject", group[i]->subject},
                          {"place", place_of(*group[i])},
                          {"what", group[i]->what},
                          {"do", group[i]->remedy}});
    return {{"kind", finding.is_problem() ? "problem" : "note"},
            {"subject", finding.subject},
            {"place", place_of(finding)},
            {"what", finding.what},
            {"why", finding.why},
            {"do", finding.remedy},
            {"id", to_string(finding.id)},
            {"count", group.size()},
            {"others", std::move(others)}};
}

}  // namespace

std::string format_diagnosis_json(const Diagnosis& diagnosis) {
    Json findings = Json::array();
    for (const FindingGroup& group : group_findings(diagnosis.findings)) findings.push_back(to_json(group));
    const Json document = {{"findings", std::move(findings)},
                           {"looked_at", diagnosis.looked_at},
                           {"not_looked_at", diagnosis.not_inspected}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace zdr::ctl
