// Whether a test that cannot run here fails rather than being skipped.
#pragma once

#include <cstdlib>
#include <cstring>

namespace zdr::test {

// A skip that fails where the tests must all run.
inline bool is_strict() {
    const char* strict = std::getenv("ZDR_TEST_STRICT");
    return strict != nullptr && std::strcmp(strict, "1") == 0;
}

}  // namespace zdr::test
