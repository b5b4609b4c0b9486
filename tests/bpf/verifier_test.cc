// The kernel accepts each program, and the verifier does not come near its limit of a million instructions on the way.
#include <fmt/core.h>

#include "bpf_test.h"

namespace zdr::test {
namespace {

constexpr std::uint32_t kMostVerified = 100'000;

using VerifierTest = BpfTest;

TEST_F(VerifierTest, EveryProgramIsAcceptedWithRoomToSpare) {
    const auto programs = zdr().programs();

    ASSERT_FALSE(programs.empty());
    for (const ProgramInfo& program : programs) {
        fmt::print("{:20} {:6} instructions verified, {:6} bytes translated, {:6} native\n", program.name,
                   program.verified_instructions, program.translated_bytes, program.native_bytes);
        EXPECT_GT(program.verified_instructions, 0u) << program.name;
        EXPECT_LT(program.verified_instructions, kMostVerified) << program.name;
    }
}

}  // namespace
}  // namespace zdr::test
