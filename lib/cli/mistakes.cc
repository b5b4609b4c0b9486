#include "cli/mistakes.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/near_miss.h"
#include "zdr/base/text.h"

namespace zdr::cli {
namespace {

bool is_letter(char byte) {
    return byte > ' ' && byte < '\x7f' && byte != '"' && byte != '\\';
}

// -q of -q=yes: Boost takes "=" for the next letter of the group.
const Option* switch_with_value(const Token& token, std::span<const Option* const> options) {
    const auto equals = token.text.find('=');
    if (token.name != "-=" || equals < 2 || equals == std::string::npos) return nullptr;
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option* one) { return one->letter == token.text[equals - 1]; });
    return found == options.end() ? nullptr : *found;
}

}  // namespace

std::string format_word(std::string_view word) {
    constexpr std::size_t kLongest = 80;
    const bool is_plain = !word.empty() && word.size() <= kLongest && std::all_of(word.begin(), word.end(), is_letter);
    return is_plain ? std::string(word) : in_quotes(word);
}

std::string format_list(std::span<const std::string_view> values, std::string_view last_joint) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += i + 1 == values.size() ? fmt::format(" {} ", last_joint) : ", ";
        out += values[i];
    }
    return out;
}

std::string unknown_command(const Program& program, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Command* one : commands_of(program)) names.push_back(one->name);
    return fmt::format("unknown command {}{}", in_quotes(name), suggest(name, names));
}

std::string unknown_option(const Token& token, std::span<const Option* const> options) {
    if (const Option* one = switch_with_value(token, options)) return fmt::format("--{} takes no value", one->name);
    if (!token.name.starts_with("--")) {
        // Only the first byte of a letter that is not ASCII is in the name.
        return fmt::format("unknown option {}", format_word(is_letter(token.name[1]) ? token.name : token.text));
    }
    std::vector<std::string_view> names;
    names.reserve(options.size());
    for (const Option* one : options) names.push_back(one->name);
    return fmt::format("unknown option {}{}", format_word(token.name),
                       suggest(std::string_view(token.name).substr(2), names, "--"));
}

std::string missing_value(const Option& option, std::string_view next) {
    std::string out = fmt::format("--{} has no value", option.name);
    if (!next.empty())
        out += fmt::format("; one that begins with - is written {}",
                           format_word(fmt::format("--{}={}", option.name, next)));
    return out;
}

std::string unknown_value(const Option& option, std::string_view value) {
    return fmt::format("--{}: unknown value {}{}", option.name, in_quotes(value),
                       nearest(value, option.allowed).empty()
                           ? fmt::format("; write {}", format_list(option.allowed, "or"))
                           : suggest(value, option.allowed));
}

std::string missing_option(const Option& option) {
    if (option.kind != Kind::kOneOf) return fmt::format("--{} is missing", option.name);
    return fmt::format("--{} is missing: {}", option.name, format_list(option.allowed, "or"));
}

}  // namespace zdr::cli
