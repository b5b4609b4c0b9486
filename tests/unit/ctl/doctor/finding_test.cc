// How findings are put together and shown.
#include "ctl/doctor/finding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ctl/doctor/finding_json.h"

namespace zdr::test {
namespace {

using ctl::Diagnosis;
using ctl::Finding;
using ctl::FindingId;

Finding disabled(const std::string& server, std::size_t line) {
    return {FindingId::kDisabled, server, "h.cfg:" + std::to_string(line), "is disabled", "since so",
            "enable it",          line};
}

TEST(Findings, OfNoneNoProblemIsFound) {
    EXPECT_EQ(ctl::format_diagnosis({.findings = {}, .looked_at = {"h.cfg", "hooks"}, .not_inspected = {}}),
              "no problems found\nlooked at: h.cfg, hooks\n");
}

TEST(Findings, ANoteIsNoProblem) {
    const Diagnosis diagnosis{.findings = {disabled("a", 2)}, .looked_at = {}, .not_inspected = {}};

    EXPECT_EQ(count_problems(diagnosis.findings), 0U);
    EXPECT_EQ(format_diagnosis(diagnosis),
              "note: a (h.cfg:2): is disabled\n  why: since so\n  do:  enable it\n  id:  disabled\n\n"
              "no problems found\n");
}

TEST(Findings, OfTheSameKindAreOne) {
    Diagnosis diagnosis;
    for (const std::size_t line : {7U, 5U, 9U}) {
        diagnosis.findings.push_back({FindingId::kFall, "s" + std::to_string(line), "", "is late", "so", "fall", line});
        diagnosis.findings.push_back(disabled("a" + std::to_string(line), line));
    }
    sort_findings(diagnosis.findings);

    EXPECT_EQ(count_problems(diagnosis.findings), 1U);
    EXPECT_EQ(format_diagnosis(diagnosis),
              "s5: is late\n  also: s7, s9; 3 in all\n  why: so\n  do:  fall\n  id:  fall\n\n"
              "note: a5 (h.cfg:5): is disabled\n  also: a7 (h.cfg:7), a9 (h.cfg:9); 3 in all\n"
              "  why: since so\n  do:  enable it\n  id:  disabled\n\n");
}

TEST(Findings, OfManyTheTextShowsSomeAndJsonAll) {
    Diagnosis diagnosis;
    for (std::size_t i = 1; i <= 42; ++i) diagnosis.findings.push_back(disabled("a" + std::to_string(i), i));

    const std::string text = format_diagnosis(diagnosis);
    const auto json = nlohmann::json::parse(format_diagnosis_json(diagnosis));

    EXPECT_NE(text.find("\n  also: a2 (h.cfg:2), a3 (h.cfg:3), a4 (h.cfg:4), a5 (h.cfg:5), ...; 42 in all\n"),
              std::string::npos)
        << text;
    ASSERT_EQ(json["findings"].size(), 1U);
    const auto& one = json["findings"][0];
    EXPECT_EQ(one["id"], "disabled");
    EXPECT_EQ(one["kind"], "note");
    EXPECT_EQ(one["count"], 42);
    EXPECT_EQ(one["subject"], "a1");
    ASSERT_EQ(one["others"].size(), 41U);
    EXPECT_EQ(one["others"][40]["subject"], "a42");
    EXPECT_EQ(one["others"][40]["place"], "h.cfg:42");
    EXPECT_EQ(one["others"][40]["what"], "is disabled");
    EXPECT_EQ(one["others"][40]["do"], "enable it");
}

}  // namespace
}  // namespace zdr::test
