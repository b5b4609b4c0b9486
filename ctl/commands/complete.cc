// The command complete: what a shell may put in the place of the last word of a command line. The shells' scripts
// (packaging/completion) only ask this.
#include <algorithm>
#include <string>

#include "ctl/command_context.h"
#include "ctl/options.h"
#include "zdr/control/server_lookup.h"

namespace zdr::ctl {
namespace {

using Words = std::span<const std::string>;

// The option of a command (null: one that all have) that a word is, in its long form.
const Option* find_option(const Command* command, std::string_view word) {
    const auto search = [&](std::span<const Option> options) -> const Option* {
        const auto found = std::find_if(options.begin(), options.end(),
                                        [&](const Option& one) { return word == "--" + std::string(long_name(one)); });
        return found == options.end() ? nullptr : &*found;
    };
    const Option* common = search(common_options());
    return common != nullptr || command == nullptr ? common : search(command->options);
}

std::vector<std::string> names_of_options(const Command* command) {
    std::vector<std::string> out;
    const auto add = [&](std::span<const Option> options) {
        for (const Option& one : options) out.push_back("--" + std::string(long_name(one)));
    };
    if (command != nullptr) add(command->options);
    add(common_options());
    return out;
}

std::vector<std::string> names_of_commands() {
    std::vector<std::string> out;
    for (const Command& one : commands()) out.emplace_back(one.name);
    return out;
}

// Where zdr is not loaded, or may not be asked, there is nothing to offer: a shell has no place for an error.
std::vector<std::string> names_of_servers(Options options, Words before, Env& env) {
    for (std::size_t i = 0; i + 1 < before.size(); ++i)
        if (before[i] == "--state-dir") options.state_dir = before[i + 1];
    auto opened = open_table(make_context(options, env), Access::kRead);
    if (!opened) return {};
    auto entries = opened->table.list();
    if (!entries) return {};
    std::vector<std::string> out;
    for (ServerEntry& one : *entries)
        if (std::find(before.begin(), before.end(), one.server.name) == before.end())
            out.push_back(std::move(one.server.name));
    return out;
}

// before: the words in front of the last one, which is begun.
std::vector<std::string> candidates(Words before, const std::string& begun, const Options& options, Env& env) {
    const auto position = command_position(before);
    const Command* command = position ? find_command(before[*position]) : nullptr;
    if (position && command == nullptr) return {};
    if (!before.empty()) {
        const Option* last = find_option(command, before.back());
        if (last != nullptr && last->argument != nullptr) return {};
    }
    if (command != nullptr && command->takes_command && std::find(before.begin(), before.end(), "--") != before.end())
        return {};
    if (begun.starts_with('-')) return names_of_options(command);
    if (command == nullptr || command->name == "help") return names_of_commands();
    const bool takes_servers = std::string_view(command->arguments).find("NAME...") != std::string_view::npos;
    return takes_servers ? names_of_servers(options, before, env) : std::vector<std::string>{};
}

}  // namespace

Result<void> complete(const Options& options, Env& env) {
    if (options.command.empty()) return {};
    const std::string& begun = options.command.back();
    std::string out;
    for (const std::string& one :
         candidates(Words(options.command).first(options.command.size() - 1), begun, options, env))
        if (one.starts_with(begun)) out += one + "\n";
    return env.out(out);
}

}  // namespace zdr::ctl
