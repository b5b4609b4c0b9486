// HAProxy in a container beside the app on the host: it checks the host's addresses through the engine's bridge.
#include "remote_docker.h"

#include <optional>

#include "remote_followed.h"
#include "support/app.h"

namespace zdr::test {
namespace {

constexpr int kBalancer = 2;

class RemoteDockerTest : public RemoteFollowedTest, public testing::WithParamInterface<Iptables> {
  protected:
    void SetUp() override {
        RemoteFollowedTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        balancer_.emplace();
        docker_.emplace(GetParam(), Proxy::kNone, sandbox().directory());
        docker_->connect(*balancer_, kBalancer);
    }

    const NetNamespace& balancer() const { return *balancer_; }

  private:
    std::optional<NetNamespace> balancer_;
    std::optional<DockerHost> docker_;
};

TEST_P(RemoteDockerTest, BalancerInAContainerChecksTheHostsApp) {
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy(balancer(), {"10.9.0.1", "fd09::1", "172.17.0.1", "fd17::1"});

    expect_followed();
}

TEST_P(RemoteDockerTest, BalancerOnAFilteredBridgeChecksTheHostsApp) {
    if (!filter_bridged_packets()) GTEST_SKIP() << "this kernel has no br_netfilter";
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy(balancer(), {"10.9.0.1", "fd09::1", "172.17.0.1", "fd17::1"});

    expect_followed();
}

INSTANTIATE_TEST_SUITE_P(By, RemoteDockerTest, testing::Values(Iptables::kLegacy, Iptables::kNft),
                         [](const auto& kind) {
                             return kind.param == Iptables::kLegacy ? "IptablesLegacy" : "IptablesNft";
                         });

}  // namespace
}  // namespace zdr::test
