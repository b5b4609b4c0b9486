#include "cli/help.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace zdr::cli {
namespace {

constexpr std::size_t kColumns = 100;

// "    --reason TEXT" or "-q, --quiet"
std::string format_usage(const Option& option) {
    std::string out = option.letter == '\0' ? "    " : fmt::format("-{}, ", option.letter);
    out += fmt::format("--{}", option.name);
    if (!option.is_switch()) out += fmt::format(" {}", option.argument);
    return out;
}

// One row: the text is broken at spaces so that it ends within kColumns.
std::string format_row(std::string_view left, std::size_t width, std::string_view text) {
    const std::size_t begin = 2 + width + 2;
    const std::size_t room = std::max<std::size_t>(kColumns - std::min(begin, kColumns), 20);
    std::string out = fmt::format("  {:<{}}  ", left, width);
    while (text.size() > room) {
        auto space = text.rfind(' ', room);
        if (space == std::string_view::npos) space = text.find(' ');
        if (space == std::string_view::npos) break;
        out += fmt::format("{}\n{:{}}", text.substr(0, space), "", begin);
        text.remove_prefix(space + 1);
    }
    return out += fmt::format("{}\n", text);
}

std::size_t widest(std::span<const Option* const> options) {
    std::size_t out = 0;
    for (const Option* one : options) out = std::max(out, format_usage(*one).size());
    return out;
}

std::vector<const Option*> read_by(const Command& command, std::span<const Option* const> options) {
    std::vector<const Option*> out;
    std::copy_if(options.begin(), options.end(), std::back_inserter(out),
                 [&](const Option* one) { return is_read_by(*one, command); });
    return out;
}

std::string format_options(std::string_view title, std::span<const Option* const> options, std::size_t width) {
    if (options.empty()) return {};
    std::string out = fmt::format("\n{}:\n", title);
    for (const Option* one : options)
        out +=
            format_row(format_usage(*one), width, fmt::format("{}{}", one->help, one->required ? " (required)" : ""));
    return out;
}

std::string format_beginning(const Program& program) {
    return fmt::format("usage: {} {}\n\n{}\n", program.name, program.arguments, program.summary);
}

std::string format_commands(const Program& program) {
    const auto commands = commands_of(program);
    std::size_t width = 0;
    for (const Command* one : commands) width = std::max(width, one->name.size());
    std::string out = "\ncommands:\n";
    for (const Command* one : commands) out += format_row(one->name, width, one->summary);
    return out;
}

}  // namespace

std::string format_help(const Program& program) {
    const auto common = common_options_of(program);
    std::string out =
        format_beginning(program) + format_commands(program) + format_options("common options", common, widest(common));
    if (!program.closing.empty()) out += fmt::format("\n{}", program.closing);
    return out;
}

std::string format_help(const Program& program, const Command& command) {
    const std::string arguments = format_arguments(command);
    const auto all = read_by(command, options_of(program, command));
    const auto own = std::span(all).first(command.options.size());
    return fmt::format("usage: {} {}{}{}{}\n\n{}\n{}", program.name, command.name, own.empty() ? "" : " [OPTION...]",
                       arguments.empty() ? "" : " ", arguments, command.summary, command.details) +
           format_options("options", own, widest(all)) +
           format_options("common options", std::span(all).subspan(own.size()), widest(all));
}

std::string format_short_help(const Program& program) {
    return format_beginning(program) + format_commands(program) +
           fmt::format("\nTry {} help, or {} help COMMAND.\n", program.name, program.name);
}

}  // namespace zdr::cli
