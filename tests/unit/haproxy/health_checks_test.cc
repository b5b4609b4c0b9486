#include "zdr/haproxy/health_checks.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

HaproxyConfig config_of(const std::string& text) {
    auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });
    EXPECT_TRUE(config) << (config ? "" : config.error().text);
    return config ? std::move(*config) : HaproxyConfig();
}

// Of the last proxy: "httpchk 2 3": the option, and the lines of the rules in force; "! 4": that one is ignored.
std::string in_force(const std::string& text) {
    const HaproxyConfig config = config_of(text);
    const HaproxyHealthChecks checks = health_checks_of(config, config.proxies.back());
    std::string out = checks.option == nullptr ? "none" : checks.option->words[1];
    for (const HaproxyLine* rule : checks.rules) out += " " + std::to_string(rule->number);
    if (checks.ignored != nullptr) out += " ! " + std::to_string(checks.ignored->number);
    return out;
}

TEST(HaproxyHealthChecks, TheLastOptionDecidesAndRulesOfTheOtherKindAreIgnored) {
    EXPECT_EQ(in_force("backend b\n"), "none");
    EXPECT_EQ(in_force("backend b\n tcp-check connect port 1\n"), "none ! 2");
    EXPECT_EQ(in_force("backend b\n option httpchk\n tcp-check connect\n http-check connect\n"), "httpchk 4 ! 3");
    EXPECT_EQ(in_force("backend b\n option tcp-check\n tcp-check connect\n option httpchk\n"), "httpchk ! 3");
    EXPECT_EQ(in_force("backend b\n option httpchk\n option external-check\n"), "external-check");
    EXPECT_EQ(in_force("backend b\n option httpchk\n http-check disable-on-404\n http-check send-state\n"), "httpchk");
}

TEST(HaproxyHealthChecks, AProxysOwnRulesStandForThoseOfItsDefaults) {
    const std::string http = "defaults\n option httpchk\n http-check connect port 1\n";
    EXPECT_EQ(in_force(http + "backend b\n"), "httpchk 3");
    EXPECT_EQ(in_force(http + "backend b\n http-check expect status 200\n"), "httpchk 5");
    EXPECT_EQ(in_force(http + "backend b\n option httpchk GET /\n"), "httpchk") << "it begins rules of its own";
    EXPECT_EQ(in_force(http + "backend b\n option tcp-check\n"), "tcp-check");
    const std::string tcp = "defaults\n option tcp-check\n tcp-check connect port 1\n";
    EXPECT_EQ(in_force(tcp + "backend b\n option tcp-check\n"), "tcp-check 3") << "it keeps what is there";
    EXPECT_EQ(in_force(tcp + "backend b\n option httpchk\n"), "httpchk");
    EXPECT_EQ(in_force("defaults\n tcp-check connect port 1\nbackend b\n option tcp-check\n"), "tcp-check");
}

TEST(HaproxyHealthChecks, SpeakIsWhetherMoreThanAConnectionIsChecked) {
    const auto speak = [](const std::string& lines) {
        const HaproxyConfig config = config_of("backend b\n" + lines);
        return health_checks_of(config, config.proxies.back()).speak();
    };
    EXPECT_FALSE(speak(""));
    EXPECT_FALSE(speak(" option tcp-check\n tcp-check connect\n"));
    EXPECT_TRUE(speak(" option tcp-check\n tcp-check send-binary 00\n"));
    EXPECT_TRUE(speak(" option tcp-check\n tcp-check expect string x\n"));
    EXPECT_TRUE(speak(" option httpchk\n"));
    EXPECT_TRUE(speak(" option mysql-check\n"));
    EXPECT_FALSE(speak(" option external-check\n"));
}

