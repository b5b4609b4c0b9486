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

bool says_where(const HaproxyLine& line) {
    const auto& words = line.words;
    if (words.size() < 3 || (words[0] != "tcp-check" && words[0] != "http-check") || words[1] != "connect")
        return false;
    return std::any_of(words.begin() + 2, words.end(),
                       [](const std::string& word) { return word == "port" || word == "addr"; });
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

const HaproxyLine* find_connect_rule(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    for (const HaproxyProxy* one = &proxy; one != nullptr; one = defaults_of(config, *one)) {
        const auto found = std::find_if(one->lines.begin(), one->lines.end(), says_where);
        if (found != one->lines.end()) return &*found;
    }
    return nullptr;
}

}  // namespace zdr
