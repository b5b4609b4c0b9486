#include "cli/program.h"

#include <algorithm>

namespace zdr::cli {
namespace {

constexpr Option kBuiltIn[] = {
    {.name = "help", .letter = 'h', .help = "show help and exit"},
    {.name = "version", .help = "show the version and exit"},
};

constexpr Command kHelp = {
    .name = "help",
    .summary = "show this, or the help of a command",
    .words = {.name = "COMMAND", .at_most = 1, .kind = Kind::kCommand},
};

}  // namespace

const Command& help_command() {
    return kHelp;
}

std::vector<const Command*> commands_of(const Program& program) {
    std::vector<const Command*> out;
    out.reserve(program.commands.size() + 1);
    for (const Command& one : program.commands)
        if (!one.is_for_scripts) out.push_back(&one);
    out.push_back(&kHelp);
    return out;
}

const Command* find_command(const Program& program, std::string_view name) {
    if (name == kHelp.name) return &kHelp;
    const auto found = std::find_if(program.commands.begin(), program.commands.end(),
                                    [&](const Command& one) { return one.name == name; });
    return found == program.commands.end() ? nullptr : &*found;
}

std::vector<const Option*> common_options_of(const Program& program) {
    std::vector<const Option*> out;
    out.reserve(program.common_options.size() + std::size(kBuiltIn));
    for (const Option& one : program.common_options) out.push_back(&one);
    for (const Option& one : kBuiltIn) out.push_back(&one);
    return out;
}

std::vector<const Option*> options_of(const Program& program, const Command& command) {
    std::vector<const Option*> out;
    for (const Option& one : command.options) out.push_back(&one);
    const auto common = common_options_of(program);
    out.insert(out.end(), common.begin(), common.end());
    return out;
}

bool is_read_by(const Option& option, const Command& command) {
    const auto& readers = option.readers;
    return readers.empty() || std::find(readers.begin(), readers.end(), command.name) != readers.end();
}

std::vector<std::string_view> owners_of(const Program& program, std::string_view typed) {
    const auto is_typed = [&](const Option& one) {
        const bool is_long = typed.starts_with("--");
        return is_long ? typed.substr(2) == one.name
                       : one.letter != '\0' && typed.size() == 2 && typed[0] == '-' && typed[1] == one.letter;
    };
    std::vector<std::string_view> out;
    for (const Command& one : program.commands)
        if (std::any_of(one.options.begin(), one.options.end(), is_typed)) out.push_back(one.name);
    return out;
}

const Option* find_option(std::span<const Option* const> options, std::string_view name) {
    const auto found =
        std::find_if(options.begin(), options.end(), [&](const Option* one) { return one->name == name; });
    return found == options.end() ? nullptr : *found;
}

std::string format_arguments(const Command& command) {
    std::string out;
    if (command.words.at_most > 0) {
        out = command.words.name;
        if (command.words.at_most > 1) out += "...";
        if (command.words.at_least == 0) out = "[" + out + "]";
    }
    if (command.trailing.name.empty()) return out;
    if (!out.empty()) out += ' ';
    const std::string trailing = "-- " + std::string(command.trailing.name) + "...";
    return out + (command.trailing.required ? trailing : "[" + trailing + "]");
}

}  // namespace zdr::cli
