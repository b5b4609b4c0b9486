// Slots for new servers: below the limit whatever is there, and nobody's state in another's hands.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "zdr/model/slots.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

using From = NewSlot::From;

std::vector<std::uint32_t> first(std::uint32_t count) {
    std::vector<std::uint32_t> out(count);
    for (std::uint32_t i = 0; i < count; ++i) out[i] = i;
    return out;
}

TEST(Slots, TheLowestFreeOnesAreGivenFirst) {
    const std::vector<std::uint32_t> kept = {0, 2};
    const std::vector<RemovedSlot> removed = {{1, true}};

    const auto slots = assign_slots(kept, removed, {true, false});

    ASSERT_EQ(slots.size(), 2u);
    EXPECT_EQ(slots[0].slot, 3u);
    EXPECT_EQ(slots[1].slot, 4u);
    for (const NewSlot& one : slots) EXPECT_EQ(one.from, From::kFree) << "a slot of one that goes is not free yet";
}

TEST(Slots, NoneIsGivenTwiceNorBeyondTheLimit) {
    const auto kept = first(1000);
    std::vector<RemovedSlot> removed;
    for (std::uint32_t slot = 1000; slot < ZDR_MAX_SERVERS - 10; ++slot) removed.push_back({slot, slot % 3 == 0});
    std::vector<bool> starts_ready(ZDR_MAX_SERVERS - 1000);
    for (std::size_t i = 0; i < starts_ready.size(); ++i) starts_ready[i] = i % 2 == 0;

    const auto slots = assign_slots(kept, removed, starts_ready);

    std::set<std::uint32_t> given;
    for (const NewSlot& one : slots) {
        EXPECT_GE(one.slot, 1000u);
        EXPECT_LT(one.slot, static_cast<std::uint32_t>(ZDR_MAX_SERVERS));
        EXPECT_TRUE(given.insert(one.slot).second) << one.slot;
    }
}

TEST(Slots, OfAFullTableReadyOnesGoFromReadyToReady) {
    const auto kept = first(ZDR_MAX_SERVERS - 2);
    const std::vector<RemovedSlot> removed = {{ZDR_MAX_SERVERS - 2, false}, {ZDR_MAX_SERVERS - 1, true}};

    const auto slots = assign_slots(kept, removed, {false, true});

    EXPECT_EQ(slots[0].slot, static_cast<std::uint32_t>(ZDR_MAX_SERVERS - 2));
    EXPECT_EQ(slots[0].from, From::kOtherState);
    EXPECT_EQ(slots[1].slot, static_cast<std::uint32_t>(ZDR_MAX_SERVERS - 1));
    EXPECT_EQ(slots[1].from, From::kSameState);
}

TEST(Slots, OneThatIsNotReadyOnBothSidesIsToldApart) {
    const auto kept = first(ZDR_MAX_SERVERS - 1);

    for (const bool was_ready : {true, false})
        for (const bool starts_ready : {true, false}) {
            const auto slots =
                assign_slots(kept, std::vector<RemovedSlot>{{ZDR_MAX_SERVERS - 1, was_ready}}, {starts_ready});
            EXPECT_EQ(slots[0].from, was_ready && starts_ready ? From::kSameState : From::kOtherState);
        }
}

}  // namespace
}  // namespace zdr::test
