// Who checks a server is noted in the kernel: the first two in its own record, others in a second one, and who finds no
// entry in either is counted and said to be missing.
#include "bpf_test.h"

namespace zdr::test {
namespace {

constexpr std::size_t kPlaces = std::size_t{ZDR_CHECKERS} + ZDR_OVERFLOW_CHECKERS;

class NotedCheckersTest : public BpfTest {
  protected:
    // Checks of a drained server by so many hosts, one each; every check is a connection of its own.
    void ask(std::size_t hosts, std::size_t first = 0) {
        for (std::size_t host = first; host < first + hosts; ++host) {
            Packet packet;
            packet.from = "127.1." + std::to_string(host / 250) + "." + std::to_string(1 + host % 250);
            packet.source_port = next_port_++;
            EXPECT_TRUE(zdr().is_refused(packet));
        }
    }
    // Three times, so that they are regular checkers.
    void ask_again_and_again(std::size_t hosts) {
        ask(hosts);
        ask(hosts);
        zdr().set_intervals(0, std::chrono::minutes(1));
        ask(hosts);
    }
    void SetUp() override {
        BpfTest::SetUp();
        zdr().set_state(0, ZDR_DRAIN);
    }

  private:
    std::uint16_t next_port_ = 10000;
};

TEST_F(NotedCheckersTest, TwoNeedNoSecondRecord) {
    for (int i = 0; i < 10; ++i) ask(2);

    EXPECT_EQ(zdr().checks(0).checkers.size(), 2u);
    EXPECT_EQ(zdr().overflow_records(), 0u);
    EXPECT_EQ(zdr().counters(0).refused, 20u);
}

TEST_F(NotedCheckersTest, SixteenAreKnownAndTheNextIsSaidToBeMissing) {
    ask_again_and_again(kPlaces);

    const Checks full = zdr().checks(0);
    EXPECT_EQ(full.checkers.size(), kPlaces);
    for (const Checker& one : full.checkers) EXPECT_EQ(one.refused_streak, 3u) << one.from;
    EXPECT_EQ(full.counters.refused, 3 * kPlaces);
    EXPECT_EQ(full.overflowed_boot.count(), 0);
    EXPECT_EQ(zdr().overflow_records(), 1u);

    ask(1, kPlaces);
    EXPECT_EQ(zdr().checks(0).checkers.size(), kPlaces);
    EXPECT_EQ(zdr().counters(0).refused, 3 * kPlaces + 1);
    EXPECT_NE(zdr().checks(0).overflowed_boot.count(), 0);
}

TEST_F(NotedCheckersTest, AFloodOfStrangersDisplacesNone) {
    ask_again_and_again(3);

    ask(2000, 100);
    ask(3);

    const Checks checks = zdr().checks(0);
    std::size_t regular = 0;
    for (const Checker& one : checks.checkers) regular += one.refused_streak == 4;
    EXPECT_EQ(regular, 3u);
    EXPECT_EQ(checks.counters.refused, 2012u);
    EXPECT_EQ(checks.overflowed_boot.count(), 0);
}

TEST_F(NotedCheckersTest, WithoutRoomForASecondRecordTheThirdIsSaidToBeMissing) {
    zdr().fill_overflow_records();
    ask_again_and_again(2);

    ask(1, 2);

    const Checks checks = zdr().checks(0);
    EXPECT_EQ(checks.checkers.size(), 2u);
    for (const Checker& one : checks.checkers) EXPECT_EQ(one.refused_streak, 3u) << one.from;
    EXPECT_EQ(checks.counters.refused, 7u);
    EXPECT_NE(checks.overflowed_boot.count(), 0);
}

}  // namespace
}  // namespace zdr::test
