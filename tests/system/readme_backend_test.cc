// The backend of README.md, as it stands there: an app that takes long to start costs nobody a request, neither new
// clients nor those that hold its cookie, who come to the dead app while HAProxy still has its twin up.
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include "restart_world.h"
#include "support/deadline.h"
#include "support/load.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// What is between the first two fences below "## First drain".
std::string backend_of_readme() {
    std::ifstream file(ZDR_SOURCE_DIR "/README.md");
    std::stringstream all;
    all << file.rdbuf();
    const std::string text = all.str().substr(all.str().find("\n## First drain\n"));
    const std::size_t begin = text.find("\n```\n") + 5;
    return text.substr(begin, text.find("\n```\n", begin) + 1 - begin);
}

class ReadmeBackendTest : public RestartTest {
  protected:
    // Both apps answer, and HAProxy has all four up. Its files are in the sandbox; all else is as README.md has it.
    void start_as_told() {
        const std::string& directory = sandbox().directory();
        std::string config =
            std::regex_replace(backend_of_readme(), std::regex("/run/haproxy/admin.sock"), directory + "/haproxy.sock");
        config = std::regex_replace(config, std::regex("/var/lib/haproxy/state"), directory + "/state");
        // HAProxy's connections are not kept, so that none ends just as a request comes.
        Service(directory, "webA", "127.0.0.1:1000; keepalive_timeout 0");
        Service(directory, "webB", "127.0.0.1:1001; keepalive_timeout 0");
        std::ofstream(directory + "/readme.cfg") << config;
        load(run(zdr().ctl({"import", directory + "/readme.cfg"})).out);
        haproxy_ = std::make_unique<Haproxy>(directory, config);
        for (const char* name : {"webA", "webB", "bkpA", "bkpB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }
    // Of webA: it ends, and is there again some 3 seconds later.
    Command slow_restart() const {
        return {
            "sh", "-c",
            "f=$0/webA; nginx -e $f/log -c $f.conf -s quit && while [ -e $f/pid ]; do sleep 0.01; done && sleep 3 && "
            "nginx -e $f/log -c $f.conf",
            sandbox().directory()};
    }
    Load clients(const std::string& header) const {
        return Load(sandbox().directory(), "http://127.0.0.1/", {.connections = 2, .pause = 20ms, .header = header});
    }
    long redispatched(const std::string& server) const { return std::stol("0" + haproxy_->field(server, "wredis")); }

    std::unique_ptr<Haproxy> haproxy_;
};

// As the drop-in for systemd has it: drained, but not in maint.
TEST_F(ReadmeBackendTest, AnAppThatTakesLongToStartCostsNobodyARequest) {
    start_as_told();
    Load strangers = clients("");
    Load known = clients("Cookie: SRV=A");

    ASSERT_EQ(run(zdr().ctl({"drain", "webA"}), 60s).status, 0);
    ASSERT_EQ(haproxy_->status("webA"), "DOWN");
    ASSERT_EQ(run(slow_restart(), 60s).status, 0);
    ASSERT_EQ(run(zdr().ctl({"ready", "webA"}), 60s).status, 0);

    EXPECT_EQ(haproxy_->status("webA"), "UP");
    expect_no_failures(strangers.report());
    expect_no_failures(known.report());
    EXPECT_GT(redispatched("bkpA"), 0) << "who holds the cookie has not come to the dead app";
}

}  // namespace
}  // namespace zdr::test
