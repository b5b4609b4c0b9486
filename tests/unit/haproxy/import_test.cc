#include "zdr/haproxy/import.h"

#include <gtest/gtest.h>

#include "imported.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

using Texts = std::vector<std::string>;

TEST(HaproxyImport, TheClassicBackend) {
    const HaproxyImport import = of_backend(
        " cookie SRV insert indirect nocache\n"
        " server webA 127.0.0.1:1000 cookie A check port 2000 inter 2000\n"
        " server webB 127.0.0.1:1001 cookie B check port 2001 inter 500 fall 4 rise 5\n"
        " server bkpA 127.0.0.1:1000 cookie A check port 1000 inter 2000 backup\n"
        " server bkpB 127.0.0.1:1001 cookie B check port 1001 inter 2000 backup\n");

    Server web_a;
    web_a.name = "webA";
    web_a.addresses = {*Address::parse("127.0.0.1")};
    web_a.app_port = Port(1000);
    web_a.status_port = Port(2000);
    web_a.backends = {"srvs"};
    Server web_b = web_a;
    web_b.name = "webB";
    web_b.app_port = Port(1001);
    web_b.status_port = Port(2001);
    web_b.inter = 500ms;
    web_b.fall = 4;
    web_b.rise = 5;
    ASSERT_EQ(import.servers.size(), 2U);
    EXPECT_EQ(import.servers[0].server, web_a);
    EXPECT_EQ(import.servers[1].server, web_b);
    EXPECT_EQ(notes(import), Texts{}) << "a twin that is checked on the app port needs nothing of zdr";
}

TEST(HaproxyImport, ATwinWithACheckPortOfItsOwnGivesTheBackupStatusPort) {
    const HaproxyImport import = of_backend(
        " server bkpA 127.0.0.1:1000 cookie A check port 3000 backup\n"
        " server webA 127.0.0.1:1000 cookie A check port 2000\n"
        " server web6 [::1]:1000 check port 2000\n"
        " server bkp6 [::1]:1000 check port 3000 backup\n");

    ASSERT_EQ(names(import), (Texts{"webA", "web6"}));
    EXPECT_EQ(import.servers[0].server.backup_status_port, Port(3000));
    EXPECT_EQ(import.servers[0].backup, "bkpA");
    EXPECT_EQ(import.servers[0].backup_line, 2U);
    EXPECT_EQ(import.servers[1].server.backup_status_port, Port(3000));
    EXPECT_EQ(notes(import), Texts{});
}

TEST(HaproxyImport, ABackupThatIsNoTwinIsAServerOfItsOwn) {
    const HaproxyImport import = of_backend(
        " server webA 127.0.0.1:1000 cookie A check port 2000\n"
        " server other 127.0.0.1:1000 cookie B check port 3000 backup\n"
        " server none 127.0.0.1:1000 check port 1000 backup\n"
        " server sorry 127.0.0.1:9000 check port 9001 backup\n"
        " server last 127.0.0.1:9100 check backup\n");

    EXPECT_EQ(names(import), (Texts{"webA", "other", "sorry"}));
    EXPECT_EQ(
        notes(import),
        (Texts{"3: other has not the cookie of webA, so it does not keep that one's clients",
               "4: none has not the cookie of webA, so it does not keep that one's clients",
               "6: last is checked on its app port 9100; with a \"check port\" of its own it can be one of zdr's"}));
}

