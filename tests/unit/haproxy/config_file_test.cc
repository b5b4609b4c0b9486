#include "zdr/haproxy/config_file.h"

#include <gtest/gtest.h>

#include <map>

namespace zdr {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Kind = HaproxyAddressSpec::Kind;

std::optional<std::string> variable(const std::string& name) {
    static const std::map<std::string, std::string> set = {{"PORT", "2000"}, {"HOST", "10.0.0.1"}, {"NAME", "outside"}};
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
}

HaproxyConfig parsed(const std::string& text) {
    auto config = parse_haproxy_config(text, "h.cfg", variable);
    EXPECT_TRUE(config) << (config ? "" : config.error().text);
    return config ? std::move(*config) : HaproxyConfig();
}

// The one server of a text's last proxy.
HaproxyServerLine server_of(const std::string& text) {
    const HaproxyConfig config = parsed(text);
    if (config.proxies.empty() || config.proxies.back().servers.empty()) {
        ADD_FAILURE() << "no server: " << text;
        return {};
    }
    return config.proxies.back().servers.back();
}

HaproxyServerLine server_with(const std::string& settings) {
    return server_of("backend b\n server a 127.0.0.1:1000 " + settings + "\n");
}

std::string haproxy_error(const std::string& text) {
    const auto config = parse_haproxy_config(text, "h.cfg", variable);
    return config ? "no error" : config.error().text;
}

std::vector<std::string> notes_of(const std::string& text) {
    std::vector<std::string> out;
    for (const HaproxyRemark& note : parsed(text).notes) out.push_back(std::to_string(note.line) + ": " + note.text);
    return out;
}

TEST(HaproxyConfig, AServersSettings) {
    const HaproxyServerLine server = server_of(
        "listen l\n  bind :80\n  server webA 10.0.0.1:1000 cookie A check port 2000 addr 10.0.0.2 inter 500ms "
        "fastinter 1s "
        "downinter 5s fall 4 rise 5 backup disabled on-marked-down shutdown-sessions on-marked-up "
        "shutdown-backup-sessions\n");

    EXPECT_EQ(server.line, 3U);
    EXPECT_EQ(server.name, "webA");
    EXPECT_EQ(server.spec.kind, Kind::kAddress);
    EXPECT_EQ(server.spec.address, *Address::parse("10.0.0.1"));
    EXPECT_EQ(server.spec.port, Port(1000));
    EXPECT_EQ(server.checked_spec().address, *Address::parse("10.0.0.2"));
    EXPECT_EQ(server.checked_port(), Port(2000));
    const HaproxyServerSettings& settings = server.settings;
    EXPECT_EQ(settings.cookie, "A");
    EXPECT_TRUE(settings.has_check && settings.is_backup && settings.is_disabled);
    EXPECT_EQ(settings.inter, 500ms);
    EXPECT_EQ(settings.fastinter, 1s);
    EXPECT_EQ(settings.downinter, 5s);
    EXPECT_EQ(settings.fall, 4U);
    EXPECT_EQ(settings.rise, 5U);
    EXPECT_EQ(settings.on_marked_down, "shutdown-sessions");
    EXPECT_EQ(settings.on_marked_up, "shutdown-backup-sessions");
}

TEST(HaproxyConfig, AServersDefaults) {
    const HaproxyServerLine server = server_with("");

    EXPECT_FALSE(server.settings.has_check || server.settings.is_backup || server.settings.is_disabled);
    EXPECT_EQ(server.settings.fall, 3U);
    EXPECT_EQ(server.settings.rise, 2U);
    EXPECT_EQ(server.settings.inter, 2000ms);
    EXPECT_EQ(server.checked_spec(), server.spec);
    EXPECT_EQ(server.checked_port(), Port(1000));
}

TEST(HaproxyConfig, ArgumentsAreNotTakenForSettings) {
    EXPECT_FALSE(server_with("cookie check sni check weight backup init-addr port resolvers addr").settings.has_check);
    EXPECT_EQ(server_with("source 0.0.0.0 usesrc clientip interface check check").settings.has_check, true);
    EXPECT_FALSE(server_with("source 0.0.0.0 interface check").settings.has_check);
    EXPECT_EQ(server_with("set-proxy-v2-tlv-fmt(0x20) check port 9").checked_port(), Port(9));
    EXPECT_FALSE(server_with("check no-check").settings.has_check);
    EXPECT_FALSE(server_with("backup no-backup disabled enabled").settings.is_backup);
    EXPECT_FALSE(server_with("\"\" check").settings.has_check) << "HAProxy reads up to the first empty word";
    EXPECT_EQ(server_with("port 2000x").checked_port(), Port(2000)) << "as atol() has it";
    EXPECT_EQ(server_with("port 0").checked_port(), Port(1000));
    EXPECT_EQ(server_with("addr 127.0.0.2:7").checked_port(), Port(7));
    EXPECT_EQ(server_with("addr 127.0.0.2:7 port 8").checked_port(), Port(8));
    EXPECT_EQ(server_with("inter 3000").settings.inter, 3000ms);
}

TEST(HaproxyConfig, FormsOfAddresses) {
    const auto place = [](const char* text) { return parse_haproxy_address_spec(text); };
    const struct {
        const char* text;
        const char* address;
        int port;  // 0: none
    } addresses[] = {
        {"10.0.0.1:80", "10.0.0.1", 80},
        {"10.0.0.1", "10.0.0.1", 0},
        {"10.0.0.1:", "10.0.0.1", 0},
        {"10.0.0.1:+5", "10.0.0.1", 0},
        {"10.0.0.1:-5", "10.0.0.1", 0},
        {"10.0.0.1:0", "10.0.0.1", 0},
        {"[::1]:80", "::1", 80},
        {"::1:80", "::1", 80},
        {"2001:db8::7:80", "2001:db8::7", 80},
        {"[2001:db8::7]", "2001:db8::7", 0},
        {"ipv4@10.0.0.1:80", "10.0.0.1", 80},
        {"ipv6@::1:80", "::1", 80},
        {"tcp@10.0.0.1:80", "10.0.0.1", 80},
        {"tcp6@[::1]:80", "::1", 80},
        {"stream+ipv4@10.0.0.1:80", "10.0.0.1", 80},
    };
    for (const auto& one : addresses) {
        EXPECT_EQ(place(one.text).kind, Kind::kAddress) << one.text;
        EXPECT_EQ(place(one.text).address, *Address::parse(one.address)) << one.text;
        EXPECT_EQ(place(one.text).port ? place(one.text).port->host() : 0, one.port) << one.text;
    }
    for (const char* any : {"*:80", ":80", "0.0.0.0:80", ":::80", "[::]:80", "", "*"})
        EXPECT_EQ(place(any).kind, Kind::kAny) << any;
    for (const char* host : {"app1:80", "app1.example.org", "ipv4@app_1.example.org:80", "1a:80"})
        EXPECT_EQ(place(host).kind, Kind::kHost) << host;
    EXPECT_EQ(place("ipv6@app.example.org:80").host, "app.example.org");
    for (const char* other :
         {"/run/app.sock", "unix@app.sock", "abns@app", "fd@3", "sockpair@4", "rhttp@", "udp@10.0.0.1:80",
          "10.0.0.1:http", "10.0.0.1:65536", "10.0.0.1:80-90", "ipv6@10.0.0.1:80", "ipv4@[::1]:80",
          "_http._tcp.example.org", "a b:80", "224.0.0.1:80", "10.0.0:80", "[::1:80", "quic4@10.0.0.1:80"})
        EXPECT_EQ(place(other).kind, Kind::kOther) << other;
}

TEST(HaproxyConfig, DefaultServersReachWhatFollowsThem) {
    const HaproxyConfig config = parsed(
        "defaults\n default-server check inter 1s\n"
        "backend a\n server a1 127.0.0.1:1\n default-server no-check port 9\n default-server fall 7\n server a2 "
        "127.0.0.1:2\n"
        "backend b\n server b1 127.0.0.1:3 rise 9\n"
        "defaults\n"
        "backend c\n server c1 127.0.0.1:4\n");

    const auto settings = [&](std::size_t proxy, std::size_t server) {
        return config.proxies[proxy].servers[server].settings;
    };
    EXPECT_TRUE(settings(1, 0).has_check);
    EXPECT_EQ(settings(1, 0).inter, 1s);
    EXPECT_EQ(settings(1, 0).check_port, std::nullopt);
    EXPECT_FALSE(settings(1, 1).has_check);
    EXPECT_EQ(settings(1, 1).check_port, Port(9));
    EXPECT_EQ(settings(1, 1).fall, 7U);
    EXPECT_EQ(settings(1, 1).inter, 1s);
    EXPECT_TRUE(settings(2, 0).has_check);
    EXPECT_EQ(settings(2, 0).fall, 3U);
    EXPECT_EQ(settings(2, 0).rise, 9U);
    EXPECT_FALSE(settings(4, 0).has_check) << "new defaults begin anew";
}

TEST(HaproxyConfig, NamedDefaults) {
    const HaproxyConfig config = parsed(
        "defaults one\n default-server fall 1\n option redispatch\n"
        "defaults two from one\n default-server rise 1\n no option redispatch\n"
        "defaults from one\n default-server inter 1s\n"
        "backend a from one\n server a 127.0.0.1:1\n"
        "backend b from two\n server b 127.0.0.1:1\n option redispatch 2\n"
        "backend c\n server c 127.0.0.1:1\n"
        "backend d from three\n server d 127.0.0.1:1\n");

    const auto settings = [&](std::size_t proxy) { return config.proxies[proxy].servers[0].settings; };
    EXPECT_EQ(config.proxies[1].name, "two");
    EXPECT_EQ(config.proxies[2].name, "");
    EXPECT_EQ(settings(3).fall, 1U);
    EXPECT_EQ(settings(3).rise, 2U);
    EXPECT_EQ(settings(4).fall, 1U);
    EXPECT_EQ(settings(4).rise, 1U);
    EXPECT_EQ(settings(5).fall, 1U);
    EXPECT_EQ(settings(5).inter, 1s);
    EXPECT_EQ(settings(6).fall, 3U);
    ASSERT_EQ(config.notes.size(), 1U);
    EXPECT_EQ(config.notes[0].text, "there is no defaults section \"three\" above");

    const HaproxyLine* redispatch = find_haproxy_line(config, config.proxies[3], {"option", "redispatch"});
    ASSERT_NE(redispatch, nullptr);
    EXPECT_EQ(redispatch->number, 3U);
    EXPECT_EQ(find_haproxy_line(config, config.proxies[4], {"option", "redispatch"})->words.size(), 3U);
    EXPECT_EQ(find_haproxy_line(config, config.proxies[4], {"no", "option", "redispatch"})->number, 6U);
    EXPECT_EQ(find_haproxy_line(config, config.proxies[6], {"option", "redispatch"}), nullptr);
}

TEST(HaproxyConfig, OnlyProxiesHaveServers) {
    const HaproxyConfig config = parsed(
        "global\n server x 1.1.1.1:1\npeers p\n server me 127.0.0.1:1\nbackend b\n server b 127.0.0.1:1\n"
        "ring r\n server r 127.0.0.1:1\nfrontend f\n server f 127.0.0.1:1\nresolvers d\n nameserver n 1.1.1.1:53\n");

    ASSERT_EQ(config.proxies.size(), 2U);
    EXPECT_EQ(config.proxies[0].name, "b");
    EXPECT_EQ(config.proxies[0].servers.size(), 1U);
    EXPECT_TRUE(config.proxies[1].servers.empty());
    ASSERT_EQ(config.notes.size(), 1U);
    EXPECT_EQ(config.notes[0].line, 10U);
}

TEST(HaproxyConfig, Templates) {
    const HaproxyServerLine to_three = server_of("backend b\n server-template web 3 127.0.0.1:80 check port 90\n");
    EXPECT_TRUE(to_three.is_template);
    EXPECT_EQ(to_three.name, "web");
    EXPECT_EQ(to_three.first, 1U);
    EXPECT_EQ(to_three.last, 3U);
    EXPECT_EQ(to_three.checked_port(), Port(90));
    const HaproxyServerLine range = server_of("backend b\n server-template web 4-2000000000 app:80\n");
    EXPECT_EQ(range.first, 4U);
    EXPECT_EQ(range.last, 2'000'000'000U);
    EXPECT_EQ(range.spec.host, "app");
    EXPECT_EQ(notes_of("backend b\n server-template web 5-4 app:80\n server-template web 3\n"),
              (std::vector{"2: \"5-4\" is no range of servers"s,
                           "3: a server-template has a prefix, a number or range, and an address"s}));
}

TEST(HaproxyConfig, VariablesOfTheEnvironmentAndOfTheFile) {
    const HaproxyConfig config = parsed(
        "global\n setenv PORT 2001\n presetenv NAME inside\n presetenv NEW new\n unsetenv HOST\n"
        "backend \"${NAME}\"\n server \"$NEW\" \"${HOST-10.9.9.9}\":\"$PORT\" check port \"$.LINE\"\n"
        "global\n resetenv PORT\n"
        "backend b\n server \"x${NAME-none}\" 127.0.0.1:$PORT\n server \"$.SECTION\" 127.0.0.1:1\n");

    EXPECT_EQ(config.proxies[0].name, "outside");
    const HaproxyServerLine& first = config.proxies[0].servers[0];
    EXPECT_EQ(first.name, "new");
    EXPECT_EQ(first.spec.address, *Address::parse("10.9.9.9"));
    EXPECT_EQ(first.spec.port, Port(2001));
    EXPECT_EQ(first.checked_port(), Port(7));
    EXPECT_EQ(config.proxies[1].servers[0].name, "xnone");
    EXPECT_EQ(config.proxies[1].servers[0].spec.port, Port(2001));
    EXPECT_EQ(config.proxies[1].servers[1].name, "b");
}

TEST(HaproxyConfig, VariablesThatDoubleEachOtherAreAnError) {
    std::string text = "global\n setenv A aaaaaaaaaaaaaaaa\n";
    for (int i = 0; i < 25; ++i) text += " setenv A \"$A$A\"\n";  // half a gigabyte

    const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().text, "h.cfg:15: its variables have more than 65536 bytes");
}

TEST(HaproxyConfig, WhatIsNotSetIsANoteWhereItMatters) {
    EXPECT_EQ(
        notes_of(
            "global\n log \"$NO\" local0\nbackend \"b$NO\"\n server a $NO:1\n server b 127.0.0.1:1 cookie \"$NO\"\n"),
        (std::vector{"3: variable \"NO\" is not set here"s, "4: variable \"NO\" is not set here"s,
                     "5: variable \"NO\" is not set here"s, "5: \"cookie\" has no value"s}));
}

TEST(HaproxyConfig, ConditionsChooseLines) {
    const HaproxyConfig config = parsed(
        "backend b\n.if defined(NO)\n server no 127.0.0.1:1\n .if feature(X)\n server no 127.0.0.1:1\n .endif\n"
        ".elif streq(\"$PORT\",2000)\n server yes 127.0.0.1:2\n.else\n server no 127.0.0.1:3\n.endif\n"
        ".if feature(OPENSSL)\n server maybe 127.0.0.1:4\n.else\n server other 127.0.0.1:5\n.endif\n.notice "
        "\"hello\"\n");

    std::vector<std::string> names;
    for (const HaproxyServerLine& server : config.proxies[0].servers) names.push_back(server.name);
    EXPECT_EQ(names, (std::vector{"yes"s, "maybe"s, "other"s}));
    ASSERT_EQ(config.notes.size(), 2U);
    EXPECT_EQ(config.notes[0].line, 13U);
    EXPECT_EQ(config.notes[0].text, "only HAProxy knows whether the .if around this holds; it is read as if it did");
    EXPECT_EQ(config.notes[1].line, 15U);
}

TEST(HaproxyConfig, ErrorsNameFileAndLine) {
    EXPECT_EQ(haproxy_error("global\nbackend 'b\n"), "h.cfg:2: a quote has no end");
    EXPECT_EQ(haproxy_error("\n\n.endif\n"), "h.cfg:3: .endif has no .if");
    EXPECT_EQ(haproxy_error(".if 1\n"), "h.cfg: the last .if has no .endif");
    EXPECT_EQ(haproxy_error("a\0b\n"s), "h.cfg:1: the line has a NUL byte; this is not a text file");
    EXPECT_EQ(haproxy_error(".if 0\n \"\n.endif\n"), "h.cfg:2: a quote has no end") << "as for HAProxy";
}

TEST(HaproxyConfig, OddServersAreNotes) {
    EXPECT_EQ(
        notes_of("backend b\n server\n server a\n server a 127.0.0.1:1 check frobnicate port 70000 fall 0 inter 2y\n"),
        (std::vector{"2: a server has a name and an address"s, "3: a server has a name and an address"s,
                     "4: \"frobnicate\" is no setting that zdr knows"s, "4: port \"70000\" is no port"s,
                     "4: fall \"0\" is no number of checks"s, "4: inter \"2y\" is no time that zdr can hold"s}));
}

TEST(HaproxyConfig, LineEndsAndScopes) {
    const HaproxyConfig config =
        parsed("[a scope]\r\nbackend b\r\n  server a 127.0.0.1:1 check\r\n  server b 127.0.0.1:2");

    ASSERT_EQ(config.proxies.size(), 1U);
    EXPECT_EQ(config.proxies[0].servers.size(), 2U);
    EXPECT_TRUE(config.proxies[0].servers[0].settings.has_check);
    EXPECT_TRUE(parsed("").proxies.empty());
}

}  // namespace
}  // namespace zdr
