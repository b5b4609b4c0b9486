// Another program on the cgroup hook: zdr works beside it, and it goes on as if zdr were not there.
#include "neighbour.h"

#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using NeighbourTest = SystemTest;

TEST_F(NeighbourTest, AttachedBeforeSeesEachConnectBeforeZdr) {
    const Neighbour neighbour(sandbox().cgroup(), Neighbour::How::kBesideOthers);
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const auto before = neighbour.connects();

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");

    EXPECT_EQ(neighbour.connects(), before + 1);
    EXPECT_EQ(neighbour.last_port(), 2000U);
}

TEST_F(NeighbourTest, AttachedAfterSeesEachConnectAfterZdr) {
    load(kWebA);
    const Neighbour neighbour(sandbox().cgroup(), Neighbour::How::kBesideOthers);
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");

    EXPECT_EQ(neighbour.connects(), 1U);
    EXPECT_EQ(neighbour.last_port(), 1000U);
}

TEST_F(NeighbourTest, SeesARefusedConnectToo) {
    const Neighbour neighbour(sandbox().cgroup(), Neighbour::How::kBesideOthers);
    load(kWebA);
    flip("drain", "webA");
    const auto before = neighbour.connects();

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");

    EXPECT_EQ(neighbour.connects(), before + 1);
}

TEST_F(NeighbourTest, StaysWhenZdrIsLoadedAgainAndUnloaded) {
    const Neighbour neighbour(sandbox().cgroup(), Neighbour::How::kBesideOthers);
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    load(kWebA);
    unload();
    const auto before = neighbour.connects();

    EXPECT_EQ(ask("127.0.0.1", 1000), "app");

    EXPECT_EQ(neighbour.connects(), before + 1);
}

TEST_F(NeighbourTest, OneThatAllowsNoOthersMakesLoadFailWithoutATrace) {
    const Neighbour neighbour(sandbox().cgroup(), Neighbour::How::kAlone);
    zdr().configure(kWebA);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("another program"), std::string::npos) << output.err;
    EXPECT_NE(ask("127.0.0.1", 1000), "app");
    EXPECT_EQ(neighbour.connects(), 1U);
}

}  // namespace
}  // namespace zdr::test
