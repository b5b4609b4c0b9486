#include "handover_world.h"

#include <system_error>

namespace zdr::test {
namespace {

// HAProxy's lines as they are documented for a handover.
constexpr const char* kHaproxyLines =
    "    option redispatch 1\n    retries 3\n    retry-on conn-failure empty-response\n";

}  // namespace

std::string name_of_side(const testing::TestParamInfo<Side>& info) {
    return info.param.name;
}

std::string listen_on_both(std::uint16_t port) {
    return place_of(kSides[0], port) + "; listen " + place_of(kSides[1], port);
}

std::string place_of(const Side& side, std::uint16_t port) {
    const std::string address = side.address;
    return (address.find(':') == address.npos ? address : "[" + address + "]") + ":" + std::to_string(port);
}

std::string HandoverTest::ask_at(const Side& side, std::uint16_t port) const {
    return side.is_remote ? ask_client(side.address, port) : ask(side.address, port);
}

Attempt HandoverTest::connect_at(const Side& side, std::uint16_t port) const {
    return side.is_remote ? connect_client(side.address, port) : connect_to(side.address, port);
}

void HandoverTest::expect_led_to(const std::string& app, const std::string& by_status_port) const {
    for (const Side& side : kSides) {
        EXPECT_EQ(ask_at(side, 1000), app) << side.name;
        EXPECT_EQ(ask_at(side, 2000), by_status_port) << side.name;
    }
}

Output HandoverTest::handover(const Command& options) const {
    return run(zdr().ctl(Command{"handover", "webA"} + options));
}

void HandoverTest::lead_to(std::uint16_t port) const {
    const Output output = handover({"--to", std::to_string(port), "--no-wait"});
    ASSERT_EQ(output.status, 0) << output.err;
}

nlohmann::json HandoverTest::status_of_server() const {
    const auto all = nlohmann::json::parse(zdr().status());
    for (const auto& server : all["servers"])
        if (server["name"] == "webA") return server;
    return {};
}

int HandoverTest::sessions_at(int port) const {
    const auto server = status_of_server();
    for (const auto& one : server["instances"])
        if (one["port"] == port) return one["sessions"]["active"].get<int>() + one["sessions"]["idle"].get<int>();
    return 0;
}

std::unique_ptr<Haproxy> HandoverTest::start_haproxy(const Side& side, const std::string& more) const {
    const std::string lines =
        kHaproxyLines + more + ("    server webA " + place_of(side, 1000)) + " cookie A check port 2000 inter 100\n";
    const auto make = [&] { return std::make_unique<Haproxy>(sandbox().directory(), std::uint16_t{8080}, lines); };
    auto out = side.is_remote ? make_in<Haproxy>(client(), sandbox().directory(), std::uint16_t{8080}, lines) : make();
    EXPECT_TRUE(out->shows("webA", "UP")) << out->status("webA");
    return out;
}

std::unique_ptr<Load> HandoverTest::start_clients(const Side& side, const LoadOptions& options) const {
    constexpr const char* kUrl = "http://127.0.0.1:8080/";
    if (side.is_remote) return make_in<Load>(client(), sandbox().directory(), kUrl, options);
    return std::make_unique<Load>(sandbox().directory(), kUrl, options);
}

void HandoverTest::expect_always_up(const Haproxy& haproxy) {
    EXPECT_EQ(haproxy.status("webA"), "UP");
    EXPECT_EQ(haproxy.field("webA", "chkfail"), "0");
    EXPECT_EQ(haproxy.field("webA", "chkdown"), "0");
}

}  // namespace zdr::test
