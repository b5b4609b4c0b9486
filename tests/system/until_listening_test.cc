// drain --until-listening: the kernel ends the drain once the app listens anew, whether or not whoever drained it
// lives.
#include <memory>
#include <string>

#include "remote_hosts.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/process.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHome = "127.0.0.1";

class UntilListeningTest : public SystemTest {
  protected:
    void load_with_app(std::string_view config = kWebA, const std::string& ip = kHome) {
        load(config);
        start("old", ip);
    }
    void start(const std::string& name, const std::string& ip = kHome) { app_ = std::make_unique<App>(name, ip, 1000); }
    void stop() { app_.reset(); }
    void drain(const Command& more = {}) const {
        Command all{"--until-listening"};
        all.insert(all.end(), more.begin(), more.end());
        flip("drain", "webA", all);
    }

  private:
    std::unique_ptr<App> app_;
};

TEST_F(UntilListeningTest, EndsWhenTheAppListensAnew) {
    load_with_app();
    drain();
    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED") << "the old socket is not a new one";
    stop();
    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED");

    start("new");

    EXPECT_EQ(ask(kHome, 2000), "new");
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ask(kHome, 2000), "new") << "for good";
}

TEST_F(UntilListeningTest, EndsForEveryKindOfListener) {
    for (const char* ip : {"127.0.0.1", "0.0.0.0", "::"}) {
        load_with_app(kWebA, ip);
        drain();
        stop();
        EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED") << ip;

        start("new", ip);

        EXPECT_EQ(ask(kHome, 2000), "new") << ip;
        unload();
        stop();
    }
}

TEST_F(UntilListeningTest, MaintEndsToo) {
    load_with_app();
    flip("maint", "webA", {"--until-listening"});
    stop();

    start("new");

    EXPECT_EQ(ask(kHome, 2000), "new");
    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(UntilListeningTest, OthersThatBeginToListenEndNothing) {
    load_with_app(std::string(kWebA) + "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\n");
    drain();

    const App other_port("b", kHome, 1001);
    const App other_address("c", "127.0.0.9", 1000);

    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED");
    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(ask(kHome, 2001), "b");
}

TEST_F(UntilListeningTest, WithoutItADrainStays) {
    load_with_app();
    drain();
    flip("drain", "webA");
    stop();

    start("new");

    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED");
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(UntilListeningTest, EndsAfterItsTimeAtTheLatest) {
    load_with_app();
    drain({"--ttl", "1s"});

    EXPECT_TRUE(eventually([&] { return ask(kHome, 2000) == "old"; }));
}

TEST_F(UntilListeningTest, IsKeptOverALoadAndAnUnload) {
    load_with_app(std::string(kWebA) + "start = last\n");
    drain();
    ASSERT_EQ(zdr().load().status, 0);
    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED");
    unload();
    ASSERT_EQ(zdr().load().status, 0);
    EXPECT_EQ(ask(kHome, 2000), "ECONNREFUSED") << "the old app listened before";
    stop();

    start("new");

    EXPECT_EQ(ask(kHome, 2000), "new");
}

TEST_F(UntilListeningTest, StatusTellsItWhileItLasts) {
    load_with_app();
    drain();
    EXPECT_NE(zdr().status().find("\"until_listening\": true"), std::string::npos);
    stop();
    start("new");
    EXPECT_EQ(ask(kHome, 2000), "new");

    EXPECT_EQ(zdr().status().find("\"until_listening\": true"), std::string::npos);
}

using RemoteUntilListeningTest = RemoteTest;

TEST_F(RemoteUntilListeningTest, EndsForCheckersOfOtherHosts) {
    load(kRemoteWebA);
    auto app = std::make_unique<App>("old", "::", 1000);
    flip("drain", "webA", {"--until-listening"});
    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
    app.reset();
    app = std::make_unique<App>("new", "::", 1000);

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "new") << address;
    EXPECT_EQ(zdr().state("webA"), "ready");
}

}  // namespace
}  // namespace zdr::test
