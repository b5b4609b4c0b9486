#include "zdr/base/error.h"

#include <utility>

namespace zdr {
namespace {

class Category final : public std::error_category {
  public:
    const char* name() const noexcept override { return "zdr"; }
    std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::kFailed:
                return "failed";
            case Errc::kUsage:
                return "usage";
            case Errc::kNotLoaded:
                return "zdr is not loaded";
            case Errc::kTimedOut:
                return "timed out";
            case Errc::kUnsafe:
                return "refused for safety";
            case Errc::kNoSuchServer:
                return "no such server";
            case Errc::kNotPermitted:
                return "not permitted";
            case Errc::kInterrupted:
                return "interrupted";
        }
        return "unknown";
    }
};

}  // namespace

const std::error_category& zdr_category() {
    static const Category category;
    return category;
}

std::error_code make_error_code(Errc errc) {
    return {static_cast<int>(errc), zdr_category()};
}

Error Error::with(std::string_view context) && {
    text.insert(0, std::string(context) + ": ");
    return std::move(*this);
}

tl::unexpected<Error> fail(Errc errc, std::string text) {
    return tl::unexpected(Error{make_error_code(errc), std::move(text)});
}

tl::unexpected<Error> fail_errno(std::string_view what, int error) {
    const std::error_code code(error, std::generic_category());
    return tl::unexpected(Error{code, std::string(what) + ": " + code.message()});
}

int exit_status(const Error& error) {
    if (error.code.category() == zdr_category()) return error.code.value();
    if (error.code == std::errc::permission_denied || error.code == std::errc::operation_not_permitted)
        return static_cast<int>(Errc::kNotPermitted);
    return static_cast<int>(Errc::kFailed);
}

}  // namespace zdr