TEST(HaproxyImport, TwinsThatCannotGiveOne) {
    const HaproxyImport import = of_backend(
        " server webA 127.0.0.1:1000 check port 2000\n"
        " server same 127.0.0.1:1000 check port 2000 backup\n"
        " server bkp1 127.0.0.1:1000 check port 3000 backup\n"
        " server bkp2 127.0.0.1:1000 check port 3001 backup\n"
        " server bkp3 127.0.0.1:1000 check port 3000 backup\n"
        " server away 127.0.0.1:1000 check port 3000 addr 127.0.0.2 backup\n"
        " server webB 127.0.0.1:1001 check port 2001\n"
        " server bkpB 127.0.0.1:1001 check port 3000 backup\n"
        " server idle 127.0.0.1:1001 backup\n");

    EXPECT_EQ(names(import), (Texts{"webA", "bkp2", "away", "webB"}));
    EXPECT_EQ(import.servers[0].server.backup_status_port, Port(3000));
    EXPECT_EQ(import.servers[3].server.backup_status_port, std::nullopt);
    EXPECT_EQ(notes(import), (Texts{"3: same is checked on webA's own status port, so a drain takes both out",
                                    "7: away is checked at 127.0.0.2, so that is where the app has to listen, too",
                                    "9: bkpB is checked on port 3000, which is a status port of webA already",
                                    "10: idle is not checked, so HAProxy never takes it out"}));
}

TEST(HaproxyImport, WhatZdrCannotHaveIsANote) {
    const HaproxyImport import = of_backend(
        " server a 127.0.0.1:1000 check\n server b 127.0.0.1:1000\n server c /run/c.sock check port 1\n"
        " server d *:1000 check port 2000\n server e 127.0.0.1 check port 2000\n server f 127.0.0.1:+1 check port "
        "2000\n"
        " server g no.example.org:1000 check port 2000\n server h 127.0.0.1:1000 track a\n"
        " server-template t 3 app1:1000 check port 2000 resolvers dns\n server " +
        std::string(64, 'n') +
        " 127.0.0.1:1 check port 2\n"
        " server i 127.0.0.1:1000 check port 2000 addr _srv.example.org\n");

    EXPECT_EQ(names(import), Texts{});
    EXPECT_EQ(
        notes(import),
        (Texts{"2: a is checked on its app port 1000; with a \"check port\" of its own it can be one of zdr's",
               "3: b is not checked, so HAProxy never takes it out",
               "4: c is at \"/run/c.sock\", which is not an IP address",
               "5: d has no address of its own, but that which the client asked for",
               "6: e has no port of its own, but one that depends on the client's",
               "7: f has no port of its own, but one that depends on the client's",
               "8: g is at \"no.example.org\", whose address is not known here: no such host", "9: h follows \"a\"",
               "10: t is a template: at run time HAProxy gives each of the addresses of \"app1\" a name",
               "11: \"" + std::string(64, 'n') + "\" has a name that zdr cannot hold: name \"" + std::string(64, 'n') +
                   "\" has 64 bytes; at most 63 fit",
               "12: i is at \"_srv.example.org\", which is not an IP address"}));
}

TEST(HaproxyImport, NamesThatHaproxyLooksUpAtRunTime) {
    const HaproxyImport import = imported(
        "backend b\n server-template a 3 _web._tcp.example.org check port 2000\n"
        " server-template c 4-6 app1:1000 check port 2000 init-addr libc,none\n"
        " server d app1:1001 check port 2001 init-addr none\n");

    EXPECT_EQ(names(import), Texts{"c4"});
    EXPECT_EQ(import.servers[0].server.checks, 3);
    EXPECT_EQ(
        notes(import),
        (Texts{"2: a gets its address and its app port from the SRV record \"_web._tcp.example.org\" at run time, "
               "so neither is known here",
               "3: c has the servers c4 to c6 at one address, so they are one here",
               "4: d has \"init-addr none\" and no resolvers, so HAProxy never looks \"app1\" up"}));
}

TEST(HaproxyImport, NamesBecomeAddresses) {
    const HaproxyImport import =
        of_backend(" server a app1:1000 check port 2000\n server b 10.0.0.9:1000 check port 2000 addr app1\n");

    ASSERT_EQ(names(import), Texts{"a"});
    EXPECT_EQ(import.servers[0].server.addresses, std::vector{*Address::parse("10.0.0.1")});
    EXPECT_EQ(import.servers[0].host, "app1");
    EXPECT_NE(format_zdr_conf(import, "h.cfg").find("address = 10.0.0.1  # app1\n"), std::string::npos);
}

