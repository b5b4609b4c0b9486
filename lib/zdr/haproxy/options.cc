#include "zdr/haproxy/options.h"

#include <algorithm>

#include "zdr/base/duration.h"
#include "zdr/haproxy/address_spec.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

const HaproxyProxy* defaults_of(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    return proxy.defaults ? &config.proxies[*proxy.defaults] : nullptr;
}

bool speaks_of(const HaproxyLine& line, std::string_view name) {
    const auto& words = line.words;
    const std::size_t at = !words.empty() && (words[0] == "no" || words[0] == "default") ? 1 : 0;
    return words.size() > at + 1 && words[at] == "option" && words[at + 1] == name;
}

}  // namespace

const HaproxyLine* find_haproxy_option(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view name) {
    for (const HaproxyProxy* one = &proxy; one != nullptr; one = defaults_of(config, *one)) {
        const auto found = std::find_if(one->lines.rbegin(), one->lines.rend(),
                                        [&](const HaproxyLine& line) { return speaks_of(line, name); });
        if (found != one->lines.rend()) return found->words[0] == "option" ? &*found : nullptr;
    }
    return nullptr;
}

bool redispatches(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    const HaproxyLine* line = find_haproxy_option(config, proxy, "redispatch");
    if (line == nullptr) return false;
    return line->words.size() < 3 || haproxy_number(line->words[2]) != 0;
}

bool is_plain_tcp(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    const HaproxyLine* mode = find_haproxy_line(config, proxy, {"mode"});
    return mode == nullptr || (mode->words.size() > 1 && mode->words[1] == "tcp");
}

const HaproxyLine* find_disable_on_404(const HaproxyConfig& config, const HaproxyProxy& proxy,
                                       const HaproxyHealthChecks& checks) {
    return checks.are("httpchk") ? find_haproxy_line(config, proxy, {"http-check", "disable-on-404"}) : nullptr;
}

std::optional<milliseconds> check_timeout(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    const HaproxyLine* line = find_haproxy_line(config, proxy, {"timeout", "check"});
    if (line == nullptr || line->words.size() < 3) return std::nullopt;
    const auto time = parse_duration(line->words[2], BareNumber::kMilliseconds);
    return time && time->count() > 0 ? std::optional(*time) : std::nullopt;
}

milliseconds HaproxySpread::longest(milliseconds time) const {
    return std::min((time * (100 + percent) + milliseconds(99)) / 100, kLongestDuration);
}

HaproxySpread spread_of_checks(const HaproxyConfig& config) {
    constexpr long kMost = 50;
    for (const HaproxyLine& line : config.globals) {
        if (line.words.size() < 2 || line.words[0] != "spread-checks") continue;
        const long percent = haproxy_number(line.words[1]);
        if (percent > 0 && percent <= kMost) return {static_cast<unsigned>(percent), line.number};
    }
    return {};
}

}  // namespace zdr
