// What the checks of a HAProxy file ask of an app, as zdr.conf says it.
#include "zdr/haproxy/import_candidate.h"

#include <gtest/gtest.h>

#include "imported.h"
#include "zdr/haproxy/health_checks.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST(HaproxyImportHealth, WhatAnHttpCheckAsksIsTheCheckUri) {
    const std::string server = " server w 127.0.0.1:1000 check port 2000\n";
    const auto uri = [&](const std::string& lines) {
        const HaproxyImport import = imported("defaults\n mode http\n" + lines);
        return import.servers.empty() ? "none" : import.servers[0].server.health.uri;
    };
    EXPECT_EQ(uri("backend a\n option httpchk GET /up\n" + server), "/up");
    EXPECT_EQ(uri("backend a\n" + server + "backend b\n option httpchk GET /up\n" + server), "/up");
    EXPECT_EQ(uri("backend a\n option httpchk GET /up\n" + server + "backend b\n" + server), "/up");
    EXPECT_EQ(uri("backend a\n option httpchk GET /up\n server w 127.0.0.1:1000 check port 9200\n"), "")
        << "a daemon is asked";
    EXPECT_EQ(uri("backend a\n option httpchk GET /up\n server w 127.0.0.1:1000 ssl check check-ssl port 2000\n"),
              "/up");
    EXPECT_EQ(uri("backend a\n option httpchk GET /up\n server w 127.0.0.1:1000 ssl check port 2000\n"), "/up")
        << "in the clear, as HAProxy asks it";

    const HaproxyImport two = imported("defaults\n mode http\nbackend a\n option httpchk GET /a\n" + server +
                                       "backend b\n option httpchk GET /b\n" + server +
                                       "backend c\n option httpchk "
                                       "GET /a\n" +
                                       server);
    EXPECT_EQ(two.servers[0].server.health.uri, "");
    EXPECT_EQ(notes(two), Texts{"8: w is asked something else by line 7 than by line 4" + std::string(kNoCheckUri)});
}

TEST(HaproxyImportHealth, TlsIsSpokenAsHaproxySpeaksIt) {
    const auto expect = [&](const std::string& rules, const std::string& settings, const HealthCheck& health,
                            const Texts& remarks) {
        const HaproxyImport import =
            imported("defaults\n mode http\nbackend a\n" + rules +
                     " server w 127.0.0.1:1000 ssl check check-ssl port 2000 " + settings + "\n");
        ASSERT_EQ(names(import), Texts{"w"}) << settings;
        EXPECT_EQ(import.servers[0].server.health, health) << settings;
        EXPECT_EQ(notes(import), remarks) << settings;
    };
    const std::string get = " option httpchk GET /up\n";
    const std::string no(kNoCheckUri);
    const HealthCheck none{.uri = "", .host = "", .statuses = {}, .is_complete = false};
    const HealthCheck up{.uri = "/up", .host = "", .statuses = {}, .is_encrypted = true};
    HealthCheck in_part = up;
    in_part.is_complete = false;
    HealthCheck named = up;
    named.host = "a.b";
    HealthCheck hello = named;
    hello.uri.clear();
    expect(get, "verify none", up, {});
    expect(get, "check-sni a.b", named, {});
    expect("", "check-sni a.b", hello, {});
    expect(get + " http-check send meth GET uri /up hdr Host a.b\n", "check-sni a.b", named, {});
    expect(
        get + " http-check send meth GET uri /up hdr Host c.d\n", "check-sni a.b", none,
        {"6: w is asked for the certificate of \"a.b\" and by HTTP for \"c.d\", and zdr has one name for both" + no});
    expect(get, "check-sni a/b", none, {"5: w is asked for the certificate of \"a/b\", which zdr cannot hold" + no});
    expect(get, "crt /x", none, {"5: w is shown a certificate of HAProxy's own (crt), which zdr does not have" + no});
    expect("", "crt /x", none, {"4: w is shown a certificate of HAProxy's own (crt), which zdr does not have" + no});
    const Texts verified{
        "5: w has a certificate that HAProxy verifies and zdr does not: whether HAProxy takes it, ready does not tell"};
    expect(get, "verify required", in_part, verified);
    expect(get, "ca-file /x", in_part, verified);
    expect(get, "ca-file /x verify none", up, {});
}

