// The judge of how a HAProxy configuration is read: HAProxy itself, asked what it made of the same file.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "support/haproxy_mutations.h"
#include "support/system_test.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"
#include "zdr/haproxy/runtime.h"

namespace zdr::test {
namespace {

// One server for each rule of quoting, variables, defaults and addresses. HAProxy's names have no odd characters, its
// ports and check ports tell how a line was cut into words.
const std::string kEveryRule = R"(
global
    setenv FROM_FILE 1007
    presetenv FROM_SHELL 9999
    presetenv NEW 2008
    setenv LIST "check port 2009"
    unsetenv GONE
defaults first
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    default-server inter 1s
defaults second from first
    default-server port 2500
defaults from first
    default-server port 2600
backend plain from first
    server a1 127.0.0.1:1001 check port 2001
    server "a2" 127.0.0.1:1002 'check' "port" 2002
    server a\x33 127.0.0.1:1003 check port "2003" # port 9
    server a'4' "127.0.0.1":1004 cookie check\ port check port 2004
    server a5 127.0.0.1:1005 cookie "x # y" check port 20\x30\x35
    server a6 127.0.0.1:"$FROM_SHELL" check port "${NEVER_SET-2006}"
    server a7 127.0.0.1:$FROM_FILE check port "${FROM_FILE-1}"
    server a8 127.0.0.1:1008 check port "$NEW" cookie "$GONE_TOO"x
    server a9 127.0.0.1:1009 "${LIST[*]}"
    server b1 127.0.0.1:1011 check port "$.LINE"
    server b2 127.0.0.1:1012 "" check port 2012
    server b3 127.0.0.1:1013 sni str(check) check-sni port weight 7 check port 2013
    server b4 127.0.0.1:1014 source 0.0.0.0 interface lo check port 2014x
    server b5 127.0.0.1:1015 check addr 127.0.0.5
    server b6 127.0.0.1:1016 check port 2016 backup no-backup
    server b7 127.0.0.1:1017 check no-check port 2017
    server b8 127.0.0.1:1018 check port 2018 backup disabled
    server c1 [::1]:1021 check port 2021
    server c2 ::1:1022 check port 2022
    server c3 ipv6@::1:1023 check port 2023 addr [::1]
    server c4 127.0.0.1 check port 2024
    server c5 127.0.0.1:+25 check port 2025
    server c6 *:1026 check port 2026
    server c7 /tmp/no.sock check
    server c8 localhost:1028 check port 2028
    server-template d 1-3 127.0.0.1:1031 check port 2031
    server-template e 2 127.0.0.1:1032
backend named from second
    server a1 127.0.0.1:1101 check
    default-server check
    server a2 127.0.0.1:1102
    server a3 127.0.0.1:1103 port 2103
backend unnamed
    server a1 127.0.0.1:1201 check
.if defined(FROM_SHELL) && !streq("$FROM_FILE",1)
    server a2 127.0.0.1:1202 check
.else
    server no 127.0.0.1:1203 check
.endif
.if 0
    server no 127.0.0.1:1204 check
  .if 1
    server no 127.0.0.1:1205 check
  .endif
.elif strneq(a,b)
    server a6 127.0.0.1:1206 check
.elif 1
    server no 127.0.0.1:1207 check
.endif
listen both from first
    bind 127.0.0.1:8090
    server a1 127.0.0.1:1301 check port 0
)";

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct Seen {
    std::string address, check_address;
    int port = 0, check_port = 0;
    bool has_check = false, is_backup = false;

    bool operator==(const Seen&) const = default;
    friend void PrintTo(const Seen& seen, std::ostream* out) {
        *out << seen.address << ":" << seen.port << " check " << seen.has_check << " " << seen.check_address << ":"
             << seen.check_port << " backup " << seen.is_backup;
    }
};
using AllSeen = std::map<std::string, Seen>;

int number(const std::optional<Port>& port) {
    return port ? port->host() : 0;
}
std::string text(const std::optional<Address>& address) {
    return address ? address->to_string() : "";
}

AllSeen as_read(const HaproxyConfig& config) {
    AllSeen out;
    for (const HaproxyProxy& proxy : config.proxies) {
        for (const HaproxyServerLine& line : proxy.servers) {
            const HaproxyServerSettings& settings = line.settings;
            Seen seen{text(line.spec.address), settings.check_spec ? text(settings.check_spec->address) : "",
                      number(line.spec.port),  number(line.checked_port()),
                      settings.has_check,      settings.is_backup};
            if (line.spec.kind == HaproxyAddressSpec::Kind::kHost) seen.address = "127.0.0.1";
            for (auto i = line.first; i <= line.last; ++i)
                out[proxy.name + "/" + line.name + (line.is_template ? std::to_string(i) : "")] = seen;
        }
    }
    return out;
}

AllSeen as_haproxy_has_it(const std::vector<HaproxyServer>& servers) {
    AllSeen out;
    for (const HaproxyServer& server : servers)
        out[server.backend + "/" + server.name] =
            Seen{text(server.address),      text(server.check_address), number(server.port),
                 number(server.check_port), server.has_check,           server.is_backup};
    return out;
}

class HaproxyConfigTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        setenv("FROM_SHELL", "1006", 1);
        setenv("GONE", "1", 1);
    }
    std::string written(const std::string& config) const {
        const std::string path = sandbox().directory() + "/h.cfg";
        std::ofstream(path, std::ios::binary) << config;
        return path;
    }
};

