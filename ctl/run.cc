#include "ctl/run.h"

#include <fmt/core.h>

#include <vector>

#include "ctl/command_table.h"
#include "ctl/options.h"
#include "zdr/base/text.h"
#include "zdr/kernel/state_dir.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

// A usage error of a command (null: of the program), with where to read on.
tl::unexpected<Error> usage(const Command* command, Error error) {
    if (command == nullptr) return fail(Errc::kUsage, error.text + "; try zdrctl help");
    return fail(Errc::kUsage, fmt::format("{}: {}; try zdrctl help {}", command->name, error.text, command->name));
}

// "drain webA, webB"
std::string context(const Command& command, const Options& options) {
    return fmt::format("{}{}{}", command.name, options.names.empty() ? "" : " ", format_names(options.names));
}

Result<void> run_command(const Command& command, Options options, Env& env) {
    if (command.needs_names && options.names.empty())
        return usage(&command, {make_error_code(Errc::kUsage), "no server is named"});
    if (options.state_dir.empty())
        options.state_dir = env.variable(kStateDirVariable).value_or(std::string(kDefaultStateDir));
    auto done = command.run(options, env);
    if (!done && done.error().code == make_error_code(Errc::kUsage)) return usage(&command, std::move(done.error()));
    if (!done) return fail_with(context(command, options), std::move(done));
    return {};
}

// What --help and --version ask for comes before everything else.
Result<void> run_parsed(const Command* command, Options options, Env& env) {
    if (options.version) return env.out("zdrctl " ZDR_VERSION "\n");
    if (options.help) {
        options.names.clear();
        if (command != nullptr) options.names.emplace_back(command->name);
        return help(options, env);
    }
    if (command == nullptr) return usage(nullptr, {make_error_code(Errc::kUsage), "no command is given"});
    return run_command(*command, std::move(options), env);
}

Result<void> run_arguments(std::span<const std::string> args, Env& env) {
    const auto position = command_position(args);
    const auto before = args.first(position.value_or(args.size()));
    // Checked on its own, so that a command's option in front of the command is called by its name.
    if (!position || !before.empty()) {
        auto common = parse_options(nullptr, before);
        if (!common) return usage(nullptr, std::move(common.error()));
        if (!position || common->help || common->version) return run_parsed(nullptr, std::move(*common), env);
    }
    const Command* command = find_command(args[*position]);
    if (command == nullptr)
        return usage(nullptr, {make_error_code(Errc::kUsage), format_name(args[*position]) + " is no command"});

    std::vector<std::string> rest(before.begin(), before.end());
    rest.insert(rest.end(), args.begin() + static_cast<std::ptrdiff_t>(*position) + 1, args.end());
    auto options = parse_options(command, rest);
    if (!options) return usage(command, std::move(options.error()));
    return run_parsed(command, std::move(*options), env);
}

}  // namespace

int run(std::span<const std::string> args, Env& env) {
    const auto done = run_arguments(args, env);
    if (done) return 0;
    env.err(fmt::format("zdrctl: {}\n", printable(done.error().text)));
    return exit_status(done.error());
}

}  // namespace zdr::ctl
