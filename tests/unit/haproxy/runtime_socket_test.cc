// Against a fake HAProxy, since a real one does none of this; tests/system asks real ones.
#include "zdr/haproxy/runtime_socket.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fake_haproxy.h"
#include "support/deadline.h"
#include "zdr/haproxy/runtime.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using On = FakeHaproxy::On;
using Kind = HaproxyEndpoint::Kind;

constexpr auto kWithin = 300ms;
constexpr auto kLong = 30s;

// The error of asking there, which must come in time and name the socket; "no error".
std::string error_at(const std::string& place, std::chrono::milliseconds within = kLong) {
    const auto endpoint = parse_haproxy_endpoint(place);
    if (!endpoint) return endpoint.error().text;
    const auto start = std::chrono::steady_clock::now();
    const auto servers = ask_haproxy(*endpoint, within);
    EXPECT_LT(std::chrono::steady_clock::now() - start, stretched(within + 5s));
    if (servers) return "no error";
    const std::string prefix = "HAProxy at " + place + ": ";
    EXPECT_TRUE(servers.error().text.starts_with(prefix)) << servers.error().text;
    return servers.error().text.substr(prefix.size());
}

std::string error_from(On on, const FakeHaproxy::Serve& serve, std::chrono::milliseconds within = kLong) {
    const FakeHaproxy fake(on, serve);
    return error_at(fake.place(), within);
}

class HaproxySocket : public ::testing::TestWithParam<On> {};
INSTANTIATE_TEST_SUITE_P(OfBothKinds, HaproxySocket, ::testing::Values(On::kUnix, On::kTcp));

TEST_P(HaproxySocket, AnAnswerInPiecesIsTakenWhole) {
    const FakeHaproxy fake(GetParam(), [](int connection) {
        FakeHaproxy::read_question(connection);
        for (const char* piece : {"one", " two", " three\n\n"}) FakeHaproxy::send_text(connection, piece);
    });

    const auto answer = question_haproxy(*parse_haproxy_endpoint(fake.place()), "x", kLong);

    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(*answer, "one two three\n\n");
}

TEST_P(HaproxySocket, SilenceEndsWithTheTime) {
    EXPECT_EQ(error_from(GetParam(), FakeHaproxy::wait_for_end, kWithin), "no answer within 300 ms");
}

TEST_P(HaproxySocket, HalfAnAnswerEndsWithTheTime) {
    const auto serve = [](int connection) {
        FakeHaproxy::send_text(connection, "1\n# be_id");
        FakeHaproxy::wait_for_end(connection);
    };

    EXPECT_EQ(error_from(GetParam(), serve, kWithin), "incomplete answer within 300 ms");
}

TEST_P(HaproxySocket, AnAnswerWithoutEndEndsAtTheTimeOrTheLimit) {
    const auto serve = [](int connection) {
        const std::string piece(1 << 20, '1');
        while (FakeHaproxy::send_text(connection, piece)) continue;
    };

    EXPECT_EQ(error_from(GetParam(), serve), "the answer is larger than 64 MiB");
    EXPECT_TRUE(error_from(GetParam(), serve, 1ms).ends_with(" within 1 ms"));
}

TEST_P(HaproxySocket, AConnectionThatEndsIsACutAnswer) {
    EXPECT_EQ(error_from(GetParam(), FakeHaproxy::read_question), "the answer to \"show servers state\" is cut");
    const auto serve = [](int connection) {
        FakeHaproxy::read_question(connection);
        FakeHaproxy::send_text(connection, "1\n# be_id be_name");
    };
    EXPECT_EQ(error_from(GetParam(), serve), "the answer to \"show servers state\" is cut");
}

TEST_P(HaproxySocket, AnErrorTextIsShown) {
    const auto serve = [](int connection) {
        FakeHaproxy::read_question(connection);
        FakeHaproxy::send_text(connection, "Permission denied\n\n");
    };

    EXPECT_EQ(error_from(GetParam(), serve), "the answer to \"show servers state\" is \"Permission denied\"");
}

