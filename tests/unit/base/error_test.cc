#include "zdr/base/error.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

TEST(Error, ExitStatusesAreThoseOfTheContract) {
    const std::pair<Errc, int> statuses[] = {{Errc::kFailed, 1},      {Errc::kUsage, 2},  {Errc::kNotLoaded, 3},
                                             {Errc::kTimedOut, 4},    {Errc::kUnsafe, 5}, {Errc::kNoSuchServer, 6},
                                             {Errc::kNotPermitted, 7}};
    for (const auto& [errc, status] : statuses) {
        const Error error = fail(errc, "it").value();

        EXPECT_EQ(exit_status(error), status);
        EXPECT_EQ(error.code, errc);
        EXPECT_NE(error.code.message(), "unknown");
    }
}

TEST(Error, ExitStatusesOfErrno) {
    EXPECT_EQ(exit_status(fail_errno("open it", EACCES).value()), 7);
    EXPECT_EQ(exit_status(fail_errno("open it", EPERM).value()), 7);
    EXPECT_EQ(exit_status(fail_errno("open it", ENOENT).value()), 1);
    EXPECT_EQ(exit_status(Error{std::error_code(EACCES, std::system_category()), ""}), 7);
    EXPECT_EQ(exit_status(Error{std::make_error_code(std::io_errc::stream), ""}), 1);
}

TEST(Error, ErrnoIsASentenceAndACode) {
    errno = ENOENT;

    const Error error = fail_errno("open /nowhere").value();

    EXPECT_EQ(error.text, "open /nowhere: No such file or directory");
    EXPECT_EQ(error.code, std::errc::no_such_file_or_directory);
}

TEST(Error, ContextComesInFrontAndTheCodeStays) {
    Result<int> failed = fail_errno("open it", EACCES);

    const Error error = fail_with("drain webA", std::move(failed)).value();

    EXPECT_EQ(error.text, "drain webA: open it: Permission denied");
    EXPECT_EQ(exit_status(error), 7);
}

TEST(Error, AnUnknownCodeOfOursHasAMessage) {
    EXPECT_EQ(zdr_category().message(99), "unknown");
    EXPECT_STREQ(zdr_category().name(), "zdr");
}

}  // namespace
}  // namespace zdr
