#include "ctl/common_options.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::ctl {

Result<CommonOptions> common_options(const cli::Parsed& parsed, const Env& env) {
    auto state_dir = choose_state_dir(parsed.value("state-dir"), env.variable(kStateDirVariable));
    if (!state_dir) return tl::unexpected(std::move(state_dir.error()));
    CommonOptions out{.state_dir = std::move(*state_dir),
                      .haproxy = {},
                      .is_quiet = parsed.flag("quiet"),
                      .is_verbose = parsed.flag("verbose")};
    for (const std::string& socket : parsed.values("haproxy")) {
        auto endpoint = parse_haproxy_endpoint(socket);
        if (!endpoint) return fail_with("--haproxy", std::move(endpoint));
        out.haproxy.push_back(std::move(*endpoint));
    }
    return out;
}

Context make_context(const CommonOptions& common, Env& env) {
    Context out;
    out.state_dir = common.state_dir;
    out.haproxy = common.haproxy;
    out.user = [&env] { return env.user(); };
    out.now = [&env] { return env.now(); };
    out.pause = [&env](std::chrono::milliseconds time) { return env.pause(time); };
    out.stop_signal = [&env] { return env.stop_signal(); };
    out.log = [&env](std::string_view line) { env.journal(line); };
    out.option = [](std::string_view setting) { return fmt::format("--{}", setting); };
    out.command = [](std::string_view words) { return fmt::format("zdrctl {}", words); };
    const auto tell = [&env](std::string_view line) { env.err(fmt::format("{}\n", printable(line))); };
    if (!common.is_quiet) out.report = tell;
    if (common.is_verbose) out.report_detail = tell;
    if (!common.is_quiet) out.report_pending = [&env](std::string_view line) { env.progress(printable(line)); };
    return out;
}

std::vector<std::string> names_of(const cli::Parsed& parsed) {
    std::vector<std::string> out;
    for (const std::string& word : parsed.words)
        if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(word);
    return out;
}

Result<std::optional<std::chrono::milliseconds>> duration_of(const cli::Parsed& parsed, std::string_view option) {
    const auto text = parsed.value(option);
    if (!text) return std::nullopt;
    auto parsed_time = parse_duration(*text, BareNumber::kRefused);
    if (!parsed_time) return fail_with(fmt::format("--{}", option), std::move(parsed_time));
    return *parsed_time;
}

Result<std::optional<std::chrono::milliseconds>> ttl_of(const cli::Parsed& parsed) {
    auto out = duration_of(parsed, "ttl");
    if (out && *out && **out < std::chrono::seconds(1))
        return fail(Errc::kUsage, fmt::format("--ttl {} is less than 1s", *parsed.value("ttl")));
    return out;
}

}  // namespace zdr::ctl
