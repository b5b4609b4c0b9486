// examples/drain.cc, built against the installed library alone, takes a server out of a real HAProxy and puts it back.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "support/app.h"
#include "support/haproxy.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

constexpr const char* kHaproxyServers =
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n";

// The parameter is how the example was built.
class DrainExampleTest : public SystemTest, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (HasFatalFailure() || IsSkipped()) return;
        // HAProxy is asked, too: so it has really noticed when the example goes on.
        load("haproxy = " + sandbox().directory() + "/haproxy.sock\n" + std::string(kWebA) +
             "backend = srvs\n[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\n");
        app_a_ = std::make_unique<App>("a", "127.0.0.1", 1000);
        app_b_ = std::make_unique<App>("b", "127.0.0.1", 1001);
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, kHaproxyServers);
        for (const char* name : {"webA", "webB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }

    Command example(const std::string& server, const std::string& command) const {
        return {"env", "ZDR_STATE_DIR=" + sandbox().state_dir(), std::string(ZDR_EXAMPLES) + "/" + GetParam(), server,
                command};
    }
    std::string file(const std::string& name) const { return sandbox().directory() + "/" + name; }
    const Haproxy& haproxy() const { return *haproxy_; }

  private:
    std::unique_ptr<App> app_a_, app_b_;
    std::unique_ptr<Haproxy> haproxy_;
};

TEST_P(DrainExampleTest, RunsItsCommandWhileTheServerIsOut) {
    // A command that lasts until the test has looked.
    Process example_run(
        example("webA", "touch " + file("started") + "; until [ -e " + file("seen") + " ]; do sleep 0.05; done"));
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file("started")) || !example_run.is_running(); }));

    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(haproxy().status("webB"), "UP");
    EXPECT_EQ(zdr().state("webA"), "drain");
    std::ofstream(file("seen")).flush();
    const Output output = example_run.wait();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(haproxy().status("webA"), "UP");
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_TRUE(output.out.starts_with("webA: drain (was ready)\nwebA: drained after ")) << output.out;
    EXPECT_NE(output.out.find("\nwebA: ready after "), std::string::npos) << output.out;
    EXPECT_EQ(output.err, "");
}

TEST_P(DrainExampleTest, LeavesTheServerDrainedWhenItsCommandFails) {
    const Output output = run(example("webA", "exit 3"));

    EXPECT_EQ(output.status, 1);
    EXPECT_EQ(output.err, "drain: 'exit 3' failed; webA stays drained\n");
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_P(DrainExampleTest, SaysThatThereIsNoSuchServer) {
    const Output output = run(example("webX", "touch " + file("started")));

    expect_refusal(output, 6);
    EXPECT_NE(output.err.find("webX"), std::string::npos) << output.err;
    EXPECT_FALSE(std::filesystem::exists(file("started")));
}

INSTANTIATE_TEST_SUITE_P(BuiltBy, DrainExampleTest, testing::Values("cmake", "pkg-config"),
                         [](const auto& test) { return std::string(test.param) == "cmake" ? "CMake" : "PkgConfig"; });

}  // namespace
}  // namespace zdr::test