TEST(HaproxyImportHealth, WhatComesBeforeAQuestionThatZdrDoesNotSpeakIsANote) {
    const std::string get = "defaults\n mode http\nbackend a\n option httpchk GET /up\n";
    const std::string no(kNoCheckUri);
    const auto expect = [&](const std::string& lines, const std::string& note, bool is_encrypted = false) {
        const HaproxyImport import = imported(get + lines);
        ASSERT_EQ(names(import), Texts{"w"}) << lines;
        EXPECT_EQ(notes(import), Texts{note + no}) << lines;
        const HealthCheck none{
            .uri = "", .host = "", .statuses = {}, .is_encrypted = is_encrypted, .is_complete = false};
        EXPECT_EQ(import.servers[0].server.health, none) << lines;
    };
    expect(" server w 127.0.0.1:1000 check port 2000 check-send-proxy\n",
           "5: w is checked with a PROXY line in front, which zdr does not send");
    expect(" http-check connect port 2000 send-proxy\n server w 127.0.0.1:1000 check\n",
           "6: w is checked with a PROXY line in front (line 5), which zdr does not send");
    expect(" server w 127.0.0.1:1000 ssl check check-ssl port 2000 check-send-proxy\n",
           "5: w is checked with a PROXY line in front, which zdr does not send");
    expect(" server w 127.0.0.1:1000 check port 2000 check-proto h2\n",
           "5: w is asked by the protocol \"h2\", and zdr speaks HTTP/1");
    expect(" http-check connect port 2000 proto h2\n server w 127.0.0.1:1000 check\n",
           "6: w is asked by the protocol \"h2\" (line 5), and zdr speaks HTTP/1");
    expect(" server w 127.0.0.1:1000 ssl check check-ssl port 2000 check-alpn h2\n",
           "5: w is asked by the protocol \"h2\", and zdr speaks HTTP/1", true);
}

// HAProxy 2.6, tcpcheck.c: "timeout check" bounds the answer; without it inter bounds the whole check.
TEST(HaproxyImportHealth, AnAnswerMayTakeAsLongAsHaproxyWaits) {
    const std::string get = "defaults\n mode http\n option httpchk GET /up\n";
    const auto timeout = [&](const std::string& lines) {
        return imported(get + lines).servers.at(0).server.health.timeout.value_or(0ms);
    };
    const std::string server = " server w 127.0.0.1:1000 check port 2000\n";
    EXPECT_EQ(timeout("backend a\n" + server), 0ms) << "inter";
    EXPECT_EQ(timeout("backend a\n timeout check 10s\n" + server), 10s);
    EXPECT_EQ(timeout("backend a\n timeout check 500\n" + server), 500ms);
    EXPECT_EQ(timeout("backend a\n timeout check 2s\n" + server), 0ms) << "as inter";
    EXPECT_EQ(timeout("backend a\n timeout check 10s\n" + server + "backend b\n timeout check 5s\n" + server), 5s)
        << "in both it has to be up";
    EXPECT_EQ(timeout("backend a\n" + server + "backend b\n default-server inter 5s\n" + server), 2s)
        << "the longer inter is written, and the shorter one bounds the answer";
    EXPECT_EQ(timeout("backend a\n" + server + "backend b\n option tcp-check\n default-server inter 1s\n" + server),
              0ms)
        << "a line that only connects bounds no answer";
    EXPECT_EQ(timeout("global\n spread-checks 50\nbackend a\n" + server), 2s) << "no answer gets the spread";
    EXPECT_EQ(timeout("backend a\n option tcp-check\n timeout check 10s\n" + server), 0ms) << "nothing is asked";
}

