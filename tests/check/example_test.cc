// The examples of configuration that are shipped are accepted.
#include <gtest/gtest.h>

#include "zdr/config/config.h"

namespace zdr {
namespace {

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, Parses) {
    const auto config = read_config(std::string(ZDR_SOURCE_DIR "/") + GetParam());

    ASSERT_TRUE(config) << config.error().text;
    EXPECT_FALSE(config->servers.empty());
}

INSTANTIATE_TEST_SUITE_P(Check, Example, testing::Values("packaging/zdr.conf", "scripts/demo.d/zdr.conf"));

}  // namespace
}  // namespace zdr
