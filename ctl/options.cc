#include "ctl/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>

#include "zdr/duration.h"
#include "zdr/haproxy_socket.h"

namespace zdr::ctl {
namespace {

namespace po = boost::program_options;

constexpr const char* kNames = "NAME";  // no option can be called that: "--NAME" is refused below

void describe(std::span<const Option> options, po::options_description& description) {
    for (const Option& option : options) {
        if (option.argument == nullptr)
            description.add_options()(option.name, po::bool_switch());
        else if (option.times == Times::kMany)
            description.add_options()(option.name, po::value<std::vector<std::string>>());
        else
            description.add_options()(option.name, po::value<std::string>());
    }
}

// What Boost lets pass. A value that looks like an option is rather one that was forgotten: "--reason --force".
void check(const po::option& option) {
    if (option.string_key == kNames) {
        if (option.position_key == -1) throw po::unknown_option("--NAME");
        return;
    }
    const auto& tokens = option.original_tokens;
    if (tokens.size() == 2 && tokens[1].size() > 1 && tokens[1].starts_with('-'))
        throw po::error(
            fmt::format("{} has no value; one that begins with - is written {}={}", tokens[0], tokens[0], tokens[1]));
}

// Throws what Boost throws.
po::variables_map parse(const Command* command, std::span<const std::string> args) {
    po::options_description description;
    describe(common_options(), description);
    if (command != nullptr) describe(command->options, description);
    po::options_description with_names;
    with_names.add(description).add_options()(kNames, po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add(kNames, -1);

    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const std::vector<std::string> copy(args.begin(), args.end());
    const po::parsed_options parsed =
        po::command_line_parser(copy).options(with_names).positional(positional).style(style).run();
    for (const po::option& option : parsed.options) check(option);
    po::variables_map map;
    po::store(parsed, map);
    return map;
}

std::optional<std::string> text(const po::variables_map& map, const char* name) {
    if (map.count(name) == 0) return std::nullopt;
    return map[name].as<std::string>();
}

bool is_on(const po::variables_map& map, const char* name) {
    return map.count(name) != 0 && map[name].as<bool>();
}

std::vector<std::string> texts(const po::variables_map& map, const char* name) {
    if (map.count(name) == 0) return {};
    return map[name].as<std::vector<std::string>>();
}

Result<std::optional<std::chrono::milliseconds>> duration(const po::variables_map& map, const char* name) {
    const auto given = text(map, name);
    if (!given) return std::nullopt;
    auto parsed = parse_duration(*given, BareNumber::kRefused);
    if (!parsed) return fail_with(fmt::format("--{}", name), std::move(parsed));
    return *parsed;
}

// Each name once: what is asked twice is done once.
std::vector<std::string> names(const po::variables_map& map) {
    std::vector<std::string> out;
    if (map.count(kNames) == 0) return out;
    for (const std::string& name : map[kNames].as<std::vector<std::string>>()) {
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
    return out;
}

Result<Options> typed(const po::variables_map& map) {
    auto timeout = duration(map, "timeout");
    if (!timeout) return tl::unexpected(std::move(timeout.error()));
    auto idle_timeout = duration(map, "idle-timeout");
    if (!idle_timeout) return tl::unexpected(std::move(idle_timeout.error()));
    auto ttl = duration(map, "ttl");
    if (!ttl) return tl::unexpected(std::move(ttl.error()));
    if (*ttl && **ttl < std::chrono::seconds(1))
        return fail(Errc::kUsage, fmt::format("--ttl {} is less than 1s", *text(map, "ttl")));
    for (const std::string& socket : texts(map, "haproxy"))
        if (auto endpoint = parse_haproxy_endpoint(socket); !endpoint)
            return fail_with("--haproxy", std::move(endpoint));
    const auto state_dir = text(map, "state-dir");
    if (state_dir && state_dir->empty()) return fail(Errc::kUsage, "--state-dir is empty");
    return Options{.state_dir = state_dir.value_or(""),
                   .quiet = is_on(map, "quiet"),
                   .verbose = is_on(map, "verbose"),
                   .help = is_on(map, "help"),
                   .version = is_on(map, "version"),
                   .haproxy = texts(map, "haproxy"),
                   .names = names(map),
                   .json = is_on(map, "json"),
                   .watch = is_on(map, "watch"),
                   .no_wait = is_on(map, "no-wait"),
                   .force = is_on(map, "force"),
                   .timeout = *timeout,
                   .ttl = *ttl,
                   .reason = text(map, "reason"),
                   .goal = text(map, "for"),
                   .batch = text(map, "batch"),
                   .ready_url = text(map, "ready-url"),
                   .idle_timeout = *idle_timeout,
                   .on_busy = text(map, "on-busy"),
                   .keep_listener = is_on(map, "keep-listener"),
                   .dry_run = is_on(map, "dry-run"),
                   .command = {}};
}

}  // namespace

std::optional<std::size_t> command_position(std::span<const std::string> args) {
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i] == "--state-dir" || args[i] == "--haproxy")
            ++i;
        else if (!args[i].starts_with('-'))
            return i;
    }
    return std::nullopt;
}

Result<Options> parse_options(const Command* command, std::span<const std::string> args) {
    const auto end =
        command != nullptr && command->takes_command ? std::find(args.begin(), args.end(), "--") : args.end();
    try {
        auto options = typed(parse(command, {args.begin(), end}));
        if (options && end != args.end()) options->command.assign(end + 1, args.end());
        return options;
    } catch (const po::error& error) {
        return fail(Errc::kUsage, error.what());
    }
}

}  // namespace zdr::ctl
