// libFuzzer's way into parse_config().
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "config_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string complaint = zdr::test::config_complaint({reinterpret_cast<const char*>(data), size});
    if (complaint.empty()) return 0;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
}
