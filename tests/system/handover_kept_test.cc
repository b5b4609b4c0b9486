// What becomes of the active port when zdr is loaded anew, when the host starts again, and when the server changes.
#include <optional>

#include "handover_world.h"
#include "support/app.h"

namespace zdr::test {
namespace {

using HandoverKeptTest = HandoverTest;

TEST_F(HandoverKeptTest, ALoadKeepsTheActivePort) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);

    for (int i = 0; i < 3; ++i) {
        load(kHandoverWebA);
        EXPECT_EQ(active_port(), 21003);
        expect_led_to("new");
    }
}

TEST_F(HandoverKeptTest, AServerThatStartsAsItWasKeepsTheActivePort) {
    const std::string config = std::string(kHandoverWebA) + "start = last\n";
    load(config);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);
    flip("drain", "webA");

    unload();
    load(config);

    EXPECT_EQ(active_port(), 21003);
    EXPECT_EQ(zdr().state("webA"), "drain");
    expect_led_to("new", "ECONNREFUSED");
    flip("ready", "webA");
    unload();
    load(config);
    EXPECT_EQ(active_port(), 21003);
    expect_led_to("new");
    ASSERT_EQ(handover({"--back", "--no-wait"}).status, 0);
    unload();
    load(config);
    expect_led_to("old");
}

TEST_F(HandoverKeptTest, AServerThatStartsReadyStartsAtItsAppPort) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);

    unload();
    load(kHandoverWebA);

    EXPECT_EQ(active_port(), 1000);
    expect_led_to("old");
}

// The host has started again, and what listened there has not.
TEST_F(HandoverKeptTest, AnInstanceThatIsGoneLeavesTheTrafficToTheAppPort) {
    const std::string config = std::string(kHandoverWebA) + "start = last\n";
    load(config);
    const App old("old", "::", 1000);
    {
        const App fresh("new", "::", 21003);
        lead_to(21003);
    }

    unload();
    load(config);

    expect_led_to("old");
}

TEST_F(HandoverKeptTest, AnotherServerThatComesAndGoesChangesNothing) {
    const std::string other = "[server.aaa]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\n";
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);

    for (const std::string& config : {other + std::string(kHandoverWebA), std::string(kHandoverWebA)}) {
        zdr().configure(config);
        const Output applied = run(zdr().ctl({"apply", zdr().config()}));
        ASSERT_EQ(applied.status, 0) << applied.err;
        EXPECT_EQ(active_port(), 21003);
        expect_led_to("new");
    }
}

TEST_F(HandoverKeptTest, ARangeThatIsTakenAwayLeadsToTheAppPortAtOnce) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);
    std::string config(kHandoverWebA);
    config.erase(config.find("handover-ports"), std::string("handover-ports = 21000-21009\n").size());

    load(config);

    EXPECT_EQ(active_port(), 1000);
    expect_led_to("old");
}

}  // namespace
}  // namespace zdr::test
