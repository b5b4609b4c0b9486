// Nobody can newly bind a status port, and who had bound it before gets no check.
#include <netinet/in.h>

#include "support/app.h"
#include "support/namespace.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using GuardTest = SystemTest;

TEST_F(GuardTest, StatusPortCannotBeBound) {
    load(kWebA);

    for (const char* ip : {"127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"})
        EXPECT_EQ(bind_to(ip, 2000).refusal(), "EADDRINUSE") << ip;
}

TEST_F(GuardTest, StatusPortCannotBeSharedEither) {
    load(kWebA);

    for (const char* ip : {"127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"}) {
        EXPECT_EQ(bind_to(ip, 2000, {.reuse_address = true}).refusal(), "EADDRINUSE") << ip;
        EXPECT_EQ(bind_to(ip, 2000, {.reuse_port = true}).refusal(), "EADDRINUSE") << ip;
    }
}

TEST_F(GuardTest, HoldsInEveryState) {
    load(kWebA);

    for (const char* state : {"drain", "maint", "ready"}) {
        flip(state, "webA");

        EXPECT_EQ(bind_to("127.0.0.1", 2000).refusal(), "EADDRINUSE") << state;
    }
}

TEST_F(GuardTest, BackupStatusPortIsGuardedToo) {
    load(std::string(kWebA) + "backup-status-port = 3000\n");

    EXPECT_EQ(bind_to("127.0.0.1", 3000).refusal(), "EADDRINUSE");
    EXPECT_EQ(bind_to("0.0.0.0", 3000).refusal(), "EADDRINUSE");
}

TEST_F(GuardTest, Ipv6StatusPortCannotBeBound) {
    load("[server.webA]\naddress = ::1\nport = 1000\nstatus-port = 2000\n");

    EXPECT_EQ(bind_to("::1", 2000).refusal(), "EADDRINUSE");
    EXPECT_EQ(bind_to("::", 2000).refusal(), "EADDRINUSE");
    EXPECT_EQ(bind_to("::", 2000, {.only_v6 = true}).refusal(), "EADDRINUSE");
}

TEST_F(GuardTest, WildcardGuardsEveryAddress) {
    load("[server.webA]\nport = 1000\nstatus-port = 2000\n");
    add_address("192.0.2.7/32", "lo");

    for (const char* ip : {"127.0.0.1", "127.0.0.5", "192.0.2.7", "0.0.0.0", "::1", "::", "::ffff:192.0.2.7"})
        EXPECT_EQ(bind_to(ip, 2000).refusal(), "EADDRINUSE") << ip;
}

TEST_F(GuardTest, OtherPortsAndAddressesAreFree) {
    load(kWebA);

    EXPECT_EQ(listen_on("127.0.0.1", 1000).refusal(), "");
    EXPECT_EQ(listen_on("0.0.0.0", 2001).refusal(), "");
    EXPECT_EQ(listen_on("127.0.0.1", 0).refusal(), "");
    EXPECT_EQ(listen_on("127.0.0.2", 2000).refusal(), "");
    EXPECT_EQ(listen_on("::1", 2000).refusal(), "");
}

TEST_F(GuardTest, ListenerThatWasThereBeforeGetsNoCheck) {
    const App squatter("squatter", "127.0.0.1", 2000);
    const App app("app", "127.0.0.1", 1000);
    ASSERT_EQ(ask("127.0.0.1", 2000), "squatter");
    load(std::string(kWebA) + "replace-listener = yes\n");

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    flip("drain", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(squatter.accepted(), 1);

    unload();
    EXPECT_EQ(ask("127.0.0.1", 2000), "squatter");
}

TEST_F(GuardTest, EndsWithTheServerAndWithUnload) {
    load(std::string(kWebA) + "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\n");
    ASSERT_EQ(bind_to("0.0.0.0", 2001).refusal(), "EADDRINUSE");

    load(kWebA);
    EXPECT_EQ(listen_on("0.0.0.0", 2001).refusal(), "");

    unload();
    EXPECT_EQ(listen_on("0.0.0.0", 2000).refusal(), "");
}

}  // namespace
}  // namespace zdr::test
