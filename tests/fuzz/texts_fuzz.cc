// Text that others may choose (who, why, names) on its way to a terminal, a log line and an error.
#include "fuzz_target.h"
#include "zdr/base/columns.h"
#include "zdr/base/text.h"
#include "zdr/model/flip.h"
#include "zdr/model/flip_log_line.h"

namespace zdr::test {
namespace {

// The keys of a log line, split as its contract says: "server from to".
std::string keys_of(std::string_view line) {
    std::string out;
    bool is_quoted = false;
    bool is_key = true;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char byte = line[i];
        if (is_quoted && byte == '\\') {
            ++i;
        } else if (byte == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (byte == '=' || byte == ' ')) {
            is_key = byte == ' ';
            if (is_key) out += ' ';
        } else if (is_key && !is_quoted) {
            out += byte;
        }
    }
    require(!is_quoted, "a quote without end", line);
    return out;
}

void try_log_line(std::string_view input) {
    const auto half = input.size() / 2;
    auto flip = make_flip(State::kDrain, 1000, std::string(input.substr(0, half)), std::string(input.substr(half)));
    require(flip.has_value() == (input.size() - half <= kLongestReason && is_plain_text(input.substr(half))),
            "a reason is judged otherwise than is_plain_text() does", input);
    if (!flip) {
        require_sentence(flip.error().text);
        return;
    }
    const std::string line = format_flip_log_line(input, State::kReady, *flip);
    require_printable(line);
    const std::string keys = flip->reason.empty() ? "server from to by uid" : "server from to by uid reason";
    require(keys_of(line) == keys, "a forged field", line);
}

}  // namespace

void try_input(std::string_view input) {
    const std::string shown = printable(input);
    require_printable(shown);
    require(printable(shown) == shown, "what is printable is changed", shown);
    require(is_plain_text(shown), "what is printable is no plain text", shown);
    require(shown.size() <= input.size(), "it grows", shown);
    require(display_width(shown) <= input.size(), "more columns than bytes", shown);
    require(shown != input || is_plain_text(input), "shown as it is, and no plain text", input);

    const std::string quoted = in_quotes(input);
    require_sentence(quoted);
    require(quoted.size() <= 90 && quoted.find('"', 1) == quoted.size() - 1, "a quote within", quoted);

    try_log_line(input);
}

}  // namespace zdr::test