// "127.0.0.1:2000 tls by 3", or why it is not known.
std::string target(const std::string& rules, const std::string& server) {
    const HaproxyConfig config = config_of("backend b\n" + rules + " server s " + server + "\n");
    const HaproxyCheckTarget out =
        check_target(health_checks_of(config, config.proxies.back()), config.proxies.back().servers.back());
    if (!out.unclear.empty()) return out.unclear;
    std::string text = (out.spec.address ? out.spec.address->to_string() : out.spec.text) + ":" +
                       (out.port ? std::to_string(out.port->host()) : "");
    if (out.is_encrypted) text += " tls";
    if (out.sends_proxy) text += " PROXY";
    if (!out.protocol.empty()) text += " " + out.protocol;
    if (out.is_by_rule) text += " by " + std::to_string(out.connect->number);
    return text;
}

TEST(HaproxyCheckTarget, IsThatOfTheServerLineWithoutRules) {
    EXPECT_EQ(target("", "127.0.0.1:1000 check"), "127.0.0.1:1000");
    EXPECT_EQ(target("", "127.0.0.1:1000 check port 2000 addr 127.0.0.2"), "127.0.0.2:2000");
    EXPECT_EQ(target("", "127.0.0.1:1000 check addr 127.0.0.2:2001"), "127.0.0.2:2001");
    EXPECT_EQ(target("", "127.0.0.1 check"), "127.0.0.1:");
}

TEST(HaproxyCheckTarget, ARuleDecidesBeforeTheServerLine) {
    const std::string option = " option httpchk\n";
    EXPECT_EQ(target(option + " http-check connect port 2001\n", "127.0.0.1:1000 check port 2000"),
              "127.0.0.1:2001 by 3");
    EXPECT_EQ(target(option + " http-check connect ssl addr 127.0.0.2 sni port\n", "127.0.0.1:1000 check port 2000"),
              "127.0.0.2:2000 tls by 3");
    EXPECT_EQ(target(option + " http-check connect addr 127.0.0.2:2002\n", "127.0.0.1:1000 check port 2000"),
              "127.0.0.2:2002 by 3");
    EXPECT_EQ(target(option + " http-check connect default\n", "127.0.0.1:1000 check port 2000"), "127.0.0.1:2000");
    EXPECT_EQ(target(" http-check connect port 2001\n", "127.0.0.1:1000 check port 2000"), "127.0.0.1:2000")
        << "its option is missing";
}

TEST(HaproxyCheckTarget, IsNotClearWhereThePortIsComputedOrThereAreSeveral) {
    const std::string option = " option tcp-check\n";
    EXPECT_EQ(target(option + " tcp-check connect port env(P)\n", "127.0.0.1:1 check"),
              "is checked on a port that only HAProxy knows (line 3)");
    EXPECT_EQ(target(option + " tcp-check connect port 80\n tcp-check connect port 443 ssl\n", "127.0.0.1:1 check"),
              "is checked in several places (line 4 names another one)");
    EXPECT_EQ(target(option + " tcp-check connect port 80\n tcp-check connect port 80 ssl\n", "127.0.0.1:1 check"),
              "127.0.0.1:80 by 3");
}

// HAProxy 2.6, check.c: on a port of their own, checks are encrypted with check-ssl alone; a rule "connect" decides for
// itself unless it says "default".
TEST(HaproxyCheckTarget, IsEncryptedWhereHaproxySaysSo) {
    EXPECT_EQ(target("", "127.0.0.1:1 ssl check"), "127.0.0.1:1 tls");
    EXPECT_EQ(target("", "127.0.0.1:1 ssl no-ssl check"), "127.0.0.1:1");
    EXPECT_EQ(target("", "127.0.0.1:1 ssl check port 2"), "127.0.0.1:2");
    EXPECT_EQ(target("", "127.0.0.1:1 ssl check addr 127.0.0.2"), "127.0.0.2:1");
    EXPECT_EQ(target("", "127.0.0.1:1 ssl check port 2 check-ssl"), "127.0.0.1:2 tls");
    EXPECT_EQ(target("", "127.0.0.1:1 check port 2 check-ssl no-check-ssl"), "127.0.0.1:2");
    const std::string option = " option tcp-check\n";
    EXPECT_EQ(target(option + " tcp-check connect\n", "127.0.0.1:1 ssl check port 2 check-ssl"), "127.0.0.1:2");
    EXPECT_EQ(target(option + " tcp-check connect default\n", "127.0.0.1:1 ssl check port 2 check-ssl"),
              "127.0.0.1:2 tls");
    EXPECT_EQ(target(option + " tcp-check connect ssl\n", "127.0.0.1:1 check port 2"), "127.0.0.1:2 tls");
}