TEST(HaproxyImport, ANumericTemplateIsOneServer) {
    const HaproxyImport import = of_backend(" server-template web 2-2000000000 127.0.0.1:1000 check port 2000\n");

    EXPECT_EQ(names(import), Texts{"web2"});
    EXPECT_EQ(notes(import),
              Texts{"2: web has the servers web2 to web2000000000 at one address, so they are one here"});
}

TEST(HaproxyImport, OneServerInSeveralBackendsIsOne) {
    const HaproxyImport import = imported(
        "backend one\n server webA 127.0.0.1:1000 check port 2000 fall 2 inter 5s\n"
        "backend two\n server webA 127.0.0.1:1000 check port 2000 fall 5\n server bkpA 127.0.0.1:1000 check port 3000 "
        "backup\n"
        "listen three\n server other 127.0.0.1:1000 check port 2000\n");

    ASSERT_EQ(names(import), Texts{"webA"});
    const Server& server = import.servers[0].server;
    EXPECT_EQ(server.backends, (std::vector{"one"s, "two"s, "three"s}));
    EXPECT_EQ(server.checks, 3);
    EXPECT_EQ(server.fall, 5);
    EXPECT_EQ(server.inter, 5s);
    EXPECT_EQ(server.backup_status_port, Port(3000));
    EXPECT_EQ(notes(import), Texts{});
    EXPECT_NE(format_zdr_conf(import, "h.cfg")
                  .find("backend = one\nbackend = two  # h.cfg:4\nbackend = three  # other, h.cfg:7\nchecks = 3\n"),
              std::string::npos);
}

TEST(HaproxyImport, TwoServersOfOneNameAreToldApartByTheirBackends) {
    const HaproxyImport import = imported(
        "backend one\n server web 127.0.0.1:1000 check port 2000\n"
        "backend two\n server web 127.0.0.1:1001 check port 2001\n"
        "backend " +
        std::string(60, 'b') +
        "\n server web 127.0.0.1:1002 check port 2002\n"
        "backend two.x\nbackend " +
        std::string(64, 'b') + "\n server long 127.0.0.1:1003 check port 2003\n");

    ASSERT_EQ(names(import), (Texts{"web", "two.web", "long"}));
    EXPECT_EQ(import.servers[1].server.backends, std::vector{"two"s});
    EXPECT_EQ(import.servers[2].server.backends, std::vector<std::string>{}) << "its backend's name is too long";
    EXPECT_EQ(notes(import), Texts{"6: web has the name of another server, and there is none to tell them apart"});
}

TEST(HaproxyImport, ClashesAreNotes) {
    const HaproxyImport import = of_backend(
        " server a 127.0.0.1:1000 check port 2000\n server b 127.0.0.1:1001 check port 2000\n"
        " server c 127.0.0.1:1002 check port 1000\n server d 127.0.0.1:2000 check port 4000\n"
        " server e 127.0.0.2:1001 check port 2000\n");

    EXPECT_EQ(names(import), (Texts{"d", "e"}));
    const std::string traffic = ", which carries traffic: line ";
    const std::string so = " sends clients to it, so it is nobody's status port";
    EXPECT_EQ(notes(import), (Texts{"2: a is checked on port 2000" + traffic + "5" + so,
                                    "3: b is checked on port 2000" + traffic + "5" + so,
                                    "4: c is checked on port 1000" + traffic + "2" + so}));

    const HaproxyImport same = of_backend(
        " server a 127.0.0.1:1000 check port 2000\n server b 127.0.0.1:1001 check port 2000\n"
        " server c 127.0.0.2:1001 addr 127.0.0.1 check port 2001\n server d 127.0.0.3:1003 addr 127.0.0.1 check port "
        "2002\n server e 127.0.0.3:2001 addr 127.0.0.1 check port 2003\n");
    EXPECT_EQ(names(same), (Texts{"a", "c", "d"}));
    EXPECT_EQ(notes(same)[0], "3: b is checked on port 2000, which is a status port of a already");
    EXPECT_EQ(notes(same).back(), "6: e has app port 2001, which is a status port of c");
}

