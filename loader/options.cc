#include "options.h"

#include <fmt/core.h>

#include <cstdlib>

#include "cli/complete.h"
#include "cli/parse.h"
#include "zdr/base/text.h"
#include "zdr/config/config.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::loader {
namespace {

constexpr std::string_view kCgroupReaders[] = {"load", "check"};

constexpr cli::Option kCommon[] = {
    {.name = "state-dir",
     .argument = "DIR",
     .help = "where zdr keeps its state (else $ZDR_STATE_DIR, else /run/zdr)",
     .kind = cli::Kind::kDirectory},
    {.name = "cgroup",
     .argument = "DIR",
     .help = "the cgroup v2 to attach to, or auto (default: as configured)",
     .kind = cli::Kind::kDirectory,
     .readers = kCgroupReaders},
    {.name = "verbose", .letter = 'v', .help = "say each step"},
};

constexpr cli::Option kLoad[] = {
    {.name = "config",
     .letter = 'c',
     .argument = "FILE",
     .help = "the configuration (default: /etc/zdr/zdr.conf)",
     .kind = cli::Kind::kFile},
    {.name = "keep", .help = "read no file: replace the programs, and leave all that is loaded as it is"},
    {.name = "interface",
     .argument = "IF",
     .help = "an interface to attach to, or auto; may be repeated (default: as configured)",
     .times = cli::Times::kMany},
};

constexpr cli::Option kCheck[] = {
    {.name = "probe", .help = "make up a host and servers beside those that are loaded, and check them from there"},
};

constexpr cli::Command kCommands[] = {
    {.name = "load",
     .summary = "install, upgrade, or follow a changed file; servers keep their states",
     .options = kLoad},
    {.name = "unload", .summary = "remove everything zdr put into the kernel, and nothing else"},
    {.name = "check",
     .summary = "what this kernel and host offer, line by line, and what is missing",
     .options = kCheck},
    cli::kCompleteCommand,
};

constexpr cli::Program kProgram = {
    .name = "zdr-loader",
    .version = ZDR_VERSION,
    .summary = "Puts zdr's programs and maps into the kernel, keeps, upgrades and removes them.",
    .arguments = "COMMAND [OPTION...]",
    .commands = kCommands,
    .common_options = kCommon,
    .closing =
        "exit status: 0 done, 1 failed, or check found something missing, 2 usage, 3 zdr is not loaded,\n"
        "7 not permitted\n",
};

std::optional<std::string> state_dir_variable() {
    const char* variable = std::getenv(kStateDirVariable);
    return variable == nullptr ? std::nullopt : std::optional<std::string>(variable);
}

Result<std::string> state_dir(const cli::Parsed& parsed) {
    return choose_state_dir(parsed.value("state-dir"), state_dir_variable());
}

}  // namespace

const cli::Program& program() {
    return kProgram;
}

Result<void> judge_options(const cli::Parsed& parsed) {
    if (const auto directory = state_dir(parsed); !directory)
        return cli::fail_usage(kProgram, parsed.command, directory.error().text);
    for (const std::string& interface : parsed.values("interface"))
        if (interface.empty()) return cli::fail_usage(kProgram, parsed.command, "--interface is empty");
    const auto cgroup = parsed.value("cgroup");
    if (parsed.flag("keep") && (parsed.value("config") || cgroup || !parsed.values("interface").empty()))
        return cli::fail_usage(kProgram, parsed.command, "--keep takes no --config, --cgroup or --interface");
    if (cgroup && !cgroup->starts_with('/') && *cgroup != "auto")
        return cli::fail_usage(kProgram, parsed.command,
                               fmt::format("--cgroup {} is neither an absolute path nor auto", in_quotes(*cgroup)));
    return {};
}

Error with_state_dir_variable(Error error, const cli::Parsed& parsed) {
    return with_variable(std::move(error), parsed.value("state-dir"), state_dir_variable());
}

LoadOptions load_options(const cli::Parsed& parsed) {
    return {.config = parsed.value("config").value_or(std::string(kDefaultConfig)),
            .state_dir = *state_dir(parsed),
            .cgroup = parsed.value("cgroup"),
            .interfaces = parsed.values("interface"),
            .keeps = parsed.flag("keep")};
}

UnloadOptions unload_options(const cli::Parsed& parsed) {
    return {.state_dir = *state_dir(parsed)};
}

CheckOptions check_options(const cli::Parsed& parsed) {
    return {.cgroup = parsed.value("cgroup"), .state_dir = *state_dir(parsed), .probes = parsed.flag("probe")};
}

}  // namespace zdr::loader
