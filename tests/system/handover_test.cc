// Leading a server to another instance of its app: nobody's request fails, HAProxy has it up throughout, and in doubt
// the app port has it.
#include <sys/socket.h>

#include <chrono>
#include <optional>

#include "handover_world.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/service.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

TEST_F(HandoverTest, LeadsTrafficAndChecksToTheInstance) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    expect_led_to("old");

    lead_to(21003);

    expect_led_to("new");
    EXPECT_EQ(active_port(), 21003);
    const Output back = handover({"--back", "--no-wait"});
    ASSERT_EQ(back.status, 0) << back.err;
    expect_led_to("old");
    EXPECT_EQ(active_port(), 1000);
    unload();
    expect_nothing_left();
}

TEST_F(HandoverTest, OfAServerOnEveryAddressIsTheSame) {
    load("[server.webA]\nport = 1000\nstatus-port = 2000\nhandover-ports = 21000-21009\n");
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);

    lead_to(21003);

    expect_led_to("new");
}

TEST_F(HandoverTest, NeedsAListenerAndAPortOfTheRange) {
    load(std::string(kHandoverWebA) + "[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\n");
    const App old("old", "::", 1000);
    const App stranger("stranger", "::", 21010);

    expect_refusal(handover({"--to", "21003"}), 5);
    expect_refusal(handover({"--to", "21010"}), 2);
    expect_refusal(handover({"--to", "2000"}), 2);
    expect_refusal(run(zdr().ctl({"handover", "webB", "--to", "21003"})), 2);

    expect_led_to("old");
}

TEST_F(HandoverTest, ReturnsOnceAConnectionHasArrived) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);

    Process waiting(zdr().ctl({"handover", "webA", "--to", "21003"}));
    ASSERT_TRUE(eventually([&] { return active_port() == 21003; }));
    EXPECT_TRUE(waiting.is_running());
    EXPECT_EQ(ask_client("10.9.0.1", 2000), "new");

    const Output output = waiting.wait();
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "connections arrive at port 21003 after ")) << output.err;
    const Output alone = handover({"--back", "--timeout", "300ms"});
    EXPECT_EQ(alone.status, 4) << alone.err;
    EXPECT_TRUE(contains(alone.err, "no connection has arrived at port 1000 of webA yet; it stays so")) << alone.err;
    EXPECT_EQ(active_port(), 1000);
}

// The state is one thing, where the app is another one.
TEST_F(HandoverTest, DrainMaintAndReadyKeepTheActivePort) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    lead_to(21003);

    flip("drain", "webA");
    expect_led_to("new", "ECONNREFUSED");
    for (const Side& side : kSides) EXPECT_EQ(ask_at(side, 3000), "new") << side.name;
    flip("maint", "webA");
    expect_led_to("new", "ECONNREFUSED");
    for (const Side& side : kSides) EXPECT_EQ(ask_at(side, 3000), "ECONNREFUSED") << side.name;
    flip("ready", "webA");
    expect_led_to("new");
    flip("drain", "webA", {"--ttl", "1s"});
    EXPECT_TRUE(eventually([&] { return ask_client("10.9.0.1", 2000) == "new"; }));
    expect_led_to("new");

    EXPECT_EQ(active_port(), 21003);
}

TEST_F(HandoverTest, ADrainedServerIsHandedOverAndStaysDrained) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    const App fresh("new", "::", 21003);
    flip("drain", "webA", {"--reason", "release 42"});

    lead_to(21003);

    EXPECT_EQ(zdr().state("webA"), "drain");
    expect_led_to("new", "ECONNREFUSED");
}

TEST_F(HandoverTest, TheInstanceDiesAndTheAppPortHasTheTrafficAgain) {
    load(kHandoverWebA);
    const App old("old", "::", 1000);
    std::optional<App> fresh(std::in_place, "new", "::", 21003);
    lead_to(21003);
    expect_led_to("new");

    fresh.reset();

    expect_led_to("old");
    fresh.emplace("new", "::", 21003);
    expect_led_to("new");
}

TEST_F(HandoverTest, NothingListensAtEitherAndConnectionsAreRefused) {
    load(kHandoverWebA);
    {
        const App fresh("new", "::", 21003);
        lead_to(21003);
        expect_led_to("new");
    }

    expect_led_to("ECONNREFUSED");
}

// On each side one connection before and one after, which is still with its own instance when the other has gone.
TEST_F(HandoverTest, EstablishedConnectionsStayWithTheirInstance) {
    load(kHandoverWebA);
    Attempt listening = listen_on("::", 1000);
    ASSERT_EQ(listening.refusal(), "");
    for (const Side& side : kSides) {
        const Attempt download = connect_at(side, 1000);
        ASSERT_EQ(download.refusal(), "") << side.name;
        const UniqueFd served(accept4(listening.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        EXPECT_EQ(sessions_at(1000), 1) << side.name;
        const App fresh("new", "::", 21003);
        lead_to(21003);
        EXPECT_EQ(ask_at(side, 1000), "new") << side.name;

        for (const char* piece : {"first ", "second"})
            ASSERT_EQ(send(served.get(), piece, 6, MSG_NOSIGNAL), 6) << side.name;
        EXPECT_EQ(sessions_at(1000), 1) << side.name;
        shutdown(served.get(), SHUT_WR);

        EXPECT_EQ(read_all(download.fd), "first second") << side.name;
        ASSERT_EQ(handover({"--back", "--no-wait"}).status, 0);
    }
}

class HandoverUnderLoadTest : public HandoverTest, public testing::WithParamInterface<Side> {};

INSTANTIATE_TEST_SUITE_P(From, HandoverUnderLoadTest, testing::ValuesIn(kSides), name_of_side);

TEST_P(HandoverUnderLoadTest, TwentyBackAndForthFailNoRequest) {
    load(kHandoverWebA);
    for (const std::uint16_t port : {std::uint16_t{1000}, std::uint16_t{21000}, std::uint16_t{21009}})
        Service(sandbox().directory(), "at" + std::to_string(port), listen_on_both(port));
    const auto haproxy = start_haproxy(GetParam());
    const auto keeping = start_clients(GetParam(), {.connections = 40, .pause = 0ms});
    const auto closing = start_clients(GetParam(), {.connections = 40, .pause = 0ms, .header = "Connection: close"});
    ASSERT_TRUE(eventually([&] { return haproxy->chosen("webA") > 1000; }));

    for (int i = 0; i < 20; ++i) {
        const int port = i % 3 == 0 ? 21000 : i % 3 == 1 ? 21009 : 1000;
        const Output output = port == 1000 ? handover({"--back"}) : handover({"--to", std::to_string(port)});
        ASSERT_EQ(output.status, 0) << output.err;
        const long before = haproxy->chosen("webA");
        EXPECT_TRUE(eventually([&] { return sessions_at(port) > 0 && haproxy->chosen("webA") > before + 200; }))
            << port;
    }

    expect_always_up(*haproxy);
    expect_no_failures(keeping->report());
    expect_no_failures(closing->report());
}

}  // namespace
}  // namespace zdr::test