TEST(HaproxyImport, APortThatHaproxyBindsIsNobodysStatusPort) {
    const HaproxyImport import = imported(
        "listen l\n bind 127.0.0.1:2000\n bind *:2001\nbackend b\n server a 127.0.0.1:1000 check port 2000\n"
        " server b 127.0.0.1:1001 check port 2001\n server c 10.0.0.1:1001 check port 2001\n");

    EXPECT_EQ(names(import), Texts{"c"});
    EXPECT_EQ(
        notes(import),
        (Texts{"5: a is checked on port 2000, which carries traffic: line 2 binds it, so it is nobody's status port",
               "6: b is checked on port 2001, which carries traffic: line 3 binds it, so it is nobody's status port",
               "7: c is checked on port 2001, which line 3 binds at every address: if HAProxy runs on that host, it "
               "can be no status port"}));
}

TEST(HaproxyImport, ARuleInForceSaysWhereChecksGo) {
    const HaproxyImport import = imported(
        "defaults\n mode http\n option httpchk\n http-check connect port 8080\n"
        "backend a\n server a 127.0.0.1:1000 check port 2000\n"
        "backend b\n option tcp-check\n tcp-check connect\n http-check connect port 9\n"
        " server b 127.0.0.1:1001 check port 2001\n"
        "backend c\n option tcp-check\n tcp-check connect port env(P)\n server c 127.0.0.1:1002 check port 2002\n"
        "backend d\n option external-check\n server d 127.0.0.1:1003 check port 2003\n"
        "backend e\n server e 127.0.0.1:8080 check port 2000\n");

    EXPECT_EQ(names(import), Texts{"b"}) << "8080 carries the traffic of e";
    EXPECT_EQ(import.servers[0].server.status_port, Port(2001));
    EXPECT_EQ(
        notes(import),
        (Texts{"6: a is checked on port 8080, which carries traffic: line 20 sends clients to it, so it is nobody's "
               "status port",
               "15: c is checked on a port that only HAProxy knows (line 14)",
               "18: d is checked by a command (line 17), and HAProxy never uses its check port",
               "20: e is checked on its app port 8080, as line 4 says; with another port there it can be one of "
               "zdr's"}));
}

TEST(HaproxyImport, IntervalsAreHaproxysAndTheLongestOfSeveralLines) {
    const HaproxyImport import = imported(
        "backend a\n server w 127.0.0.1:1000 check port 2000 inter 2s fastinter 500 downinter 10s\n"
        " server x 127.0.0.1:1000 check port 3000 inter 3s backup\n"
        "backend b\n server w 127.0.0.1:1000 check port 2000 inter 1s fastinter 700\n"
        " server v 127.0.0.1:1001 check port 2001 inter 2\n server u 127.0.0.1:1002 check port 2002 inter 1s downinter "
        "1s\n");

    const Server& w = import.servers[0].server;
    EXPECT_EQ(w.inter, 3s);
    EXPECT_EQ(w.fastinter, std::nullopt) << "the twin has none, so it asks every 3 s";
    EXPECT_EQ(w.downinter, 10s);
    EXPECT_EQ(w.checks, 2);
    const Server& v = import.servers[1].server;
    EXPECT_EQ(v.inter, 10ms);
    EXPECT_EQ(v.fastinter, std::nullopt);
    EXPECT_EQ(import.servers[2].server.downinter, std::nullopt);
    EXPECT_EQ(notes(import),
              Texts{"6: v is checked every 2ms (HAProxy takes a time without a unit for milliseconds), and zdr has no "
                    "interval under 10ms, so that is written"});
}

TEST(HaproxyImport, ChecksAreTheServerLinesOfThePortThatMoreCheck) {
    const HaproxyImport import = imported(
        "backend a\n server w 127.0.0.1:1000 check port 2000\n server k 127.0.0.1:1000 check port 3000 backup\n"
        "backend b\n server w 127.0.0.1:1000 check port 2000\n server k 127.0.0.1:1000 check port 3000 backup\n"
        " server l 127.0.0.1:1000 check port 3000 backup\n"
        "backend c\n server w 127.0.0.1:1000 track a/w\n");

    ASSERT_EQ(names(import), Texts{"w"});
    EXPECT_EQ(import.servers[0].server.checks, 3) << "of the backup status port; who follows another does not check";
    EXPECT_EQ(import.servers[0].server.backends, (std::vector{"a"s, "b"s}));
}

