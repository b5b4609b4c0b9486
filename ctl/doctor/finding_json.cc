#include "ctl/doctor/finding_json.h"

#include <nlohmann/json.hpp>

namespace zdr::ctl {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Finding& finding) {
    return {{"kind", finding.kind == Finding::Kind::kProblem ? "problem" : "note"},
            {"subject", finding.subject},
            {"place", finding.location.empty() ? Json() : Json(finding.location)},
            {"what", finding.what},
            {"why", finding.why},
            {"do", finding.remedy}};
}

}  // namespace

std::string format_diagnosis_json(const Diagnosis& diagnosis) {
    Json findings = Json::array();
    for (const Finding& finding : diagnosis.findings) findings.push_back(to_json(finding));
    const Json document = {{"findings", std::move(findings)},
                           {"looked_at", diagnosis.looked_at},
                           {"not_looked_at", diagnosis.not_inspected}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace zdr::ctl
