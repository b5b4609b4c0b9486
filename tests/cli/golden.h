// Golden files: what the program must write, to the byte, kept beside the tests. ZDR_UPDATE_GOLDEN=1 writes them anew.
#pragma once

#include <string>

namespace zdr::test {

// A gtest failure, with both texts, unless text is the content of the golden file of that name.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace zdr::test
