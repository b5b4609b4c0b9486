// The look-up of a host's name, which has a thread of its own. tests/fuzz runs these with TSan, too.
#include "zdr/net/host_lookup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "address_of.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatient = 30s;

TEST(HostLookup, AnAddressIsItself) {
    for (const char* host : {"10.0.0.9", "2001:db8::9"}) {
        const auto found = look_up_host(host, Port(9999), 0ms);

        ASSERT_TRUE(found) << found.error().text;
        ASSERT_EQ(found->size(), 1U);
        EXPECT_EQ(address_of(reinterpret_cast<const sockaddr*>(&found->front().storage)), *Address::parse(host));
    }
}

TEST(HostLookup, ANameHasAnAddress) {
    const auto found = look_up_host("localhost", Port(9999), kPatient);

    ASSERT_TRUE(found) << found.error().text;
    ASSERT_FALSE(found->empty());
}

TEST(HostLookup, ANameThatIsNoneHasNone) {
    EXPECT_FALSE(look_up_host("no host has a blank", Port(9999), kPatient));
}

// Those that get no time leave their threads behind, which end while others look up.
TEST(HostLookup, ManyAtOnceDoNotDisturbEachOther) {
    std::atomic<int> found = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 25; ++j) {
                (void)look_up_host("localhost", Port(9999), 0ms);
                if (look_up_host("localhost", Port(9999), kPatient)) ++found;
            }
        });
    for (std::thread& one : threads) one.join();

    EXPECT_EQ(found, 8 * 25);
}

}  // namespace
}  // namespace zdr::test
