// The small words of files, options and URLs: what is read, printed and read again is the same.
#include <fmt/core.h>

#include <string>

#include "fuzz_target.h"
#include "zdr/base/duration.h"
#include "zdr/haproxy/runtime_socket.h"
#include "zdr/model/health_check.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"
#include "zdr/net/http.h"

namespace zdr::test {
namespace {

// Reads a text, and what `print` makes of what was read.
void there_and_back(std::string_view text, const auto& parse, const auto& print) {
    const auto value = parse(text);
    if (!value) {
        require_sentence(value.error().text);
        return;
    }
    const std::string printed = print(*value);
    const auto again = parse(printed);
    require(again && *again == *value, "printed and read again it is something else", text);
    require(print(*again) == printed, "it is printed in two ways", text);
}

void try_durations(std::string_view text) {
    for (const BareNumber bare : {BareNumber::kMilliseconds, BareNumber::kRefused}) {
        const auto parse = [&](std::string_view one) { return parse_duration(one, bare); };
        there_and_back(text, parse, format_duration);
        const auto time = parse(text);
        if (!time) continue;
        require(time->count() >= 0 && *time <= kLongestDuration, "too long", text);
        require_printable(format_elapsed(*time) + format_span(std::chrono::floor<std::chrono::seconds>(*time)));
    }
}

void try_endpoints(std::string_view text) {
    there_and_back(text, Port::parse, [](Port one) { return std::to_string(one.host()); });
    there_and_back(text, Address::parse, [](const Address& one) { return one.to_string(); });
    there_and_back(text, parse_checker_name, [](const CheckerName& one) { return to_string(one); });
    const auto endpoint = parse_haproxy_endpoint(text);
    if (!endpoint) return require_sentence(endpoint.error().text);
    require(endpoint->text == text, "not as it was written", text);
    require((endpoint->kind == HaproxyEndpoint::Kind::kTcp) == endpoint->port.has_value(), "a path with a port", text);
    if (!endpoint->port) return;
    const std::string again = fmt::format("[{}]:{}", endpoint->name, endpoint->port->host());
    const auto twice = parse_haproxy_endpoint(endpoint->name.find(':') == std::string::npos ? again.substr(1) : again);
    (void)twice;
}

void try_urls(std::string_view text) {
    const auto print = [](const Url& one) {
        return fmt::format("{}://{}:{}{}", one.is_encrypted ? "https" : "http",
                           one.host.find(':') == std::string::npos ? one.host : "[" + one.host + "]", one.port.host(),
                           one.path);
    };
    const auto url = parse_url(text);
    if (!url) return require_sentence(url.error().text);
    const std::string printed = print(*url);
    require_printable(printed);
    require(url->path.starts_with('/') && !url->host.empty(), "no path or no host", text);
    const auto again = parse_url(printed);
    require(again && print(*again) == printed, "printed and read again it is another URL", text);
}

void try_health(std::string_view text) {
    const auto print = [](const std::vector<StatusRange>& one) { return format_statuses(one); };
    there_and_back(text, parse_statuses, print);
    there_and_back(text, parse_http_method, [](HttpMethod one) { return std::string(to_string(one)); });
    if (check_uri(text) || check_host_name(text)) require_printable(text);
}

void try_names(std::string_view text) {
    require_printable(format_name(text));
    require(!check_name(text) || format_name(text) == text, "a name is changed", text);
    there_and_back(text, parse_state, [](State one) { return std::string(to_string(one)); });
    there_and_back(text, parse_start, [](Start one) { return std::string(to_string(one)); });
    there_and_back(text, parse_published, [](Published one) { return std::string(to_string(one)); });
}

}  // namespace

void try_input(std::string_view input) {
    try_durations(input);
    try_endpoints(input);
    try_urls(input);
    try_health(input);
    try_names(input);
}

}  // namespace zdr::test
