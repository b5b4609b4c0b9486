// The files of the last flips, which a member of the group may write: what is read of one, written and read again is
// the same flip.
#include <chrono>
#include <optional>
#include <string>

#include "fuzz_target.h"
#include "zdr/model/last_flips.h"

namespace zdr::test {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kBoot = std::chrono::hours(5);
constexpr nanoseconds kUnix = std::chrono::hours(24 * 365 * 56);

// A lease may be a nanosecond shorter: since_boot 0 means never, so that it is -1 then.
bool is_same_time(const std::optional<nanoseconds>& a, const std::optional<nanoseconds>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return *a - *b <= nanoseconds(1) && *b - *a <= nanoseconds(1);
}

void try_path(const std::string& path) {
    const std::string name = escape_path(path);
    require(name.find('/') == std::string::npos, "a slash in a name", name);
    require(escape_path("/" + path) == name, "another name with one slash more", path);
}

}  // namespace

void try_input(std::string_view input) {
    try_path(std::string(input));
    const auto flip = parse_last_flip(std::string(input), kBoot, kUnix);
    if (!flip) {
        require_sentence(flip.error().text);
        return;
    }
    require_printable(flip->by);
    require_printable(flip->reason);
    require(flip->reason.size() <= kLongestReason, "a long reason", flip->reason);
    if (flip->since_boot.count() == 0) return;  // its time was over

    for (const nanoseconds later : {nanoseconds(0), nanoseconds(1), nanoseconds(std::chrono::minutes(10))}) {
        const bool is_over = flip->expires_boot && *flip->expires_boot <= kBoot + later + nanoseconds(1);
        if (is_over) continue;
        const std::string text = format_last_flip(*flip, kBoot + later, kUnix + later);

        const auto again = parse_last_flip(text, kBoot + later, kUnix + later);

        require(again.has_value(), "a file of zdr's own is refused", again ? "" : again.error().text + "\n" + text);
        require(again->state == flip->state && again->uid == flip->uid, "another state or user", text);
        require(again->by == flip->by && again->reason == flip->reason, "another who or why", text);
        require(is_same_time(again->expires_boot, flip->expires_boot), "another end", text);
        require(again->since_boot.count() != 0, "never flipped", text);
    }
}

}  // namespace zdr::test
