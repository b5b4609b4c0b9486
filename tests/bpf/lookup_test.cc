// The socket look-up, on addresses and ports alone: what it refuses, and that it counts one connection once.
#include "bpf_test.h"

namespace zdr::test {
namespace {

class LookupTest : public BpfTest, public testing::WithParamInterface<const char*> {
  protected:
    Packet check(std::uint16_t source_port = 40000) const {
        Packet out{.source_port = source_port};
        return std::string(GetParam()) == "IPv6" ? v6_packet(out) : out;
    }
};

INSTANTIATE_TEST_SUITE_P(Family, LookupTest, testing::Values("IPv4", "IPv6"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(LookupTest, RefusesWhatIsDrainedAlone) {
    EXPECT_FALSE(zdr().is_refused(check()));
    zdr().set_state(0, ZDR_DRAIN);
    EXPECT_TRUE(zdr().is_refused(check()));

    Packet other = check();
    for (const std::uint16_t port : {kAppPort, kBackupStatusPort, std::uint16_t{2002}}) {
        other.dest_port = port;
        EXPECT_FALSE(zdr().is_refused(other)) << port;
    }
    zdr().set_state(0, ZDR_MAINT);
    other.dest_port = kBackupStatusPort;
    EXPECT_TRUE(zdr().is_refused(other));
}

TEST_P(LookupTest, CountsAConnectionThatIsLookedUpAgainOnce) {
    zdr().set_state(0, ZDR_DRAIN);

    for (int i = 0; i < 5; ++i) EXPECT_TRUE(zdr().is_refused(check()));
    EXPECT_EQ(zdr().counters(0).refused, 1u);
    EXPECT_TRUE(zdr().is_refused(check(40001)));
    EXPECT_TRUE(zdr().is_refused(check()));

    EXPECT_EQ(zdr().counters(0).refused, 3u);
}

TEST_P(LookupTest, CountsNothingThatIsReady) {
    for (std::uint16_t port = 40000; port < 40010; ++port) EXPECT_FALSE(zdr().is_refused(check(port)));

    EXPECT_EQ(zdr().counters(0).redirected + zdr().counters(0).refused, 0u);
}

}  // namespace
}  // namespace zdr::test
