// The ids of findings, and that docs/findings.md has each.
#include "ctl/doctor/finding_ids.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace zdr::test {
namespace {

using ctl::FindingId;

std::vector<std::string> rows_of_the_page() {
    std::ifstream file(ZDR_FINDINGS_PAGE);
    EXPECT_TRUE(file.is_open()) << ZDR_FINDINGS_PAGE;
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("| `")) out.push_back(line);
    return out;
}

TEST(FindingIds, AreOnThePageInTheirOrderAndOfTheirKind) {
    const auto rows = rows_of_the_page();

    ASSERT_EQ(rows.size(), ctl::kFindingIds);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto id = static_cast<FindingId>(i);
        const std::string begin =
            "| `" + std::string(to_string(id)) + "` | " + (is_problem(id) ? "problem" : "note") + " | ";
        EXPECT_TRUE(rows[i].starts_with(begin)) << begin << "\n" << rows[i];
        EXPECT_TRUE(rows[i].ends_with(" |")) << rows[i];
    }
}

TEST(FindingIds, AreThoseOfTheSchema) {
    std::ifstream file(ZDR_SCHEMAS_DIR "/doctor.schema.json");
    const auto schema = nlohmann::json::parse(file);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < ctl::kFindingIds; ++i) ids.emplace_back(to_string(static_cast<FindingId>(i)));

    EXPECT_EQ(schema["$defs"]["finding"]["properties"]["id"]["enum"], ids);
}

TEST(FindingIds, AreAllDifferent) {
    std::set<std::string_view> ids;
    for (std::size_t i = 0; i < ctl::kFindingIds; ++i) ids.insert(to_string(static_cast<FindingId>(i)));

    EXPECT_EQ(ids.size(), ctl::kFindingIds);
}

}  // namespace
}  // namespace zdr::test
