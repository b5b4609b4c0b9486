// Checks reach every kind of listening socket, whenever it began to listen.
#include <sys/socket.h>

#include <cstring>
#include <list>
#include <system_error>
#include <tuple>
#include <utility>

#include "listeners.h"
#include "support/app.h"

namespace zdr::test {
namespace {

struct Listening {
    const char* name;
    const char* address;
    SocketOptions options;
};

struct Kind {
    const char* name;
    std::vector<Listening> apps;
    // What a check of 10.9.0.1 and one of fd09::1 must hear.
    const char* v4;
    const char* v6;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

constexpr SocketOptions kOnlyV6{.only_v6 = true};
constexpr SocketOptions kShared{.reuse_port = true};
constexpr SocketOptions kMultipath{.protocol = IPPROTO_MPTCP};
constexpr const char* kRefused = "ECONNREFUSED";

const Kind kKinds[] = {
    {"V4", {{"app", "0.0.0.0", {}}}, "app", kRefused},
    {"DualStack", {{"app", "::", {}}}, "app", "app"},
    {"V6Only", {{"app", "::", kOnlyV6}}, kRefused, "app"},
    {"V4AndV6Only", {{"four", "0.0.0.0", {}}, {"six", "::", kOnlyV6}}, "four", "six"},
    {"OneV4Address", {{"app", "10.9.0.1", {}}}, "app", kRefused},
    {"OneV6Address", {{"app", "fd09::1", {}}}, kRefused, "app"},
    {"MappedAddress", {{"app", "::ffff:10.9.0.1", {}}}, "app", kRefused},
    {"AnotherAddress", {{"app", "127.0.0.1", {}}}, kRefused, kRefused},
    {"OneAddressBeforeAll", {{"all", "::", kShared}, {"one", "10.9.0.1", kShared}}, "one", "all"},
    {"OneV6AddressBeforeAll", {{"one", "fd09::1", kShared}, {"all", "::", kShared}}, "all", "one"},
    {"AllV4BeforeDualStack", {{"dual", "::", kShared}, {"four", "0.0.0.0", kShared}}, "four", "dual"},
    {"MultipathV4", {{"app", "0.0.0.0", kMultipath}}, "app", kRefused},
    {"MultipathDualStack", {{"app", "::", kMultipath}}, "app", "app"},
};

class ListenersKindsTest : public ListenersTest, public testing::WithParamInterface<std::tuple<Kind, When>> {
  protected:
    static const Kind& kind() { return std::get<0>(GetParam()); }

    void start_apps() {
        for (const Listening& one : kind().apps) apps_.emplace_back(one.name, one.address, 1000, one.options);
    }
    void expect_answers(const std::string& v4, const std::string& v6) const {
        EXPECT_EQ(ask_client("10.9.0.1", 2000), v4);
        EXPECT_EQ(ask_client("fd09::1", 2000), v6);
        EXPECT_EQ(ask("10.9.0.1", 2000), v4) << "from this host";
        EXPECT_EQ(ask("fd09::1", 2000), v6) << "from this host";
    }

    std::list<App> apps_;
};

TEST_P(ListenersKindsTest, AreReached) {
    if (open_socket(AF_INET, kind().apps.front().options).error != 0) GTEST_SKIP() << "this kernel has no MPTCP";
    load_around(std::get<1>(GetParam()), [this] { start_apps(); });
    if (HasFatalFailure()) return;
    EXPECT_EQ(ask_client("10.9.0.1", 1000), kind().v4);
    EXPECT_EQ(ask_client("fd09::1", 1000), kind().v6);

    expect_answers(kind().v4, kind().v6);

    flip("drain", "webA");
    expect_answers(kRefused, kRefused);

    flip("ready", "webA");
    expect_answers(kind().v4, kind().v6);

    apps_.clear();
    expect_answers(kRefused, kRefused);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ListenersKindsTest,
                         testing::Combine(testing::ValuesIn(kKinds), testing::ValuesIn(kAllTimes)),
                         [](const auto& one) { return std::get<0>(one.param).name + name_of(std::get<1>(one.param)); });

UniqueFd listen_on_device(const std::string& device) {
    Attempt opened = open_socket(AF_INET, {.type = SOCK_STREAM | SOCK_NONBLOCK, .reuse_address = true});
    const Place any("0.0.0.0", 1000);
    if (setsockopt(opened.fd.get(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                   static_cast<socklen_t>(device.size())) != 0 ||
        bind(opened.fd.get(), any.address(), any.size()) != 0 || listen(opened.fd.get(), SOMAXCONN) != 0)
        throw std::system_error(errno, std::generic_category(), "listen on " + device);
    return std::move(opened.fd);
}

using ListenersDeviceTest = ListenersTest;

TEST_F(ListenersDeviceTest, OneIsReachedThroughItsDeviceOnly) {
    const NetNamespace other;
    connect_behind(other);
    load(kRemoteEverywhere);
    const UniqueFd listener = listen_on_device("zdr0");

    EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "");
    EXPECT_TRUE(took_connection(listener));
    EXPECT_EQ(connect_from(other, "10.8.0.1", 1000).refusal(), "ECONNREFUSED");
    EXPECT_EQ(connect_from(other, "10.8.0.1", 2000).refusal(), "ECONNREFUSED");
    EXPECT_EQ(connect_from(other, "10.9.0.1", 2000).refusal(), "ECONNREFUSED");
}

TEST_F(ListenersDeviceTest, EachIsReachedThroughItsOwn) {
    const NetNamespace other;
    connect_behind(other);
    const UniqueFd first = listen_on_device("zdr0");
    load(kRemoteEverywhere);
    const UniqueFd second = listen_on_device("zdr2");

    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "");
        EXPECT_TRUE(took_connection(first));
        EXPECT_FALSE(took_connection(second));
        EXPECT_EQ(connect_from(other, "10.8.0.1", 2000).refusal(), "");
        EXPECT_FALSE(took_connection(first));
        EXPECT_TRUE(took_connection(second));
    }
}

}  // namespace
}  // namespace zdr::test