// Each tried with HAProxy 2.6.
TEST(HaproxyCheckTarget, TellsWhatComesBeforeTheQuestion) {
    const std::string server = "127.0.0.1:1 check port 2 ";
    const std::string place = "127.0.0.1:2";
    EXPECT_EQ(target("", server + "check-send-proxy"), place + " PROXY");
    EXPECT_EQ(target("", server + "check-send-proxy no-check-send-proxy"), place);
    EXPECT_EQ(target("", server + "send-proxy"), place) << "of the traffic alone";
    EXPECT_EQ(target("", "127.0.0.1:1 check send-proxy-v2"), "127.0.0.1:1 PROXY");
    EXPECT_EQ(target("", "127.0.0.1:1 check send-proxy-v2 no-send-proxy-v2"), "127.0.0.1:1");
    EXPECT_EQ(target("", server + "check-proto h2"), place + " h2");
    EXPECT_EQ(target("", server + "proto h2"), place + " h2") << "on any port";
    EXPECT_EQ(target("", server + "proto h2 check-proto h1"), place);
    EXPECT_EQ(target("", server + "check-ssl check-alpn h2,http/1.1"), place + " tls h2");
    EXPECT_EQ(target("", server + "check-ssl check-alpn http/1.1"), place + " tls");
    EXPECT_EQ(target("", server + "check-alpn h2"), place) << "there is no TLS to offer it by";

    const auto by_rule = [&](const std::string& rule, const std::string& settings) {
        return target(" option httpchk\n http-check connect port 2 " + rule + "\n", server + settings);
    };
    EXPECT_EQ(by_rule("", "check-send-proxy check-proto h2"), place + " by 3") << "the rule decides";
    EXPECT_EQ(by_rule("default", "check-send-proxy check-proto h2"), place + " PROXY h2 by 3");
    EXPECT_EQ(by_rule("send-proxy", ""), place + " PROXY by 3");
    EXPECT_EQ(by_rule("proto h2", ""), place + " h2 by 3");
    EXPECT_EQ(by_rule("ssl alpn h2", ""), place + " tls h2 by 3");
    EXPECT_EQ(target(" option httpchk\n http-check connect default port 2\n", "127.0.0.1:1 check send-proxy"),
              place + " PROXY by 3")
        << "the line has no check port, so its send-proxy counts";
}

// "/ (2)", with its method in front unless that is GET, and with the note after it.
std::string asked(const std::string& lines) {
    const HaproxyConfig config = config_of("backend b\n" + lines);
    const auto http = http_check_of(health_checks_of(config, config.proxies.back()));
    if (!http) return "none";
    const std::string method =
        http->asked.method == HttpMethod::kGet ? "" : std::string(to_string(http->asked.method)) + " ";
    return method + http->asked.uri + " (" + std::to_string(http->line) + ")" + (http->note.empty() ? "" : " ") +
           http->note;
}

