#include "zdr/haproxy/runtime_state.h"

#include <gtest/gtest.h>

#include <random>

#include "zdr/haproxy/runtime.h"

namespace zdr {
namespace {

using namespace std::string_literals;

// As HAProxy 2.6 answers, with fewer columns of statistics.
const std::string kStateHeader =
    "1\n"
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
    "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr "
    "srv_agent_addr srv_agent_port\n";
const std::string kWebA = "2 srvs 1 webA 127.0.0.1 0 0 1 1 1 8 2 0 6 0 0 0 - 1000 - 0 2000 - - 2000\n";
const std::string kBkpA = "2 srvs 3 bkpA ::1 2 0 1 1 1 8 2 0 6 0 0 0 - 1000 - 0 0 127.0.0.2 127.0.0.2 0\n";
const std::string kStatHeader = "# pxname,svname,qcur,status,weight,act,bck,last_chk,check_rise,check_fall,\n";
const std::string kWebAStat = "srvs,webA,0,DOWN 1/2,1,1,0,Connection refused,4,5,\n";
const std::string kBkpAStat = "srvs,bkpA,0,UP,1,0,1,,,,\n";
const std::string kGood = kStateHeader + kWebA + kBkpA + "\n" + kStatHeader + kWebAStat + kBkpAStat + "\n";

// The one server of a line of "show servers state", which has no statistics.
HaproxyServer server_in(const std::string& line) {
    const auto servers = parse_haproxy_answer(kStateHeader + line + "\n" + kStatHeader + "\n");
    if (!servers || servers->size() != 1) {
        ADD_FAILURE() << (servers ? "not one server" : servers.error().text);
        return {};
    }
    return servers->front();
}

std::string answer_error(const std::string& answer) {
    const auto servers = parse_haproxy_answer(answer);
    return servers ? "no error" : servers.error().text;
}

TEST(HaproxyAnswer, EveryFieldIsRead) {
    const auto servers = parse_haproxy_answer(kGood);

    ASSERT_TRUE(servers) << servers.error().text;
    HaproxyServer web_a;
    web_a.backend = "srvs";
    web_a.name = "webA";
    web_a.address = *Address::parse("127.0.0.1");
    web_a.port = Port(1000);
    web_a.check_port = Port(2000);
    web_a.has_check = true;
    web_a.op_state = HaproxyOpState::kStopped;
    web_a.status = "DOWN 1/2";
    web_a.fall = 5;
    web_a.rise = 4;
    HaproxyServer bkp_a = web_a;
    bkp_a.fall = bkp_a.rise = std::nullopt;
    bkp_a.name = "bkpA";
    bkp_a.address = *Address::parse("::1");
    bkp_a.check_address = *Address::parse("127.0.0.2");
    bkp_a.check_port = Port(1000);
    bkp_a.is_backup = true;
    bkp_a.op_state = HaproxyOpState::kRunning;
    bkp_a.status = "UP";
    EXPECT_EQ(*servers, (std::vector{web_a, bkp_a}));
}

TEST(HaproxyAnswer, WithoutServersIsEmpty) {
    const auto servers = parse_haproxy_answer(kStateHeader + "\n" + kStatHeader + "\n");

    ASSERT_TRUE(servers) << servers.error().text;
    EXPECT_TRUE(servers->empty());
}

TEST(HaproxyAnswer, ColumnsAreFoundByName) {
    const auto servers = parse_haproxy_answer(
        "1\n# srv_uweight srv_name new_one srv_check_state srv_op_state be_name srv_admin_state srv_addr\n"
        "7 webA x 6 2 srvs 8 10.0.0.1\n\n# new_one,bck,svname,status,pxname,\nx,1,webA,DRAIN,srvs,\n\n");

    ASSERT_TRUE(servers) << servers.error().text;
    ASSERT_EQ(servers->size(), 1U);
    EXPECT_EQ(servers->front().name, "webA");
    EXPECT_EQ(servers->front().backend, "srvs");
    EXPECT_EQ(servers->front().weight, 7U);
    EXPECT_EQ(servers->front().admin_state, 8U);
    EXPECT_EQ(servers->front().status, "DRAIN");
    EXPECT_TRUE(servers->front().is_backup);
    EXPECT_EQ(servers->front().check_port, std::nullopt) << "an old HAProxy does not say it";
    EXPECT_EQ(servers->front().fall, std::nullopt) << "nor this";
}

TEST(HaproxyAnswer, CommentsAndLaterColumnsAreSkipped) {
    EXPECT_EQ(
        server_in("# a comment\n2 srvs 1 webA 127.0.0.1 2 0 1 1 1 8 2 0 6 0 0 0 - 1000 - 0 2000 - - 2000 x y\n").name,
        "webA");
}

TEST(HaproxyAnswer, WhatIsNotKnownIsNone) {
    const HaproxyServer unresolved = server_in("2 srvs 9 fq - 0 32 1 1 1 1 0 0 14 0 0 0 localhost 1007 - 0 0 - - 0\n");
    EXPECT_EQ(unresolved.address, std::nullopt);
    EXPECT_EQ(unresolved.check_port, Port(1007));
    EXPECT_TRUE(is_down(unresolved));

    const HaproxyServer on_unix_socket = server_in("2 srvs 5 un - 0 0 1 1 1 5 2 0 6 0 0 0 - 0 - 0 0 - - 0\n");
    EXPECT_EQ(on_unix_socket.port, std::nullopt);
    EXPECT_EQ(on_unix_socket.check_port, std::nullopt);

    const HaproxyServer unchecked = server_in("2 srvs 6 x 0.0.0.0 2 0 1 1 1 1 0 2 0 0 0 0 - 1005 - 0 0 - - 0\n");
    EXPECT_EQ(unchecked.address, std::nullopt);
    EXPECT_FALSE(unchecked.has_check);
    EXPECT_EQ(unchecked.status, "");
}

TEST(HaproxyAnswer, QuotedFieldsMayHaveCommasQuotesAndLines) {
    const auto servers = parse_haproxy_answer(kStateHeader + kWebA + "\n" + kStatHeader +
                                              "srvs,webA,0,\"MAINT (\"\"via\"\" x,\x1b[2Jy)\",1,1,1,\"a\n\nb\",\n\n");

    ASSERT_TRUE(servers) << servers.error().text;
    EXPECT_EQ(servers->front().status, "MAINT (\"via\" x,?[2Jy)");
    EXPECT_TRUE(servers->front().is_backup);
}

TEST(HaproxyAnswer, HaproxysOwnErrorIsShown) {
    EXPECT_EQ(answer_error("Permission denied\n\n"), "the answer to \"show servers state\" is \"Permission denied\"");
    EXPECT_EQ(answer_error("\nUnknown command, but maybe one of\n  show fd\n\n"),
              "the answer to \"show servers state\" is \"Unknown command, but maybe one of\"");
    EXPECT_EQ(answer_error("HTTP/1.0 400 Bad request\r\n\r\n"),
              "the answer to \"show servers state\" is \"HTTP/1.0 400 Bad request\"");
    EXPECT_EQ(answer_error(kStateHeader + kWebA + "\nPermission denied\n\n"),
              "the answer to \"show stat\" is \"Permission denied\"");
    EXPECT_EQ(answer_error("2\n" + kGood.substr(2)),
              "the answer to \"show servers state\" is of format version \"2\"; zdr reads version 1");
}

TEST(HaproxyAnswer, EveryCutIsAnError) {
    for (std::size_t size = 0; size < kGood.size(); ++size) {
        const std::string error = answer_error(kGood.substr(0, size));

        EXPECT_NE(error, "no error") << size;
        EXPECT_LT(error.size(), 200U);
    }
    EXPECT_EQ(answer_error(""), "the answer to \"show servers state\" is cut");
    EXPECT_EQ(answer_error(kStateHeader + kWebA), "the answer to \"show servers state\" is cut");
    EXPECT_EQ(answer_error(kStateHeader + kWebA + "\n"), "the answer to \"show stat\" is cut");
    EXPECT_EQ(answer_error(kGood.substr(0, kGood.size() - 1)), "the answer to \"show stat\" is cut");
    EXPECT_EQ(answer_error(kGood.substr(0, kGood.size() - 5)), "the answer to \"show stat\" is cut");
}

TEST(HaproxyAnswer, WhatIsNotOfTheFormatIsAnErrorThatShowsItEscaped) {
    const auto of_line = [](const std::string& line) {
        return answer_error(kStateHeader + line + "\n\n" + kStatHeader + "\n");
    };
    EXPECT_EQ(of_line("2 srvs 1 webA"), "the answer to \"show servers state\" is \"2 srvs 1 webA\"");
    EXPECT_EQ(of_line("2 srvs 1 webA 127.0.0.1 4 0 1 1 1 8 2 0 6 0"),
              "the answer to \"show servers state\" has \"4\" as an operational state");
    EXPECT_EQ(of_line("2 srvs 1 webA 127.0.0.1 2 -1 1 1 1 8 2 0 6 0"),
              "the answer to \"show servers state\" has \"-1\" as an administrative state");
    EXPECT_EQ(of_line("2 srvs 1 webA 127.0.0.1 2 0 4294967296 1 1 8 2 0 6 0"),
              "the answer to \"show servers state\" has \"4294967296\" as a weight");
    EXPECT_EQ(of_line("2 srvs 1 webA 127.0.0.1 2 0 1 1 1 8 2 0 six 0"),
              "the answer to \"show servers state\" has \"six\" as the state of a check");
    EXPECT_EQ(of_line("2 srvs 1 we\x1b[31m 127.0.0.1 2 0 1 1 1 8 2 0 6 0"),
              "the answer to \"show servers state\" has \"we\\x1b[31m\" as a server's name");
    EXPECT_EQ(of_line("2  1 webA 127.0.0.1 2 0 1 1 1 8 2 0 6 0"),
              "the answer to \"show servers state\" has \"\" as a backend's name");
    EXPECT_EQ(of_line("2 srvs 1 webA 127.0.0.1 2 0 1 1 1 8 2 0 6 0 0 0 - 65536 - 0 0"),
              "the answer to \"show servers state\" has \"65536\" as a port");
    EXPECT_EQ(answer_error("1\n# be_id be_name\n\n"),
              "the answer to \"show servers state\" lacks columns that zdr needs");
    EXPECT_EQ(answer_error(kStateHeader + "\n# pxname,svname,\n\n"),
              "the answer to \"show stat\" lacks columns that zdr needs");
    EXPECT_EQ(answer_error(kStateHeader + "\n" + kStatHeader + "srvs,webA\n\n"),
              "the answer to \"show stat\" is \"srvs,webA\"");
    EXPECT_EQ(answer_error(kStateHeader + "\n" + kStatHeader + "srvs,webA,0,UP,1,1,0,,2,x,\n\n"),
              "the answer to \"show stat\" has \"x\" as a fall");
}

TEST(HaproxyAnswer, NoBytesCrashItAndEachErrorIsOneShortLine) {
    std::mt19937_64 random(1);

    for (int i = 0; i < 20'000; ++i) {
        std::string text = kGood;
        for (auto times = random() % 6 + 1; times > 0; --times) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = static_cast<char>(random() % 256);
                    break;
                case 1:
                    text.erase(at, random() % 40);
                    break;
                case 2:
                    text.insert(at, text.substr(random() % text.size(), random() % 40));
                    break;
                default:
                    text.insert(at, 1, " \n\",#-"[random() % 6]);
            }
            if (text.empty()) text = "1";
        }
        const std::string error = answer_error(text);
        ASSERT_LT(error.size(), 250U);
        ASSERT_EQ(error.find_first_of("\n\x1b\x7f"), std::string::npos) << error;
    }
}

}  // namespace
}  // namespace zdr
