// The app in a container whose port the engine publishes: checks go exactly where the traffic goes.
#include <optional>
#include <system_error>

#include "remote_docker.h"
#include "remote_followed.h"
#include "remote_foreign.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/podman.h"

namespace zdr::test {
namespace {

constexpr int kApp = 3;
constexpr int kNeighbour = 2;

struct Engine {
    Iptables kind;
    Proxy proxy;
};

std::string name_of(const Engine& engine) {
    const std::string kind = engine.kind == Iptables::kLegacy ? "IptablesLegacy" : "IptablesNft";
    return kind + (engine.proxy == Proxy::kNone ? "" : "AndProxy");
}

void PrintTo(const Engine& engine, std::ostream* out) {
    *out << name_of(engine);
}

class RemotePublishedTest : public RemoteFollowedTest, public testing::WithParamInterface<Engine> {
  protected:
    void SetUp() override {
        RemoteFollowedTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        docker_.emplace(GetParam().kind, GetParam().proxy, sandbox().directory());
    }

    // A container with the app in it, and its end: what `docker start` and `docker stop` do.
    void start_container() {
        container_ = std::make_unique<NetNamespace>();
        docker_->connect(*container_, kApp);
        docker_->publish(kApp);
        start_app();
    }
    void stop_container() {
        stop_app();
        docker_->unpublish(kApp);
        docker_->disconnect(kApp);
        container_.reset();
    }
    void start_app() { app_ = make_in<App>(*container_, "app", "::", std::uint16_t{1000}); }
    void stop_app() { app_.reset(); }

    const DockerHost& docker() const { return *docker_; }
    bool has_proxy() const { return GetParam().proxy == Proxy::kUserSpace; }

  private:
    std::optional<DockerHost> docker_;
    std::unique_ptr<NetNamespace> container_;
    std::unique_ptr<App> app_;
};

TEST_P(RemotePublishedTest, ChecksFollow) {
    start_container();
    load(kFollowed);

    start_haproxy();

    expect_followed();
    for (const char* address : kServerAddresses) EXPECT_EQ(ask(address, 2000), "app") << address;  // from this host
}

TEST_P(RemotePublishedTest, ADeadAppIsSeen) {
    start_container();
    load(kFollowed);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    stop_app();
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();
    for (const char* address : kServerAddresses)
        EXPECT_EQ(ask_client(address, 2000), ask_client(address, 1000)) << address;

    start_app();
    expect_followed();
}

TEST_P(RemotePublishedTest, AStoppedContainerIsSeen) {
    start_container();
    load(kFollowed);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    stop_container();
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();

    start_container();
    expect_followed();
}

// A drain while the container is away, as a deploy does it.
TEST_P(RemotePublishedTest, AContainerIsReplacedWhileDrained) {
    start_container();
    load(kFollowed);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    expect_acknowledged("drain", "DOWN");
    if (HasFatalFailure()) return;
    stop_container();
    start_container();

    expect_acknowledged("ready", "UP");
}

// What is published after the load cannot be known then: where a proxy listens for the container, the file must say it.
TEST_P(RemotePublishedTest, AContainerThatComesAfterTheLoadIsFollowed) {
    load(std::string(kFollowed) + (has_proxy() ? "published = yes\n" : ""));
    if (HasFatalFailure()) return;

    start_container();
    start_haproxy();

    expect_followed();
    stop_app();
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();
}

TEST_P(RemotePublishedTest, AnotherLoadLearnsThatAContainerHasCome) {
    load(kFollowed);
    start_container();
    load(kFollowed);
    start_haproxy();

    expect_followed();

    stop_app();
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();
}

// Where the port is published by rules alone, nothing of this host listens or can connect, and checks tell.
TEST_P(RemotePublishedTest, IsRestarted) {
    start_container();
    load(kFollowed);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    const Output output = run(zdr().ctl({"restart", "webA", "--keep-process", "--force"}) + Command{"--", "true"});
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(haproxy_shows("UP")) << haproxy_status();
    const Output found = run(zdr().ctl({"doctor"}));
    EXPECT_EQ(found.out.find("app-not-listening"), std::string::npos) << found.out;
}

// Somebody else's program that ends the chain, which was there first.
TEST_P(RemotePublishedTest, AProgramInFrontDisturbsNoCheck) {
    std::unique_ptr<RemotePassing> other;
    try {
        other = std::make_unique<RemotePassing>("zdr0", RemotePassing::Where::kFirst);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::invalid_argument) throw;
        GTEST_SKIP() << "this kernel has no tcx";
    }
    start_container();
    load(kFollowed);

