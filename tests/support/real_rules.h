// Firewall rules as the tools of real hosts print them; ZDR_RULES_DIR has them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace zdr::test {

inline std::string real_rules(const std::string& name) {
    std::ifstream file(ZDR_RULES_DIR "/" + name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace zdr::test