TEST(HaproxyImportHealth, WhoIsCheckedByTlsIsAskedByTls) {
    const auto health = [&](const std::string& lines) {
        const HaproxyImport import = imported("defaults\n mode http\n" + lines);
        return import.servers.empty() ? HealthCheck{} : import.servers[0].server.health;
    };
    const std::string encrypted = " server w 127.0.0.1:1000 ssl check check-ssl port 2000\n";
    EXPECT_EQ(health("backend a\n" + encrypted),
              (HealthCheck{.uri = "", .host = "", .statuses = {}, .is_encrypted = true}));
    EXPECT_EQ(
        health("backend a\n option httpchk\n http-check send meth GET uri /up hdr User-Agent x hdr Host app.org\n"
               " http-check expect status 200,204\n" +
               encrypted),
        (HealthCheck{.uri = "/up", .host = "app.org", .statuses = {{200, 200}, {204, 204}}, .is_encrypted = true}));
    EXPECT_EQ(health("backend a\n server w 127.0.0.1:1000 check port 2000\n"), HealthCheck{});
}

TEST(HaproxyImportHealth, WhereHaproxyLooksAtMoreThanZdrAsksItSaysSo) {
    const auto is_complete = [](const std::string& lines) {
        const HaproxyImport import = imported("defaults\n mode http\n" + lines);
        EXPECT_EQ(names(import), Texts{"w"}) << lines;
        return !import.servers.empty() && import.servers[0].server.health.is_complete;
    };
    const std::string server = " server w 127.0.0.1:1000 check port 2000\n";
    for (const std::string whole :
         {"", " option httpchk GET /up\n", " option tcp-check\n", " option tcp-check\n tcp-check connect port 2000\n",
          " option httpchk GET /up\n http-check expect rstatus ^2\n"})
        EXPECT_TRUE(is_complete("backend a\n" + whole + server)) << whole;
    for (const std::string part :
         {" option httpchk POST /up\n", " option httpchk GET /up\n http-check expect string fine\n",
          " option httpchk\n http-check send meth GET uri /up hdr X-Key k\n", " option redis-check\n",
          " option tcp-check\n tcp-check expect string +OK\n", " option mysql-check\n", " option ssl-hello-chk\n"})
        EXPECT_FALSE(is_complete("backend a\n" + part + server)) << part;
    EXPECT_FALSE(is_complete("backend a\n option mysql-check\n" + server + "backend b\n" + server));
    EXPECT_FALSE(
        is_complete("backend a\n option httpchk GET /up\n" + server + "backend b\n option httpchk GET /\n" + server));
    EXPECT_TRUE(is_complete("backend a\n server w 127.0.0.1:1000 check port 9200\n"));
    EXPECT_FALSE(is_complete("backend a\n option httpchk\n server w 127.0.0.1:1000 check port 9200\n"));
}

TEST(HaproxyImportHealth, AnAgentAndAProxyAreTold) {
    const HaproxyImport import = imported(
        "backend a\n server w 127.0.0.1:1000 check port 2000 agent-check agent-port 7777\n"
        " server v 127.0.0.1:1001 check port 2001 socks4 10.0.0.3:1080 check-via-socks4\n"
        " server u 127.0.0.1:1002 check port 2002 agent-check no-agent-check agent-port 7777\n");

    EXPECT_EQ(notes(import), (Texts{"2: w is up only if its agent says so, too (agent-check), which zdr does not ask",
                                    "3: v is checked by way of a SOCKS proxy, so its checks arrive as the proxy's"}));
    EXPECT_FALSE(import.servers[0].server.health.is_complete);
    EXPECT_TRUE(import.servers[1].server.health.is_complete);
    EXPECT_TRUE(import.servers[2].server.health.is_complete);
}

TEST(HaproxyImport, DisableOn404IsOfferedOnceWhereAServerIsTaken) {
    const std::string soft = "backend srvs\n mode http\n option httpchk GET /health\n http-check disable-on-404\n";

    const HaproxyImport import = imported(soft + " server webA 127.0.0.1:1000 check port 2000\n" +
                                          " server webB 127.0.0.1:1001 check port 2001\n");

    ASSERT_EQ(notes(import).size(), 1U);
    EXPECT_TRUE(notes(import)[0].starts_with("4: HAProxy gives a server that answers 404 no new clients"))
        << notes(import)[0];
    EXPECT_FALSE(import.servers[0].server.drain_port) << "only the operator knows a port";
    const HaproxyImport none = imported(soft + " server webA 127.0.0.1:1000 check\n");
    EXPECT_EQ(notes(none).size(), 1U) << "it is checked on its app port";
}

}  // namespace
}  // namespace zdr::test