    expect_flips_seen(client(), {std::begin(kServerAddresses), std::end(kServerAddresses)});
}

using RemoteProxiedTest = RemotePublishedTest;

TEST_P(RemoteProxiedTest, BalancerInAContainerBesideItIsServed) {
    const NetNamespace balancer;
    docker().connect(balancer, kNeighbour);
    start_container();
    load(kFollowed);
    for (const char* address : kServerAddresses)
        ASSERT_TRUE(eventually([&] { return ask_from(balancer, address, 1000) == "app"; })) << address;

    start_haproxy(balancer, {std::begin(kServerAddresses), std::end(kServerAddresses)});

    expect_followed();
}

INSTANTIATE_TEST_SUITE_P(By, RemotePublishedTest,
                         testing::Values(Engine{Iptables::kLegacy, Proxy::kNone},
                                         Engine{Iptables::kLegacy, Proxy::kUserSpace},
                                         Engine{Iptables::kNft, Proxy::kNone},
                                         Engine{Iptables::kNft, Proxy::kUserSpace}),
                         [](const auto& engine) { return name_of(engine.param); });
INSTANTIATE_TEST_SUITE_P(By, RemoteProxiedTest,
                         testing::Values(Engine{Iptables::kLegacy, Proxy::kUserSpace},
                                         Engine{Iptables::kNft, Proxy::kUserSpace}),
                         [](const auto& engine) { return name_of(engine.param); });

using RemotePodmanTest = RemoteFollowedTest;

// A real Podman: conmon listens on the published port and accepts nothing, and a rule leads the traffic to the
// container.
TEST_F(RemotePodmanTest, ChecksFollowItsContainer) {
    const Podman podman(sandbox());
    podman.run("app", {"1000:80"});
    const std::string address = kServerAddresses[0];
    ASSERT_TRUE(eventually([&] { return ask_client(address, 1000) == "app"; })) << ask_client(address, 1000);
    load(kFollowed);

    start_haproxy(client(), {address});
    expect_followed();

    podman.stop("app");
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();

    podman.start("app");
    expect_followed();
}

// Who publishes the port, so that zdr can know it from the rules alone.
struct Publisher {
    const char* name;
    std::optional<Iptables> iptables;
};

void PrintTo(const Publisher& publisher, std::ostream* out) {
    *out << publisher.name;
}

class RemoteHeldPortTest : public RemoteFollowedTest, public testing::WithParamInterface<Publisher> {};

// As Podman has a process hold the host's port, so that nobody else takes it: it never accepts.
TEST_P(RemoteHeldPortTest, AListenerThatOnlyHoldsThePortIsPassedBy) {
    const NetNamespace container;
    DockerHost engine(GetParam().iptables.value_or(Iptables::kNft), Proxy::kNone, sandbox().directory());
    engine.connect(container, kApp);
    if (GetParam().iptables)
        engine.publish(kApp);
    else
        nft("table inet pods { chain pre { type nat hook prerouting priority -100; "
            "fib daddr type local tcp dport 1000 dnat ip to 172.17.0.3:1000; "
            "fib daddr type local tcp dport 1000 dnat ip6 to [fd17::3]:1000; }; }");
    auto app = make_in<App>(container, "app", "::", std::uint16_t{1000});
    const Attempt holds = listen_on("::", 1000);
    ASSERT_EQ(holds.refusal(), "");
    load(kFollowed);

    start_haproxy();

    expect_followed();
    app.reset();
    EXPECT_TRUE(haproxy_shows("DOWN")) << haproxy_status();
}

INSTANTIATE_TEST_SUITE_P(By, RemoteHeldPortTest,
                         testing::Values(Publisher{"IptablesLegacy", Iptables::kLegacy},
                                         Publisher{"IptablesNft", Iptables::kNft}, Publisher{"Nft", std::nullopt}),
                         [](const auto& publisher) { return publisher.param.name; });

}  // namespace
}  // namespace zdr::test
