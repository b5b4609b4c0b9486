// HAProxy configurations of the kind that people publish (golden/cases): what import makes of each, what doctor says,
// and that doctor has nothing against import's own output. Whether HAProxy takes them is asked in tests/system.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ctl/doctor/check_findings.h"
#include "golden.h"
#include "support/test_env.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

const std::string kDirectory = ZDR_GOLDEN_DIR "/cases/";

std::vector<std::string> case_names() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(kDirectory))
        if (entry.path().extension() == ".cfg") out.push_back(entry.path().stem());
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<std::string> variable(const std::string& name) {
    return name == "DB_MASTER" ? std::optional<std::string>("192.0.2.31") : std::nullopt;
}

Result<Address> resolver(const std::string& host) {
    if (host == "localhost") return *Address::parse("127.0.0.1");
    return fail(Errc::kFailed, "no such host");
}

class CaseFile : public ::testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        std::ifstream file(path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        auto config = parse_haproxy_config(text, name(), variable);
        ASSERT_TRUE(config) << config.error().text;
        config_ = std::move(*config);
        import_ = import_haproxy(config_, resolver);
        for (const ImportedServer& one : import_.servers) servers_.push_back(one.server);
    }
    std::string name() const { return GetParam() + ".cfg"; }
    std::string path() const { return kDirectory + name(); }

    HaproxyConfig config_;
    HaproxyImport import_;
    std::vector<Server> servers_;
};

TEST_P(CaseFile, ImportPrintsTheGoldenTextAndZdrReadsIt) {
    const std::string conf = format_zdr_conf(import_, name());

    expect_golden("cases/" + GetParam() + ".import.txt", conf);
    const auto again = parse_config(conf, "zdr.conf");
    ASSERT_TRUE(again) << again.error().text << "\n" << conf;
    EXPECT_EQ(again->servers, servers_) << conf;
    EXPECT_FALSE(find_clash(servers_));
}

TEST_P(CaseFile, DoctorSaysTheGoldenText) {
    TestEnv env;
    env.variables["ZDR_STATE_DIR"] = "/nonexistent";
    env.variables["DB_MASTER"] = "192.0.2.31";

    const int status = env.run({"doctor", path()});

    std::string text = env.out_text + env.err_text + "exit " + std::to_string(status) + "\n";
    for (auto at = text.find(kDirectory); at != text.npos; at = text.find(kDirectory))
        text.erase(at, kDirectory.size());
    expect_golden("cases/" + GetParam() + ".doctor.txt", text);
}

TEST_P(CaseFile, DoctorHasNothingAgainstWhatImportPrinted) {
    std::vector<std::string> not_inspected;
    const auto theirs = ctl::checked_servers(config_, name(), resolver, not_inspected);

    for (const ctl::Finding& one : ctl::compare_checks(theirs, name(), servers_, {}))
        ADD_FAILURE() << one.subject << ": " << one.what;
}

INSTANTIATE_TEST_SUITE_P(All, CaseFile, ::testing::ValuesIn(case_names()), [](const auto& of_case) {
    std::string out = of_case.param;
    std::replace(out.begin(), out.end(), '-', '_');
    return out;
});

}  // namespace
}  // namespace zdr::test