TEST_P(HaproxySocket, AConnectionThatIsResetIsAnError) {
    const auto serve = [](int connection) {
        FakeHaproxy::read_question(connection);
        FakeHaproxy::send_text(connection, "1\n");
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    };

    const std::string error = error_from(GetParam(), serve);

    EXPECT_TRUE(error == "receive: Connection reset by peer" || error == "the answer to \"show servers state\" is cut")
        << error;
}

TEST_P(HaproxySocket, NoTimeIsNoAnswer) {
    EXPECT_TRUE(error_from(GetParam(), nullptr, 0ms).ends_with(" within 0 ms"));
}

TEST(HaproxySocketErrors, AFullQueueOfConnectionsEndsWithTheTime) {
    const FakeHaproxy fake(On::kUnix, nullptr);
    const auto endpoint = *parse_haproxy_endpoint(fake.place());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    fake.place().copy(address.sun_path, sizeof address.sun_path - 1);
    const UniqueFd waiting(socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(connect(waiting.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

    EXPECT_EQ(error_at(fake.place(), kWithin), "connection not accepted within 300 ms");
}

TEST(HaproxySocketErrors, NobodyThereIsSaidAtOnce) {
    const std::string gone = FakeHaproxy(On::kTcp, nullptr).place();

    EXPECT_EQ(error_at(gone), "connect: Connection refused");
    EXPECT_EQ(error_at("/nowhere/haproxy.sock"), "connect: No such file or directory");
    EXPECT_EQ(error_at("abns@zdr-nobody-listens-here"), "connect: Connection refused");
}

TEST(HaproxySocketErrors, AHostWithoutAnAddressIsSaid) {
    const std::string error = error_at("no-such-host.invalid:9999");

    EXPECT_TRUE(error.starts_with("look the host's name up: ")) << error;
}

TEST(HaproxyEndpoint, EveryFormIsRead) {
    const struct {
        std::string text;
        Kind kind;
        std::string name;
        std::optional<Port> port;
    } cases[] = {
        {"/run/haproxy/admin.sock", Kind::kUnix, "/run/haproxy/admin.sock", {}},
        {"./admin.sock", Kind::kUnix, "./admin.sock", {}},
        {"/odd:9999", Kind::kUnix, "/odd:9999", {}},
        {"unix@admin.sock", Kind::kUnix, "admin.sock", {}},
        {"abns@haproxy", Kind::kAbstract, "haproxy", {}},
        {"127.0.0.1:9999", Kind::kTcp, "127.0.0.1", Port(9999)},
        {"[::1]:9999", Kind::kTcp, "::1", Port(9999)},
        {"lb.example.org:1", Kind::kTcp, "lb.example.org", Port(1)},
    };
    for (const auto& one : cases) {
        const auto endpoint = parse_haproxy_endpoint(one.text);

        ASSERT_TRUE(endpoint) << endpoint.error().text;
        EXPECT_EQ(endpoint->kind, one.kind) << one.text;
        EXPECT_EQ(endpoint->name, one.name);
        EXPECT_EQ(endpoint->port, one.port);
        EXPECT_EQ(endpoint->text, one.text);
    }
}

TEST(HaproxyEndpoint, EverythingElseIsAUsageErrorThatShowsIt) {
    using namespace std::string_literals;
    for (const std::string& text : {""s, "haproxy"s, ":9999"s, "127.0.0.1"s, "127.0.0.1:"s, "127.0.0.1:0"s,
                                    "127.0.0.1:65536"s, "::1:9999"s, "[::1]"s, "[]:9999"s, "[lb]:9999"s, "a b:9999"s,
                                    "\x1b[2J:1"s, "unix@"s, "abns@"s, "/a\0b"s, "/" + std::string(108, 'a')}) {
        const auto endpoint = parse_haproxy_endpoint(text);

        ASSERT_FALSE(endpoint) << text;
        EXPECT_EQ(endpoint.error().code, Errc::kUsage) << text;
        EXPECT_TRUE(endpoint.error().text.starts_with('"')) << endpoint.error().text;
        EXPECT_EQ(endpoint.error().text.find('\x1b'), std::string::npos);
    }
}

}  // namespace
}  // namespace zdr::test