TEST(HaproxyHttpCheck, IsWhatTheOptionOrTheFirstSendRuleAsks) {
    EXPECT_EQ(asked(""), "none");
    EXPECT_EQ(asked(" option tcp-check\n"), "none");
    EXPECT_EQ(asked(" option httpchk GET /a\n"), "/a (2)");
    EXPECT_EQ(asked(" option httpchk HEAD /a?b=c HTTP/1.0\n"), "HEAD /a?b=c (2)");
    EXPECT_EQ(asked(" option httpchk\n"), "OPTIONS / (2)");
    EXPECT_EQ(asked(" option httpchk /x\n"), "OPTIONS /x (2)");
    EXPECT_EQ(asked(" option httpchk\n http-check send uri /y\n"), "OPTIONS /y (3)");
    EXPECT_EQ(asked(" option httpchk\n http-check send meth GET uri /b hdr user-agent /c ver HTTP/1.1\n"), "/b (3)");
    EXPECT_EQ(asked(" option httpchk GET /a\n http-check send hdr Host x\n"), "/a (3)");
}

// Tried with HAProxy 2.6: the defaults' request is lost, and without one every check fails.
TEST(HaproxyHttpCheck, OwnRulesReplaceWhatTheDefaultsAsk) {
    const auto inherited = [](const std::string& lines) {
        const HaproxyConfig config = config_of("defaults\n option httpchk GET /d\nbackend b\n" + lines);
        return http_check_of(health_checks_of(config, config.proxies.back()));
    };
    EXPECT_EQ(inherited("")->asked.uri, "/d");
    EXPECT_EQ(inherited(" http-check send meth GET\n")->asked.uri, "/");
    EXPECT_EQ(inherited(" http-check expect status 200\n")->asked.uri, "");
    EXPECT_TRUE(inherited(" http-check expect status 200\n")->note.starts_with("HAProxy asks nothing here"));
    EXPECT_EQ(inherited(" option httpchk GET /own\n http-check expect status 200\n")->asked.uri, "/own");
}

TEST(HaproxyHttpCheck, WhatZdrCannotAskIsANote) {
    const std::string no(kNoCheckUri);
    const std::string other = ", which zdr cannot ask (GET, HEAD or OPTIONS of a path)" + no;
    EXPECT_EQ(asked(" option httpchk POST /x\n"), " (2) HAProxy asks \"POST /x\" here" + other);
    EXPECT_EQ(asked(" option httpchk get /x\n"), " (2) HAProxy asks \"get /x\" here" + other);
    EXPECT_EQ(asked(" option httpchk OPTIONS * HTTP/1.1\n"), " (2) HAProxy asks \"OPTIONS *\" here" + other);
    EXPECT_EQ(asked(" option httpchk GET /a#b\n"), "/a (2)") << "the rest is a comment";
    EXPECT_EQ(asked(" option httpchk GET '/a#b'\n"), " (2) HAProxy asks \"GET /a#b\" here" + other);
    EXPECT_EQ(asked(" option httpchk\n http-check send meth GET uri-lf /%[date]\n"),
              " (3) HAProxy asks \"GET \" here" + other);
    EXPECT_EQ(asked(" option httpchk\n http-check connect\n http-check send meth GET uri /\n http-check expect status "
                    "200\n http-check connect port 2\n http-check send meth GET uri /2\n"),
              " (4) HAProxy asks several things here" + no);
}

TEST(HaproxyHttpCheck, WhatZdrDoesNotSendIsANote) {
    const auto unsent = [](const std::string& what) {
        return "HAProxy asks with " + what + ", which zdr does not send" + std::string(kNoCheckUri);
    };
    const std::string send = " option httpchk\n http-check send meth GET uri / ";
    EXPECT_EQ(asked(send + "hdr X-Token a\n"), " (3) " + unsent("the header \"X-Token\" in line 3"));
    EXPECT_EQ(asked(send + "hdr Host a.b hdr hdr x body ok\n"), " (3) " + unsent("the header \"hdr\" in line 3"));
    EXPECT_EQ(asked(send + "hdr Host %[hostname]\n"), " (3) " + unsent("the header \"Host\" in line 3"));
    EXPECT_EQ(asked(send + "body ok\n"), " (3) " + unsent("a body in line 3"));
    EXPECT_EQ(asked(send + "body-lf %[date]\n"), " (3) " + unsent("a body in line 3"));
    EXPECT_EQ(asked(send + "hdr Host a.b hdr User-Agent x hdr Connection close hdr Accept */*\n"), "/ (3)");
    EXPECT_EQ(asked(" option httpchk GET / HTTP/1.1\\r\\nHost:\\ a.b\\r\\nX-Token:\\ a\n"),
              " (2) " + unsent("the header \"X-Token\" in line 2"));
}

