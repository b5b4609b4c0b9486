#include "zdr/haproxy/options.h"

#include <algorithm>

#include "zdr/haproxy/address_spec.h"

namespace zdr {
namespace {

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

}  // namespace zdr
