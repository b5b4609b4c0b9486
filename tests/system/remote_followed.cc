#include "remote_followed.h"

#include <algorithm>

#include "support/deadline.h"

namespace zdr::test {
namespace {

std::string line_name(std::size_t index) {
    return "web" + std::to_string(index);
}

std::string server_line(std::size_t index, const std::string& address) {
    const bool is_v6 = address.find(':') != std::string::npos;
    return "    server " + line_name(index) + " " + (is_v6 ? "[" + address + "]" : address) +
           ":1000 check port 2000 inter 200\n";
}

}  // namespace

void RemoteFollowedTest::start_haproxy(const NetNamespace& host, const std::vector<std::string>& addresses) {
    std::string lines;
    for (std::size_t i = 0; i < addresses.size(); ++i) lines += server_line(i, addresses[i]);
    host_ = &host;
    addresses_ = addresses;
    haproxy_ = make_in<Haproxy>(host, sandbox().directory(), std::uint16_t{8080}, lines);
}

std::string RemoteFollowedTest::haproxy_status() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < addresses_.size(); ++i) all.push_back(haproxy_->status(line_name(i)));
    if (std::count(all.begin(), all.end(), all.front()) == static_cast<std::ptrdiff_t>(all.size())) return all.front();
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
}

bool RemoteFollowedTest::haproxy_shows(const std::string& status) const {
    return eventually([&] { return haproxy_status() == status; });
}

long RemoteFollowedTest::failed_checks() const {
    long out = 0;
    for (std::size_t i = 0; i < addresses_.size(); ++i)
        out += std::stol("0" + haproxy_->field(line_name(i), "chkfail"));
    return out;
}

void RemoteFollowedTest::expect_acknowledged(const std::string& word, const std::string& status) const {
    const Output output = run(zdr().ctl({word, "webA", "--timeout", "20s"}));
    ASSERT_EQ(output.status, 0) << output.err;
    // kFollowed does not say how many lines check it (checks), as it is for tests of one line and of several.
    if (addresses_.size() > 1) {
        ASSERT_TRUE(haproxy_shows(status)) << haproxy_status();
    }
    EXPECT_EQ(haproxy_status(), status) << output.err;
}

void RemoteFollowedTest::expect_not_acknowledged(const std::string& word, const std::string& status) const {
    const Output output = run(zdr().ctl({word, "webA", "--timeout", "3s"}));
    EXPECT_TRUE(output.status == 4 || output.status == 5) << output.err;
    EXPECT_EQ(haproxy_status(), status) << output.err;
}

void RemoteFollowedTest::expect_answers(const std::string& answer) const {
    for (const std::string& address : addresses_) EXPECT_EQ(ask_from(*host_, address, 2000), answer) << address;
}

void RemoteFollowedTest::expect_followed() const {
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();
    expect_answers("app");

    expect_acknowledged("drain", "DOWN");
    if (HasFatalFailure()) return;
    expect_answers("ECONNREFUSED");

    expect_acknowledged("ready", "UP");
    if (HasFatalFailure()) return;
    expect_answers("app");
}

void RemoteFollowedTest::expect_flips_seen(const NetNamespace& host, const std::vector<std::string>& addresses) const {
    for (const char* state : {"ready", "drain", "ready"}) {
        flip(state, "webA");
        const std::string answer = std::string_view(state) == "ready" ? "app" : "ECONNREFUSED";
        for (const std::string& address : addresses)
            EXPECT_EQ(ask_from(host, address, 2000), answer) << state << " " << address;
    }
}

}  // namespace zdr::test
