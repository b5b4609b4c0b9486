// zdr-loader: puts zdr's programs and maps into the kernel, keeps, upgrades and removes them. Run by root.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "cli/complete.h"
#include "cli/parse.h"
#include "datapath.h"
#include "log.h"
#include "options.h"
#include "probe/live_probe.h"
#include "report.h"
#include "zdr/base/error.h"
#include "zdr/base/text.h"
#include "zdr/config/config.h"

namespace zdr::loader {
namespace {

void log_changes(const Changes& changes) {
    if (!changes.published_unknown.empty()) log_warning(changes.published_warning());
    for (const Server& one : changes.added) log_step(fmt::format("added {}: {}", one.name, format_settings(one)));
    for (const ChangedServer& one : changes.changed)
        log_step(fmt::format("changed {}: {}", one.after.name, format_difference(one.before, one.after)));
    for (const Server& one : changes.removed) log_step("removed " + one.name);
}

Result<Loaded> load_file(const LoadOptions& options) {
    if (auto root = require_root("load"); !root) return tl::unexpected(root.error());
    auto config = read_config(options.config);
    if (!config) return tl::unexpected(std::move(config.error()));
    if (options.cgroup) config->cgroup = *options.cgroup;
    if (!options.interfaces.empty()) config->interfaces = options.interfaces;
    return load(options.state_dir, *config);
}

Result<int> run_load(const LoadOptions& options) {
    auto loaded = options.keeps ? load_kept(options.state_dir) : load_file(options);
    if (!loaded) return tl::unexpected(std::move(loaded.error()));
    log_changes(loaded->changes);
    for (const std::string& problem : find_problems(options.state_dir)) log_warning(problem);
    log_result(format_loaded(*loaded));
    log_step(fmt::format("{} at {}, attached to {}, redirect proved", loaded->upgraded ? "upgraded" : "loaded",
                         options.state_dir, loaded->cgroup));
    return 0;
}

Result<int> run_unload(const UnloadOptions& options) {
    auto removed = unload(options.state_dir);
    if (!removed) return tl::unexpected(std::move(removed.error()));
    log_step(fmt::format("{} at {}", *removed ? "removed what was" : "nothing is loaded", options.state_dir));
    return 0;
}

Result<int> run_check(const CheckOptions& options) {
    bool works = true;
    std::vector<Finding> findings;
    if (options.probes) {
        if (auto root = require_root("make up a host"); !root) return tl::unexpected(root.error());
        auto probed = probe_host(options.state_dir);
        if (!probed) return tl::unexpected(std::move(probed.error()).with("--probe"));
        findings = std::move(*probed);
    } else {
        findings = check_host(options.cgroup, Config{}.group);
    }
    for (const Finding& finding : findings) {
        fmt::print("{:<8} {:<20} {}\n",
                   finding.ok         ? "ok"
                   : finding.required ? "missing"
                                      : "note",
                   finding.need, finding.detail);
        works = works && (finding.ok || !finding.required);
    }
    return works ? 0 : 1;
}

int run_complete(const std::vector<std::string>& words) {
    const auto no_servers = [](const cli::Parsed&) { return std::vector<std::string>(); };  // no command names any
    fmt::print("{}", cli::format_completion(cli::complete(program(), words, no_servers)));
    return 0;
}

// A command of the table, and what runs it.
struct Runner {
    std::string_view name;
    Result<int> (*run)(const cli::Parsed& parsed);
};

constexpr Runner kRunners[] = {
    {"load", [](const cli::Parsed& parsed) { return run_load(load_options(parsed)); }},
    {"unload", [](const cli::Parsed& parsed) { return run_unload(unload_options(parsed)); }},
    {"check", [](const cli::Parsed& parsed) { return run_check(check_options(parsed)); }},
    {cli::kCompleteCommand.name, [](const cli::Parsed& parsed) -> Result<int> { return run_complete(parsed.after); }},
};

Result<int> run(const cli::Parsed& parsed) {
    const auto found = std::find_if(std::begin(kRunners), std::end(kRunners),
                                    [&](const Runner& one) { return one.name == parsed.command->name; });
    if (found == std::end(kRunners)) return fail(Errc::kFailed, "nothing runs this command");
    return found->run(parsed);
}

int report(const Error& error) {
    fmt::print(stderr, "zdr-loader: {}\n", printable(error.text));
    return exit_status(error);
}

int show(const cli::Answer& answer) {
    std::FILE* stream = answer.exit_status == 0 ? stdout : stderr;
    fmt::print(stream, "{}", answer.text);
    return std::fflush(stream) == 0 ? answer.exit_status : 1;
}

int run_program(const std::vector<std::string>& args) {
    auto parsed = cli::parse(program(), args);
    if (!parsed) return report(parsed.error());
    if (parsed->answer) return show(*parsed->answer);
    if (auto judged = judge_options(*parsed); !judged) return report(judged.error());
    begin_log(parsed->flag("verbose"));
    auto status = run(*parsed);
    if (!status) return report(with_state_dir_variable(std::move(status.error()), *parsed).with(parsed->command->name));
    return std::fflush(stdout) == 0 ? *status : 1;
}

}  // namespace
}  // namespace zdr::loader

int main(int argc, char** argv) {
    try {
        return zdr::loader::run_program({argv + (argc > 0), argv + argc});
    } catch (const std::exception& error) {  // no memory left, say
        std::fputs("zdr-loader: ", stderr);
        std::fputs(error.what(), stderr);
        std::fputc('\n', stderr);
        return 1;
    }
}
