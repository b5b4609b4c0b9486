// The command help: everything it says comes from the table of commands.
#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "ctl/command_table.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

// "--reason TEXT" or "-q, --quiet"
std::string usage_of(const Option& option) {
    const std::string_view name = option.name;
    const auto comma = name.find(',');
    std::string out = comma == std::string_view::npos
                          ? fmt::format("    --{}", name)
                          : fmt::format("-{}, --{}", name.substr(comma + 1), name.substr(0, comma));
    if (option.argument != nullptr) out += fmt::format(" {}", option.argument);
    return out;
}

std::string list(std::string_view title, std::span<const Option> options) {
    std::size_t columns = 20;
    for (const Option& option : options) columns = std::max(columns, usage_of(option).size());
    std::string out = fmt::format("\n{}:\n", title);
    for (const Option& option : options) out += fmt::format("  {:<{}}  {}\n", usage_of(option), columns, option.help);
    return out;
}

std::string help_of(const Command& command) {
    const bool has_options = !command.options.empty();
    const std::string_view arguments = command.arguments;
    std::string out = fmt::format("usage: zdrctl {}{}{}{}\n\n{}\n", command.name, has_options ? " [OPTION...]" : "",
                                  arguments.empty() ? "" : " ", arguments, command.summary);
    out += command.notes;
    if (has_options) out += list("options", command.options);
    return out + list("common options", common_options());
}

std::string help_of_all() {
    std::string out =
        "usage: zdrctl COMMAND [OPTION...] [NAME...]\n\n"
        "Shows the servers whose status ports zdr redirects, and flips them.\n\ncommands:\n";
    for (const Command& command : commands()) out += fmt::format("  {:<8}  {}\n", command.name, command.summary);
    out += list("common options", common_options());
    out +=
        "\nA NAME may be a pattern of servers, in quotes: 'web*', 'web?', 'web[1-3]'. One that\n"
        "begins with - follows --.\n\n"
        "exit status: 0 done, 1 failed, 2 usage, 3 zdr is not loaded, 4 timed out while waiting,\n"
        "5 refused for safety, 6 no such server, 7 not permitted\n";
    return out;
}

}  // namespace

Result<void> help(const Options& options, Env& env) {
    if (options.names.empty()) return env.out(help_of_all());
    if (options.names.size() > 1) return fail(Errc::kUsage, "more than one command is named");
    const Command* command = find_command(options.names.front());
    if (command == nullptr) return fail(Errc::kUsage, format_name(options.names.front()) + " is no command");
    return env.out(help_of(*command));
}

}  // namespace zdr::ctl