TEST(HaproxyHttpCheck, AnExpectationIsOneOfItsOwn) {
    const std::string get = " option httpchk GET /\n http-check expect ";
    EXPECT_EQ(asked(get + "status 200\n"), "/ (2)");
    EXPECT_EQ(asked(get + "min-recv 5 status 200,301-399\n"), "/ (2)");
    const std::string other =
        " (2) line 3 has HAProxy expect answers that zdr does not tell apart" + std::string(kNoCheckUri);
    for (const char* rule : {"status 20x", "status 99", "! status 20x", "rstatus ^x", "rstatus ^2\\d", "rstatus (", ""})
        EXPECT_EQ(asked(get + rule + "\n"), other) << rule;
    const std::string more =
        "/ (2) line 3 has HAProxy look at more than the status, and zdr does not: ready then means that the app "
        "answers, not what";
    for (const char* rule : {"string OK", "! string FAIL", "rstring ^OK", "! rstring ^NO", "fhdr name X-Up",
                             "hdr name X-Up", "comment status string OK"})
        EXPECT_EQ(asked(get + rule + "\n"), more) << rule;
}

TEST(HaproxyHttpCheck, StatusesAndHostAreThoseThatItNames) {
    const auto asked_of = [](const std::string& rules) {
        const HaproxyConfig config = config_of("backend b\n" + rules);
        return http_check_of(health_checks_of(config, config.proxies.at(0)))->asked;
    };
    using Ranges = std::vector<StatusRange>;
    const std::string get = " option httpchk GET /\n http-check expect ";
    EXPECT_EQ(asked_of(get + "status 401\n").statuses, (Ranges{{401, 401}}));
    EXPECT_EQ(asked_of(get + "status 200,404-410\n").statuses, (Ranges{{200, 200}, {404, 410}}));
    EXPECT_EQ(asked_of(get + "status 200-399\n").statuses, Ranges{}) << "as without a rule";
    EXPECT_EQ(asked_of(get + "rstatus ^[23]\n").statuses, Ranges{}) << "as without a rule";
    EXPECT_EQ(asked_of(get + "rstatus (200|30[12])\n").statuses, (Ranges{{200, 200}, {301, 302}}));
    EXPECT_EQ(asked_of(get + "! rstatus ^5\n").statuses, (Ranges{{100, 499}}));
    EXPECT_EQ(asked_of(get + "! status 500\n").statuses, (Ranges{{100, 499}, {501, 599}}));
    EXPECT_EQ(asked_of(get + "!status 100-399,503\n").statuses, (Ranges{{400, 502}, {504, 599}}));
    EXPECT_EQ(asked_of(get + "status 204\n http-check expect string OK\n").statuses, (Ranges{{204, 204}}));
    EXPECT_EQ(asked_of(" option httpchk GET / HTTP/1.1\\r\\nHost:\\ www.example.org\n").host, "www.example.org");
    EXPECT_EQ(asked_of(" option httpchk\n http-check send meth GET uri / ver HTTP/1.1 hdr host a.b\n").host, "a.b");
    EXPECT_EQ(asked_of(" option httpchk\n http-check send meth GET uri / hdr Host %[hostname]\n").host, "");
    EXPECT_EQ(asked_of(get + "status 200\n http-check expect status 201\n").uri, "") << "both at once";
}

}  // namespace
}  // namespace zdr
