#include "ctl/run.h"

#include <fmt/core.h>

#include "cli/parse.h"
#include "ctl/command_table.h"
#include "zdr/base/text.h"
#include "zdr/kernel/state_dir.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

// "drain webA, webB"
std::string format_context(const cli::Parsed& parsed) {
    return fmt::format("{}{}{}", parsed.command->name, parsed.words.empty() ? "" : " ", format_names(names_of(parsed)));
}

// What is wrong in a file is nothing that the help of the command tells.
bool is_about_file(const Error& error, const cli::Parsed& parsed) {
    if (parsed.command->words.kind != cli::Kind::kFile || parsed.words.empty()) return false;
    const std::string& file = parsed.words.front();
    return error.text.starts_with(file == "-" ? "standard input" : file);
}

Result<void> run_command(const cli::Parsed& parsed, Env& env) {
    const auto common = common_options(parsed, env);
    auto done = common ? run_of(*parsed.command)(parsed, *common, env) : tl::unexpected(common.error());
    if (done) return {};
    done = tl::unexpected(
        with_variable(std::move(done.error()), parsed.value("state-dir"), env.variable(kStateDirVariable)));
    if (done.error().code == make_error_code(Errc::kUsage) && is_about_file(done.error(), parsed))
        return fail_with(parsed.command->name, std::move(done));
    if (done.error().code == make_error_code(Errc::kUsage))
        return cli::fail_usage(program(), parsed.command, done.error().text);
    return fail_with(format_context(parsed), std::move(done));
}

int report(const Error& error, Env& env) {
    env.err(fmt::format("zdrctl: {}\n", printable(error.text)));
    return exit_status(error);
}

int show(const cli::Answer& answer, Env& env) {
    if (answer.exit_status != 0) {
        env.err(answer.text);
        return answer.exit_status;
    }
    const auto shown = unless_reader_left(env.out(answer.text));
    return shown ? 0 : report(shown.error(), env);
}

}  // namespace

int run(std::span<const std::string> args, Env& env) {
    const auto parsed = cli::parse(program(), args);
    if (!parsed) return report(parsed.error(), env);
    if (parsed->answer) return show(*parsed->answer, env);
    const auto done = run_command(*parsed, env);
    return done ? 0 : report(done.error(), env);
}

}  // namespace zdr::ctl
