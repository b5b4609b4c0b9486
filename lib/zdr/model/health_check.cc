#include "zdr/model/health_check.h"

#include <fmt/core.h>
#include <regex.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "OPTIONS"};  // in the order of HttpMethod
constexpr std::uint16_t kLeastStatus = 100;
constexpr std::uint16_t kMostStatus = 599;
constexpr StatusRange kGood{200, 399};
constexpr std::size_t kLongestHost = 255;

std::optional<std::uint16_t> parse_status(std::string_view text) {
    std::uint16_t out = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc() || stop != end || out < kLeastStatus || out > kMostStatus) return std::nullopt;
    return out;
}

// "200", "300-399"
std::optional<StatusRange> parse_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_status(text.substr(0, dash));
    const auto last = dash == text.npos ? first : parse_status(text.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    return StatusRange{*first, *last};
}

template <class Is>
std::vector<StatusRange> statuses_that(Is is) {
    std::vector<StatusRange> out;
    for (std::uint16_t status = kLeastStatus; status <= kMostStatus; ++status) {
        if (!is(status)) continue;
        if (out.empty() || out.back().last + 1 != status) out.push_back({status, status});
        out.back().last = status;
    }
    return out;
}

// Whether it is short and repeats little: regcomp() copies what "+" and "{2,3}" repeat, and copies of copies, or what
// is repeated at once again ("4***+"), take as much time and memory as somebody asks for.
bool is_small_pattern(std::string_view pattern) {
    constexpr std::string_view kRepeat = "*+?{";
    constexpr std::string_view kRepeated = "*+?}";
    constexpr std::size_t kLongest = 255;
    constexpr int kMostRepeats = 16;
    constexpr int kMostCopies = 100;
    if (pattern.size() > kLongest) return false;
    int repeats = 0;
    int copies = 1;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (kRepeat.find(pattern[at]) == kRepeat.npos) continue;
        if (at > 0 && kRepeated.find(pattern[at - 1]) != kRepeated.npos) return false;
        if (pattern[at] == '+') copies *= 2;
        if (pattern[at] == '{') {
            const std::string_view counts =
                pattern.substr(at + 1, pattern.find('}', at) - at - 1);  // "2", "2," or "2,3"
            if (counts.empty() || counts.size() > 3 || (counts.size() > 1 && counts[1] != ',')) return false;
            copies *= std::max({2, counts.front() - '0', counts.back() - '0'});
        }
        if (++repeats > kMostRepeats || copies > kMostCopies) return false;
    }
    return true;
}

bool is_visible(char byte) {
    return byte > ' ' && byte <= '~';
}

}  // namespace

std::string_view to_string(HttpMethod method) {
    return kMethods[static_cast<std::size_t>(method)];
}

Result<HttpMethod> parse_http_method(std::string_view text) {
    const auto* const found = std::find(std::begin(kMethods), std::end(kMethods), text);
    if (found == std::end(kMethods)) return fail(Errc::kUsage, in_quotes(text) + " is not GET, HEAD or OPTIONS");
    return static_cast<HttpMethod>(found - std::begin(kMethods));
}

bool HealthCheck::takes(int status) const {
    const auto is_in = [&](const StatusRange& range) { return range.has(status); };
    return statuses.empty() ? is_in(kGood) : std::any_of(statuses.begin(), statuses.end(), is_in);
}

Result<std::vector<StatusRange>> parse_statuses(std::string_view text) {
    std::vector<StatusRange> out;
    for (std::string_view rest = text;;) {
        const auto range = parse_range(rest.substr(0, rest.find(',')));
        if (!range) return fail(Errc::kUsage, in_quotes(text) + " are not HTTP statuses, such as 200 or 200-299,404");
        out.push_back(*range);
        if (rest.find(',') == rest.npos) return out;
        rest.remove_prefix(rest.find(',') + 1);
    }
}

Result<std::vector<StatusRange>> matching_statuses(const std::string& pattern) {
    regex_t compiled;
    const bool is_of_both_kinds = pattern.find('\\') == pattern.npos && pattern.find("(?") == pattern.npos;
    if (!is_of_both_kinds || !is_small_pattern(pattern) ||
        regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        return fail(Errc::kUsage, in_quotes(pattern) + " is no regular expression that zdr knows");
    auto out = statuses_that(
        [&](std::uint16_t status) { return regexec(&compiled, std::to_string(status).c_str(), 0, nullptr, 0) == 0; });
    regfree(&compiled);
    if (out.empty()) return fail(Errc::kUsage, in_quotes(pattern) + " matches no HTTP status");
    return out;
}

std::vector<StatusRange> other_statuses(std::span<const StatusRange> statuses) {
    return statuses_that([&](std::uint16_t status) {
        return std::none_of(statuses.begin(), statuses.end(), [&](const StatusRange& one) { return one.has(status); });
    });
}

std::string format_statuses(std::span<const StatusRange> statuses) {
    if (statuses.empty()) return "2xx,3xx";
    std::string out;
    for (const StatusRange& one : statuses) {
        out += fmt::format("{}{}", out.empty() ? "" : ",", one.first);
        if (one.last != one.first) out += fmt::format("-{}", one.last);
    }
    return out;
}

Result<void> check_uri(std::string_view text) {
    if (text.starts_with('/') && std::all_of(text.begin(), text.end(), is_visible)) return {};
    return fail(Errc::kUsage, in_quotes(text) + " is not a path of a URL, such as /health");
}

Result<void> check_host_name(std::string_view text) {
    const auto is_of_a_host = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '.' || byte == '-' || byte == '_';
    };
    if (!text.empty() && text.size() <= kLongestHost && std::all_of(text.begin(), text.end(), is_of_a_host)) return {};
    return fail(Errc::kUsage, in_quotes(text) + " is not the name of a host, such as app.example.org");
}

}  // namespace zdr
