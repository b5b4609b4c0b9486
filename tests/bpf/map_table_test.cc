// The table of maps that user space goes by is that of the programs.
#include <algorithm>
#include <cstring>

#include "bpf_test.h"
#include "zdr/kernel/map_table.h"

namespace zdr::test {
namespace {

constexpr std::size_t kLongestName = 15;  // bytes that the kernel keeps of a name

using MapTableTest = BpfTest;

TEST_F(MapTableTest, HasEveryMapOfTheProgramsWithItsSizes) {
    auto maps = zdr().maps();

    // One is the programs' own, for the length of a packet.
    EXPECT_EQ(std::erase_if(maps, [](const MapInfo& one) { return one.name == "zdr_looked_up"; }), 1u);
    EXPECT_EQ(maps.size(), kPinnedMaps.size());
    for (const MapInfo& map : maps) {
        const auto found = std::find_if(kPinnedMaps.begin(), kPinnedMaps.end(),
                                        [&](const MapSpec& one) { return one.name == map.name; });
        ASSERT_NE(found, kPinnedMaps.end()) << map.name;
        EXPECT_EQ(found->key_size, map.key_size) << map.name;
        EXPECT_EQ(found->value_size, map.value_size) << map.name;
    }
}

TEST_F(MapTableTest, NamesAreKeptWholeByTheKernel) {
    for (const MapSpec& map : kPinnedMaps) EXPECT_LE(std::strlen(map.name), kLongestName) << map.name;
    EXPECT_LE(std::strlen(kRedirectTrie.name), kLongestName);
}

}  // namespace
}  // namespace zdr::test
