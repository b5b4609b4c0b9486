#include "ctl/options.h"

#include <fmt/core.h>
#include <getopt.h>

#include <algorithm>
#include <map>

#include "zdr/base/duration.h"
#include "zdr/config/server_keys.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr::ctl {
namespace {

// What a command line says, not typed yet.
struct Given {
    std::map<std::string_view, std::vector<std::string>> values;  // by option; a switch has an empty one
    std::vector<std::string> names;                               // each once: what is asked twice is done once
};

char short_name(const Option& option) {
    const std::string_view name = option.name;
    const auto comma = name.find(',');
    return comma == std::string_view::npos ? '\0' : name[comma + 1];
}

// getopt_long() over one command line. It keeps its place in global variables, so one at a time.
class Reader {
  public:
    Reader(const Command* command, std::span<const std::string> args) : args_(args.begin(), args.end()) {
        for (const Option& one : common_options()) options_.push_back(&one);
        if (command != nullptr)
            for (const Option& one : command->options) options_.push_back(&one);
        for (const Option* one : options_) {
            long_names_.emplace_back(long_name(*one));
            if (const char letter = short_name(*one)) letters_ += letter;  // none of them takes a value
        }
    }

    Result<Given> read() {
        std::vector<option> table;
        for (std::size_t i = 0; i < options_.size(); ++i)
            table.push_back({long_names_[i].c_str(), options_[i]->argument != nullptr ? required_argument : no_argument,
                             nullptr, kLong + static_cast<int>(i)});
        table.push_back({});
        std::string program = "zdrctl";
        std::vector<char*> argv = {program.data()};
        for (std::string& arg : args_) argv.push_back(arg.data());
        argv.push_back(nullptr);
        const int argc = static_cast<int>(argv.size()) - 1;

        opterr = 0;
        optind = 0;  // glibc's way to begin anew
        for (int got; (got = getopt_long(argc, argv.data(), letters_.c_str(), table.data(), nullptr)) != -1;)
            if (auto taken = take(got, argv); !taken) return tl::unexpected(std::move(taken.error()));
        for (int i = optind; i < argc; ++i)
            if (std::find(given_.names.begin(), given_.names.end(), argv[static_cast<std::size_t>(i)]) ==
                given_.names.end())
                given_.names.emplace_back(argv[static_cast<std::size_t>(i)]);
        return std::move(given_);
    }

  private:
    static constexpr int kLong = 256;  // above every letter

    Result<void> take(int got, const std::vector<char*>& argv) {
        const std::string_view last = argv[static_cast<std::size_t>(optind) - 1];
        if (got == '?') return refuse(last);
        const Option& option = *find(got == ':' ? optopt : got);
        const bool is_long = got >= kLong || got == ':';
        const bool is_apart = got != ':' && optarg != nullptr && optarg == last.data();
        // getopt_long() takes any beginning of a name for it, which ends when a version adds a like one.
        const std::string_view word = is_apart ? argv[static_cast<std::size_t>(optind) - 2] : last;
        if (is_long && word.substr(2, word.find('=') - 2) != long_name(option)) return refuse(word);
        if (got == ':') return fail(Errc::kUsage, fmt::format("{} has no value", word));
        if (is_apart && last.size() > 1 && last.starts_with('-'))  // rather an option, and the value was forgotten
            return fail(Errc::kUsage,
                        fmt::format("{} has no value; one that begins with - is written {}={}", word, word, last));
        auto& values = given_.values[long_name(option)];
        if (!values.empty() && option.times == Times::kOnce)
            return fail(Errc::kUsage, fmt::format("--{} is given twice", long_name(option)));
        values.emplace_back(optarg != nullptr ? optarg : "");
        return {};
    }

    tl::unexpected<Error> refuse(std::string_view word) const {
        const bool has_switch = optopt >= kLong && find(optopt)->argument == nullptr;
        if (has_switch && word.find('=') != word.npos)
            return fail(Errc::kUsage, fmt::format("--{} takes no value", long_name(*find(optopt))));
        if (optopt > 0 && optopt < kLong)
            return fail(Errc::kUsage, fmt::format("there is no option -{}", static_cast<char>(optopt)));
        return fail(Errc::kUsage, fmt::format("there is no option {}", word));
    }

