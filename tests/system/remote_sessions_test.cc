// Checks from other hosts are no sessions: neither one that was given the app's listener, nor one whose ports are
// rewritten.
#include <arpa/inet.h>

#include <list>

#include "remote_hosts.h"
#include "session_ends.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

class RemoteSessionsTest : public RemoteTest {
  protected:
    Ends open_from_client(const UniqueFd& listener, const std::string& address, std::uint16_t port) const {
        Attempt connected = connect_client(address, port);
        EXPECT_EQ(connected.refusal(), "");
        return {std::move(connected.fd), UniqueFd(accept(listener.get(), nullptr, nullptr))};
    }
    std::string sessions() const { return zdr().sessions("webA"); }
};

TEST_F(RemoteSessionsTest, ChecksThatTheListenerTookAreLeftOut) {
    for (const std::string_view config : {kRemoteWebA, kRemoteEverywhere}) {
        load(config);
        const UniqueFd listener = listen_anew("::", 1000);
        std::list<Ends> checks;
        for (const char* address : kServerAddresses) {
            checks.push_back(open_from_client(listener, address, 2000));
            checks.push_back(open_from_client(listener, address, 3000));
        }
        EXPECT_EQ(sessions(), "0+0");

        std::list<Ends> open;
        for (const char* address : kServerAddresses) open.push_back(open_from_client(listener, address, 1000));
        EXPECT_EQ(sessions(), "2+0");

        for (Ends& check : checks) check.client.reset();
        EXPECT_EQ(sessions(), "2+0");
    }
}

// Before Linux 6.6 the ports of their checks are rewritten.
TEST_F(RemoteSessionsTest, ChecksOfListenersThatShareAPortAreLeftOut) {
    load(kRemoteWebA);
    SocketOptions share;
    share.reuse_port = true;
    const Attempt listening = listen_on("::", 1000, share);
    std::list<Ends> open;
    for (const char* address : kServerAddresses) open.push_back(open_from_client(listening.fd, address, 2000));
    EXPECT_EQ(sessions(), "0+0");

    for (const char* address : kServerAddresses) open.push_back(open_from_client(listening.fd, address, 1000));
    EXPECT_EQ(sessions(), "2+0");
}

TEST_F(RemoteSessionsTest, ChecksWhosePortsAreRewrittenAreLeftOut) {
    load(kRemoteWebA);
    const UniqueFd listener = listen_anew("::", 1000);
    const Ends ends = open_from_client(listener, "10.9.0.1", 1000);
    ASSERT_EQ(sessions(), "1+0");

    // As the ingress program does for one.
    const auto flows = BpfMap<zdr_flow_key, zdr_flow>::open(sandbox().state_dir() + "/live", kFlowsMap, Access::kWrite);
    ASSERT_TRUE(flows) << flows.error().text;
    zdr_flow_key key{{0, 0, htonl(0xffff), inet_addr("10.9.0.2")},
                     {0, 0, htonl(0xffff), inet_addr("10.9.0.1")},
                     htons(local_port_of(ends.client)),
                     htons(1000)};
    ASSERT_TRUE(flows->set(key, {htons(40000), htons(2000)}));

    EXPECT_EQ(sessions(), "0+0");
}

}  // namespace
}  // namespace zdr::test
