// zdr-loader: puts zdr's programs and maps into the kernel, keeps, upgrades and removes them. Run by root.
#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>

#include "check.h"
#include "datapath.h"
#include "options.h"
#include "zdr/base/error.h"
#include "zdr/config/config.h"

namespace zdr::loader {
namespace {

void log_to_standard_error(bool verbose) {
    auto logger = spdlog::stderr_logger_st("zdr-loader");
    logger->set_pattern("%n: %v");
    logger->set_level(verbose ? spdlog::level::debug : spdlog::level::warn);
    spdlog::set_default_logger(std::move(logger));
}

void log_changes(const Changes& changes) {
    for (const Server& one : changes.added) spdlog::debug("added {}: {}", one.name, format_settings(one));
    for (const ChangedServer& one : changes.changed)
        spdlog::debug("changed {}: {}", one.after.name, format_difference(one.before, one.after));
    for (const Server& one : changes.removed) spdlog::debug("removed {}", one.name);
}

Result<int> run_load(const Options& options) {
    if (auto root = require_root("load"); !root) return tl::unexpected(root.error());
    auto config = read_config(options.config);
    if (!config) return tl::unexpected(std::move(config.error()));
    if (options.cgroup) config->cgroup = *options.cgroup;
    if (!options.interfaces.empty()) config->interfaces = options.interfaces;
    auto loaded = load(options.state_dir, *config);
    if (!loaded) return tl::unexpected(std::move(loaded.error()));
    log_changes(loaded->changes);
    spdlog::debug("{} at {}, attached to {}, redirect proved", loaded->upgraded ? "upgraded" : "loaded",
                  options.state_dir, loaded->cgroup);
    return 0;
}

Result<int> run_unload(const Options& options) {
    auto removed = unload(options.state_dir);
    if (!removed) return tl::unexpected(std::move(removed.error()));
    spdlog::debug("{} at {}", *removed ? "removed what was" : "nothing is loaded", options.state_dir);
    return 0;
}

Result<int> run_check(const Options& options) {
    bool works = true;
    for (const Finding& finding : check_host(options.cgroup, Config{}.group)) {
        fmt::print("{:<8} {:<20} {}\n",
                   finding.ok         ? "ok"
                   : finding.required ? "missing"
                                      : "note",
                   finding.need, finding.detail);
        works = works && (finding.ok || !finding.required);
    }
    return works ? 0 : 1;
}

Result<int> run(const Options& options) {
    if (options.command == "load") return run_load(options);
    if (options.command == "unload") return run_unload(options);
    if (options.command == "check") return run_check(options);
    fmt::print("{}", options.command == "help" ? help() : "zdr-loader " ZDR_VERSION "\n");
    return 0;
}

int report(const Options& options, const Error& error) {
    const std::string where = options.command.empty() ? "" : options.command + ": ";
    fmt::print(stderr, "zdr-loader: {}{}\n", where, error.text);
    return exit_status(error);
}

int run_program(int argc, const char* const* argv) {
    const auto options = parse_options(argc, argv);
    if (!options) return report({}, options.error());
    log_to_standard_error(options->verbose);
    const auto status = run(*options);
    if (!status) return report(*options, status.error());
    return std::fflush(stdout) == 0 ? *status : 1;
}

}  // namespace
}  // namespace zdr::loader

int main(int argc, char** argv) {
    try {
        return zdr::loader::run_program(argc, argv);
    } catch (const std::exception& error) {  // no memory left, say
        std::fputs("zdr-loader: ", stderr);
        std::fputs(error.what(), stderr);
        std::fputc('\n', stderr);
        return 1;
    }
}
