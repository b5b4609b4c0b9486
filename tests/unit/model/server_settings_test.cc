#include "zdr/model/server_settings.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::chrono_literals;

Server with_all() {
    Server server;
    server.name = "webA";
    server.backends = {"srvs", "mirror", "canary"};
    server.checks = 3;
    server.fastinter = 500ms;
    server.downinter = 10s;
    server.health = {.uri = "/health?full=1",
                     .host = "app.example.org",
                     .statuses = {{200, 299}, {404, 404}},
                     .is_encrypted = true,
                     .method = HttpMethod::kHead,
                     .timeout = 1500ms,
                     .is_complete = false};
    server.checkers = {{"10.0.0.9", false}, {"haproxy", true}};
    server.unchecked = true;
    server.replace_listener = true;
    return server;
}

TEST(ServerSettings, AreReadAsTheyWereWritten) {
    const Server all = with_all();
    Server read;
    read.name = "webA";
    read.backends = {"srvs"};  // is part of what all servers have

    apply_extra_settings(extra_settings_text(all), read);

    EXPECT_EQ(read, all);
}

TEST(ServerSettings, DefaultsTakeNoRoom) {
    Server server;
    server.backends = {"srvs"};

    EXPECT_EQ(extra_settings_text(server), "");
}

TEST(ServerSettings, WhatIsNotUnderstoodIsSkipped) {
    Server server;

    apply_extra_settings("\n\nfrob 1\nchecks\nchecks 2\nchecker \x1b\nfastinter", server);

    EXPECT_EQ(server.checks, 2);
    EXPECT_FALSE(server.fastinter);
    EXPECT_TRUE(server.checkers.empty());
}

TEST(ServerSettings, ThoseThatDoNotFitAreAnError) {
    Server server = with_all();
    EXPECT_TRUE(check_settings(server));

    for (int i = 0; i < 20; ++i) server.backends.push_back(std::string(60, 'b') + std::to_string(i));

    ASSERT_FALSE(check_settings(server));
    EXPECT_EQ(exit_status(check_settings(server).error()), 2);
}

}  // namespace
}  // namespace zdr