    const Option* find(int got) const {
        if (got >= kLong) return options_[static_cast<std::size_t>(got - kLong)];
        return *std::find_if(options_.begin(), options_.end(),
                             [&](const Option* one) { return short_name(*one) == got; });
    }

    std::vector<std::string> args_;
    std::vector<const Option*> options_;
    std::vector<std::string> long_names_;
    std::string letters_ = ":";
    Given given_;
};

const std::vector<std::string>& texts(const Given& given, std::string_view name) {
    static const std::vector<std::string> none;
    const auto found = given.values.find(name);
    return found == given.values.end() ? none : found->second;
}

std::optional<std::string> text(const Given& given, std::string_view name) {
    const auto& all = texts(given, name);
    if (all.empty()) return std::nullopt;
    return all.front();
}

bool is_on(const Given& given, std::string_view name) {
    return !texts(given, name).empty();
}

Result<std::optional<std::chrono::milliseconds>> duration(const Given& given, std::string_view name) {
    const auto said = text(given, name);
    if (!said) return std::nullopt;
    auto parsed = parse_duration(*said, BareNumber::kRefused);
    if (!parsed) return fail_with(fmt::format("--{}", name), std::move(parsed));
    return *parsed;
}

// What describes a server: the keys of zdr.conf are options too.
std::vector<std::pair<std::string, std::string>> settings(const Given& given) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& key : server_keys())
        for (const std::string& value : texts(given, key.name)) out.emplace_back(key.name, value);
    return out;
}

Result<Options> typed(const Given& given) {
    auto timeout = duration(given, "timeout");
    if (!timeout) return tl::unexpected(std::move(timeout.error()));
    auto idle_timeout = duration(given, "idle-timeout");
    if (!idle_timeout) return tl::unexpected(std::move(idle_timeout.error()));
    auto ttl = duration(given, "ttl");
    if (!ttl) return tl::unexpected(std::move(ttl.error()));
    if (*ttl && **ttl < std::chrono::seconds(1))
        return fail(Errc::kUsage, fmt::format("--ttl {} is less than 1s", *text(given, "ttl")));
    std::vector<HaproxyEndpoint> haproxy;
    for (const std::string& socket : texts(given, "haproxy")) {
        auto endpoint = parse_haproxy_endpoint(socket);
        if (!endpoint) return fail_with("--haproxy", std::move(endpoint));
        haproxy.push_back(std::move(*endpoint));
    }
    const auto state_dir = text(given, "state-dir");
    if (state_dir && state_dir->empty()) return fail(Errc::kUsage, "--state-dir is empty");
    return Options{.state_dir = state_dir.value_or(""),
                   .quiet = is_on(given, "quiet"),
                   .verbose = is_on(given, "verbose"),
                   .help = is_on(given, "help"),
                   .version = is_on(given, "version"),
                   .haproxy = std::move(haproxy),
                   .names = given.names,
                   .json = is_on(given, "json"),
                   .watch = is_on(given, "watch"),
                   .no_wait = is_on(given, "no-wait"),
                   .force = is_on(given, "force"),
                   .timeout = *timeout,
                   .ttl = *ttl,
                   .reason = text(given, "reason"),
                   .goal = text(given, "for"),
                   .batch = text(given, "batch"),
                   .ready_url = text(given, "ready-url"),
                   .idle_timeout = *idle_timeout,
                   .on_busy = text(given, "on-busy"),
                   .keep_listener = is_on(given, "keep-listener"),
                   .dry_run = is_on(given, "dry-run"),
                   .settings = settings(given),
                   .command = {}};
}

}  // namespace

std::string_view long_name(const Option& option) {
    const std::string_view name = option.name;
    return name.substr(0, name.find(','));
}

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
    auto given = Reader(command, {args.begin(), end}).read();
    if (!given) return tl::unexpected(std::move(given.error()));
    auto options = typed(*given);
    if (options && end != args.end()) options->command.assign(end + 1, args.end());
    return options;
}

}  // namespace zdr::ctl
