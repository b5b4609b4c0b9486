// zdrctl report: everything a bug report needs, and nothing that is nobody's business.
#include <sstream>

#include "table_test.h"

namespace zdr::test {
namespace {

using ReportTest = TableTest;

TEST_F(ReportTest, SaysWhatIsLoadedAndWhatTheHostIs) {
    add_three();

    EXPECT_EQ(run({"report"}), 0) << env.err_text;

    for (const char* part :
         {"\n## versions\nzdrctl ", "\nLinux ", "\nPRETTY_NAME=", "\n## zdrctl status --json (exit status 0)\n{",
          "\"name\": \"webA\"", "\n## zdrctl doctor (exit status ", "\n## zdrctl metrics (exit status 0)\n", "zdr_up 1",
          "\n## zdr-loader check\n", "\n## mounts\n", " bpf "})
        EXPECT_NE(env.out_text.find(part), std::string::npos) << part << "\n" << env.out_text;
    EXPECT_EQ(env.err_text, "");
}

TEST_F(ReportTest, HasNoReasonAndNoUser) {
    add_three();
    ASSERT_EQ(flip({"drain", "webA", "--reason", "ticket-4711"}), 0) << env.err_text;
    ASSERT_EQ(run({"status", "webA"}), 0);
    ASSERT_NE(env.out_text.find("ticket-4711"), std::string::npos) << env.out_text;
    ASSERT_EQ(run({"status", "--json"}), 0);
    ASSERT_NE(env.out_text.find("\"by_uid\": 1000"), std::string::npos) << env.out_text;

    EXPECT_EQ(run({"report"}), 0);

    EXPECT_EQ(env.out_text.find("ticket-4711"), std::string::npos) << env.out_text;
    EXPECT_NE(env.out_text.find("\"reason\": \"(left out)\""), std::string::npos) << env.out_text;
    EXPECT_NE(env.out_text.find("\"by\": \"(left out)\""), std::string::npos) << env.out_text;
    EXPECT_NE(env.out_text.find("\"by_uid\": null"), std::string::npos) << env.out_text;
    EXPECT_EQ(env.out_text.find("\"by_uid\": 1000"), std::string::npos) << env.out_text;
}

TEST(Report, HasTheRangeOfPortsAsTwoNumbers) {
    TestEnv env;

    EXPECT_EQ(env.run({"report", "--state-dir", "/nowhere"}), 0);

    const std::string title = "\n## /proc/sys/net/ipv4/ip_local_port_range\n";
    const auto at = env.out_text.find(title);
    ASSERT_NE(at, std::string::npos) << env.out_text;
    std::istringstream range(env.out_text.substr(at + title.size()));
    int first = 0;
    int last = 0;
    EXPECT_TRUE(range >> first >> last) << range.str();
    EXPECT_LT(first, last);
}

TEST(Report, WithoutALoadSaysThatAndSucceeds) {
    TestEnv env;

    EXPECT_EQ(env.run({"report", "--state-dir", "/nowhere"}), 0);

    EXPECT_NE(env.out_text.find("\n## zdrctl status --json (exit status 3)\nzdrctl: status: zdr is not loaded"),
              std::string::npos)
        << env.out_text;
}

}  // namespace
}  // namespace zdr::test
