// What every function of the library returns when it fails: a code for programs and a sentence for people.
// Callers add context in front, so that the user reads one line: "drain webA: open /run/zdr/...: Permission denied".
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace zdr {

// Failures that are zdr's own; each value is the exit status that the programs give for it.
enum class Errc {
    kFailed = 1,
    kUsage = 2,
    kNotLoaded = 3,
    kTimedOut = 4,
    kUnsafe = 5,
    kNoSuchServer = 6,
    kNotPermitted = 7,
    kInterrupted = 130,
};

const std::error_category& zdr_category();
std::error_code make_error_code(Errc errc);

struct Error {
    std::error_code code;
    std::string text;

    // The same error with "context: " in front of its sentence.
    Error with(std::string_view context) &&;
};

template <class T>
using Result = tl::expected<T, Error>;

tl::unexpected<Error> fail(Errc errc, std::string text);

// "what: strerror(error)", with the code of that errno.
tl::unexpected<Error> fail_errno(std::string_view what, int error = errno);

// The same failure with "context: " in front, for passing it on.
template <class T>
tl::unexpected<Error> fail_with(std::string_view context, Result<T>&& failed) {
    return tl::unexpected(std::move(failed.error()).with(context));
}

// The contract's exit status for an error: EPERM and EACCES are 7, whatever is not zdr's own is 1.
int exit_status(const Error& error);

}  // namespace zdr

template <>
struct std::is_error_code_enum<zdr::Errc> : std::true_type {};
