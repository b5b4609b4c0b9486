// The addresses of the host that runs the test.
#include "zdr/net/local_addresses.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zdr {
namespace {

TEST(LocalAddresses, HaveTheLoopback) {
    const auto addresses = local_addresses();

    ASSERT_TRUE(addresses) << addresses.error().text;
    EXPECT_NE(std::find(addresses->begin(), addresses->end(), *Address::parse("127.0.0.1")), addresses->end());
}

}  // namespace
}  // namespace zdr
