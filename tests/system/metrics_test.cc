// zdrctl metrics of a real kernel's programs, read strictly.
#include "cli/exposition.h"
#include "support/app.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

class MetricsTest : public SystemTest {
  protected:
    std::map<std::string, std::string> samples() const {
        const Output output = run(zdr().ctl({"metrics"}));
        EXPECT_EQ(output.status, 0) << output.err;
        EXPECT_EQ(output.err, "");
        return Exposition(output.out).samples();
    }
};

TEST_F(MetricsTest, CountWhatTheProgramsSaw) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const std::string server = "{server=\"webA\",backend=\"\"";
    for (int i = 0; i < 3; ++i) ASSERT_EQ(ask("127.0.0.1", 2000), "app");
    flip("drain", "webA", {"--ttl", "1h"});
    ASSERT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    const Attempt session = connect_to("127.0.0.1", 1000);

    const auto all = samples();

    EXPECT_EQ(all.at("zdr_up"), "1");
    EXPECT_EQ(all.at("zdr_servers"), "1");
    EXPECT_EQ(all.at("zdr_hook_attached{hook=\"cgroup\",at=\"" + sandbox().cgroup() + "\",kind=\"\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_state" + server + ",state=\"drain\"}"), "1");
    EXPECT_EQ(all.at("zdr_server_redirected_checks_total" + server + "}"), "3");
    EXPECT_EQ(all.at("zdr_server_refused_checks_total" + server + "}"), "1");
    const std::string checker = server + ",from=\"system_tests\",hook=\"cgroup\",port=\"2000\"}";
    EXPECT_EQ(all.at("zdr_checker_refused_streak" + checker), "1");
    const double now = static_cast<double>(time(nullptr));
    EXPECT_NEAR(std::stod(all.at("zdr_checker_last_seen_timestamp_seconds" + checker)), now, 60);
    EXPECT_NEAR(std::stod(all.at("zdr_server_state_expires_timestamp_seconds" + server + "}")), now + 3600, 60);
    EXPECT_TRUE(all.contains("zdr_server_sessions" + server + ",state=\"active\"}"));
}

TEST_F(MetricsTest, SayThatNothingIsLoaded) {
    const Output output = run(zdr().ctl({"metrics"}));

    EXPECT_EQ(output.status, 3);
    EXPECT_EQ(Exposition(output.out).samples().at("zdr_up"), "0");
}

}  // namespace
}  // namespace zdr::test
