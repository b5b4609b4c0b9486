// What HAProxy's checks ask of an app beyond a connection, and which answers it takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

struct StatusRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;  // included

    bool has(int status) const { return first <= status && status <= last; }
    bool operator==(const StatusRange&) const = default;
};

// The methods of HTTP that HAProxy's checks mostly ask with.
enum class HttpMethod { kGet, kHead, kOptions };

std::string_view to_string(HttpMethod method);
// As HTTP writes them, in capitals. Errors are of usage.
Result<HttpMethod> parse_http_method(std::string_view text);

struct HealthCheck {
    std::string uri;                    // a path; empty: no HTTP is spoken
    std::string host;                   // as the request and TLS name it; empty: the server's address
    std::vector<StatusRange> statuses;  // that are good; empty: 2xx and 3xx
    bool is_encrypted = false;          // by TLS
    HttpMethod method = HttpMethod::kGet;
    std::optional<std::chrono::milliseconds> timeout{};  // for an answer; none: the server's inter
    bool is_complete = true;                             // HAProxy's checks look at nothing that is not said here

    bool asks_anything() const { return is_encrypted || !uri.empty(); }
    bool takes(int status) const;

    bool operator==(const HealthCheck&) const = default;
};

// "200,300-399", as HAProxy has it: codes of 100 to 599. Errors are of usage and show the text.
Result<std::vector<StatusRange>> parse_statuses(std::string_view text);
// Those that an extended regular expression matches (HAProxy's "rstatus"). Errors are of usage: it matches none, or may
// mean something else to HAProxy, or is long, or repeats much.
Result<std::vector<StatusRange>> matching_statuses(const std::string& pattern);
// All but these.
std::vector<StatusRange> other_statuses(std::span<const StatusRange> statuses);
// As parse_statuses() reads it; "2xx,3xx" of none.
std::string format_statuses(std::span<const StatusRange> statuses);

// Errors of usage.
Result<void> check_uri(std::string_view text);
Result<void> check_host_name(std::string_view text);

}  // namespace zdr