TEST_F(HaproxyConfigTest, EveryRuleIsReadAsHaproxyReadsIt) {
    const std::string socket = sandbox().directory() + "/haproxy.sock";
    const std::string config = kEveryRule + "global\n    stats socket " + socket + "\n";
    Process haproxy({"haproxy", "-db", "-f", written(config)});
    std::vector<HaproxyServer> servers;
    ASSERT_TRUE(eventually([&] {
        auto answer = ask_haproxy(*parse_haproxy_endpoint(socket), std::chrono::seconds(5));
        if (answer) servers = std::move(*answer);
        return !servers.empty() || !haproxy.is_running();
    }));
    ASSERT_FALSE(servers.empty()) << haproxy.standard_error();

    const auto read = parse_haproxy_config(config, written(config), variable);

    ASSERT_TRUE(read) << read.error().text;
    AllSeen expected = as_haproxy_has_it(servers);
    AllSeen seen = as_read(*read);
    // With an offset HAProxy shows what is added to the client's port, and it has no port in the sense of zdr.
    EXPECT_EQ(seen["plain/c5"].port, 0);
    seen["plain/c5"].port = expected["plain/c5"].port;
    for (const auto& [name, one] : expected) EXPECT_EQ(seen[name], one) << name;
    EXPECT_EQ(seen.size(), expected.size());
    EXPECT_EQ(read->notes.size(), 1U);
}

// Those of which tests/cli holds what import and doctor say. HAProxy needs something to listen on, and knows no
// namespace of that name here.
TEST_F(HaproxyConfigTest, TheCaseFilesAreValid) {
    setenv("DB_MASTER", "192.0.2.31", 1);
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ZDR_CASES_DIR)) {
        if (entry.path().extension() != ".cfg") continue;
        ++cases;
        std::ifstream file(entry.path());
        std::string config{std::istreambuf_iterator<char>(file), {}};
        if (const auto at = config.find("namespace blue "); at != config.npos) config.erase(at, 15);
        config += "\nfrontend of-the-test\n    bind 127.0.0.1:8099\n    timeout client 1s\n";

        const Output output = run({"haproxy", "-c", "-q", "-f", written(config)});

        EXPECT_EQ(output.status, 0) << entry.path() << "\n" << output.err;
    }
    EXPECT_GT(cases, 10U);
}

TEST_F(HaproxyConfigTest, WhateverHaproxyAcceptsIsReadAndEndsInAZdrConf) {
    HaproxyMutator mutator;
    int accepted = 0;

    for (int i = 0; i < 800; ++i) {
        const std::string config = mutator.next();
        if (run({"haproxy", "-c", "-q", "-f", written(config)}).status != 0) continue;
        ++accepted;

        const auto read = parse_haproxy_config(config, "h.cfg", variable);

        ASSERT_TRUE(read) << read.error().text << "\n" << config;
        const auto import = import_haproxy(*read, [](const std::string&) { return *Address::parse("127.0.0.1"); });
        const auto again = parse_config(format_zdr_conf(import, "h.cfg"), "zdr.conf");
        ASSERT_TRUE(again) << again.error().text << "\n" << config;
    }

    EXPECT_GT(accepted, 30);
}

}  // namespace
}  // namespace zdr::test
