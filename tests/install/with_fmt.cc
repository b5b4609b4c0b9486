// A program that has a fmt of its own, as headers and with the locale's thousands, beside the one inside libzdr.
#include <fmt/format.h>
#include <zdr/base/duration.h>
#include <zdr/base/error.h>
#include <zdr/control/context.h>
#include <zdr/control/set_state.h>

#include <cstdio>
#include <locale>
#include <string>

#ifdef FMT_STATIC_THOUSANDS_SEPARATOR
#error "libzdr defines a macro of fmt for its users"
#endif

namespace {

class Dots : public std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

}  // namespace

int main() {
    const std::locale dots(std::locale::classic(), new Dots);
    const std::string number = fmt::format(dots, "{:L}", 1234567);

    zdr::Context context;
    context.state_dir = "/nonexistent";
    const std::string server = "webA";
    const auto drained = zdr::set_state({&server, 1}, {}, context);

    const std::string error = drained ? "none" : drained.error().text;
    const bool is_right = number == "1.234.567" && !drained && error.find("/nonexistent") != std::string::npos;
    std::printf("%s: the number is %s, the error %s\n", is_right ? "right" : "wrong", number.c_str(), error.c_str());
    return is_right ? 0 : 1;
}