// Each check that ends well counts twice, so a wait for "rise" would end after the first of two.
TEST(HaproxyImport, ACheckThatConnectsTwiceIsTwoChecks) {
    const HaproxyImport import = imported(
        "backend a\n option tcp-check\n tcp-check connect port 2000\n tcp-check connect port 2000\n"
        " server w 127.0.0.1:1000 check\n");

    ASSERT_EQ(names(import), Texts{"w"});
    EXPECT_EQ(import.servers[0].server.checks, 2);
    EXPECT_EQ(notes(import), Texts{"5: w is connected to 2 times by each check, so it has as many of them here"});
}

TEST(HaproxyImport, SpreadChecksLengthensTheIntervals) {
    const HaproxyImport import = imported(
        "global\n spread-checks 20\nbackend a\n server w 127.0.0.1:1000 check port 2000 fastinter 333 downinter 10s\n"
        "backend b\n server w 127.0.0.1:1000 check port 2000 fastinter 333 downinter 10s\n"
        " server v 127.0.0.1:1001 check port 2001\n");

    const Server& w = import.servers[0].server;
    EXPECT_EQ(w.inter, 2400ms);
    EXPECT_EQ(w.fastinter, 400ms) << "399.6, rounded up";
    EXPECT_EQ(w.downinter, 12s);
    EXPECT_EQ(import.servers[1].server.inter, 2400ms);
    EXPECT_EQ(import.servers[1].server.fastinter, std::nullopt);
    EXPECT_EQ(
        notes(import),
        Texts{"2: HAProxy makes the time between two checks up to 20 % longer or shorter, so inter, fastinter and "
              "downinter are 20 % longer here"});
    EXPECT_EQ(notes(imported("global\n spread-checks 20\nbackend a\n")), Texts{}) << "there is nothing to write";
}

TEST(HaproxyImport, ADisabledServerIsThereWithANote) {
    const HaproxyImport import = of_backend(" server a 127.0.0.1:1000 check port 2000 disabled fall 70000 inter 24d\n");

    ASSERT_EQ(names(import), Texts{"a"});
    EXPECT_EQ(import.servers[0].server.fall, 65535);
    EXPECT_EQ(import.servers[0].server.inter, std::chrono::days(24));
    EXPECT_EQ(notes(import), Texts{"2: a is disabled in HAProxy"});
}

TEST(HaproxyImport, AHostileNameReachesTheTextEscaped) {
    HaproxyImport import = of_backend(" server \"a\x1b[2J\\n[server.evil]\" 127.0.0.1:1000\n");

    const std::string conf = format_zdr_conf(import, "x\ny" + std::string(5000, 'f'));

    EXPECT_EQ(conf.find('\x1b'), std::string::npos);
    EXPECT_EQ(conf.find("\n[server.evil]"), std::string::npos);
    const auto again = parse_config(conf, "zdr.conf");
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_TRUE(again->servers.empty());
}

TEST(HaproxyImport, ManyServersTakeNoLongTime) {
    std::string text = "backend b\n";
    for (int i = 0; i < 70'000; ++i)
        text += " server s" + std::to_string(i) + " 10." + std::to_string(i >> 16) + "." +
                std::to_string((i >> 8) & 255) + "." + std::to_string(i & 255) + ":1000 check port 2000\n";

    std::optional<HaproxyImport> import;
    const auto took = processor_time([&] { import = imported(text); });

    EXPECT_EQ(import->servers.size(), 65'536U);
    EXPECT_LT(took, stretched(60s));  // with ASan 10 to 20 s; a quadratic one takes many minutes
}

}  // namespace
}  // namespace zdr::test
