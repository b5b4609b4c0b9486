#include "golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace zdr::test {

void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = std::string(ZDR_GOLDEN_DIR "/") + name;
    if (std::getenv("ZDR_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        return;
    }
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file.is_open()) << path << " is missing; ZDR_UPDATE_GOLDEN=1 writes it";
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(text, expected) << "differs from " << path;
}

}  // namespace zdr::test
