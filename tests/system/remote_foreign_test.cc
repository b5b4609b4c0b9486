// Somebody else's programs at the ingress of an interface that let packets pass and end the chain: a check is right,
// whoever came first.
#include "remote_foreign.h"

#include <system_error>
#include <tuple>

#include "remote_followed.h"
#include "support/app.h"

namespace zdr::test {
namespace {

using Where = RemotePassing::Where;

const char* name_of(Where where) {
    if (where == Where::kFirst) return "First";
    return where == Where::kLast ? "Last" : "Clsact";
}

// Where the other program is, and whether it was there before the load.
using Attached = std::tuple<Where, bool>;

class RemotePassingTest : public RemoteFollowedTest, public testing::WithParamInterface<Attached> {
  protected:
    // False where the kernel has no tcx.
    bool attach_other() {
        try {
            other_ = std::make_unique<RemotePassing>("zdr0", std::get<Where>(GetParam()));
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::invalid_argument) throw;
            return false;
        }
        return true;
    }

    std::unique_ptr<RemotePassing> other_;
};

TEST_P(RemotePassingTest, DisturbsNoCheck) {
    const bool is_before = std::get<bool>(GetParam());
    if (is_before && !attach_other()) GTEST_SKIP() << "this kernel has no tcx";
    load(kFollowed);
    if (!is_before && !attach_other()) GTEST_SKIP() << "this kernel has no tcx";
    const App app("app", "::", 1000);

    expect_flips_seen(client(), {"10.9.0.1", "fd09::1"});

    EXPECT_GT(other_->packets(), 0U);
}

INSTANTIATE_TEST_SUITE_P(At, RemotePassingTest,
                         testing::Combine(testing::Values(Where::kFirst, Where::kLast, Where::kClsact),
                                          testing::Bool()),
                         [](const auto& attached) {
                             return std::string(name_of(std::get<Where>(attached.param))) +
                                    (std::get<bool>(attached.param) ? "BeforeTheLoad" : "AfterTheLoad");
                         });

}  // namespace
}  // namespace zdr::test
