#include "options.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cstdlib>

#include "zdr/config/config.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::loader {
namespace {

namespace po = boost::program_options;

constexpr std::array<std::string_view, 5> kCommands = {"load", "unload", "check", "help", "version"};

std::string default_state_dir() {
    const char* named = std::getenv(kStateDirVariable);
    return named != nullptr && *named != '\0' ? named : std::string(kDefaultStateDir);
}

// What they mean is in help().
po::options_description options() {
    po::options_description visible;
    visible.add_options()("config,c", po::value<std::string>());
    visible.add_options()("state-dir", po::value<std::string>());
    visible.add_options()("cgroup", po::value<std::string>());
    visible.add_options()("interface", po::value<std::vector<std::string>>()->composing());
    visible.add_options()("verbose,v", po::bool_switch());
    visible.add_options()("help,h", po::bool_switch());
    visible.add_options()("version", po::bool_switch());
    return visible;
}

Result<Options> read(const po::variables_map& values) {
    const auto text = [&](const char* name, const std::string& otherwise) {
        return values.count(name) != 0 ? values[name].as<std::string>() : otherwise;
    };
    Options options;
    options.config = text("config", kDefaultConfig);
    options.state_dir = text("state-dir", default_state_dir());
    if (values.count("cgroup") != 0) options.cgroup = values["cgroup"].as<std::string>();
    if (values.count("interface") != 0) options.interfaces = values["interface"].as<std::vector<std::string>>();
    options.verbose = values["verbose"].as<bool>();

    const auto words =
        values.count("command") != 0 ? values["command"].as<std::vector<std::string>>() : std::vector<std::string>{};
    if (values["help"].as<bool>())
        options.command = "help";
    else if (values["version"].as<bool>())
        options.command = "version";
    else if (words.empty())
        return fail(Errc::kUsage, "a command is missing: load, unload or check");
    else
        options.command = words.front();

    if (std::find(kCommands.begin(), kCommands.end(), options.command) == kCommands.end())
        return fail(Errc::kUsage,
                    fmt::format("unknown command \"{}\"; there are load, unload and check", options.command));
    if (words.size() > 1) return fail(Errc::kUsage, fmt::format("unexpected argument \"{}\"", words[1]));
    if (options.state_dir.empty() || options.state_dir.front() != '/')
        return fail(Errc::kUsage, fmt::format("--state-dir \"{}\" is not an absolute path", options.state_dir));
    if (options.cgroup && (options.cgroup->empty() || (options.cgroup->front() != '/' && *options.cgroup != "auto")))
        return fail(Errc::kUsage, fmt::format("--cgroup \"{}\" is neither an absolute path nor auto", *options.cgroup));
    return options;
}

}  // namespace

Result<Options> parse_options(int argc, const char* const* argv) {
    po::options_description all = options();
    all.add_options()("command", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("command", -1);
    namespace style = po::command_line_style;
    try {
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(positional)
                      .style(style::unix_style & ~style::allow_guessing)
                      .run(),
                  values);
        return read(values);
    } catch (const po::error& error) {
        return fail(Errc::kUsage, error.what());
    }
}

std::string help() {
    return "usage: zdr-loader load [-c FILE] | unload | check\n"
           "\n"
           "  load     install, upgrade, or follow a changed file; servers keep their states\n"
           "  unload   remove everything zdr put into the kernel, and nothing else\n"
           "  check    what this kernel and host offer, line by line, and what is missing\n"
           "\n"
           "  -c, --config FILE    the configuration (default /etc/zdr/zdr.conf)\n"
           "      --state-dir DIR  where the pins are (default $ZDR_STATE_DIR or /run/zdr)\n"
           "      --cgroup DIR     the cgroup v2 to attach to (default: as configured)\n"
           "      --interface IF   an interface to attach to, or auto; may be repeated (default: as configured)\n"
           "  -v, --verbose        say each step\n"
           "  -h, --help           show this\n"
           "      --version        show the version\n";
}

}  // namespace zdr::loader
