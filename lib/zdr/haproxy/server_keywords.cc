#include "zdr/haproxy/server_keywords.h"

#include <algorithm>
#include <array>

namespace zdr {
namespace {

// Those of HAProxy 2.6 and later.
constexpr auto kWithArgument = std::to_array<std::string_view>({
    // clang-format off
    "agent-addr", "agent-inter", "agent-port", "agent-send", "alpn", "cc", "check-pool-conn-name",
    "ciphers", "ciphersuites", "client-sigalgs", "crl-file", "curves", "error-limit", "from",
    "guid", "hash-key", "healthcheck", "id", "idle-ping", "ktls", "log-bufsize", "log-proto", "max-reuse", "maxconn",
    "maxqueue", "minconn", "npn", "observe", "on-error", "pool-conn-name", "pool-low-conn", "pool-max-conn",
    "pool-purge-delay", "proxy-v2-options", "redir", "resolve-net", "resolve-opts", "resolve-prefer", "shard",
    "sigalgs", "slowstart", "sni", "socks4", "ssl-max-ver", "ssl-min-ver", "tcp-md5sig", "tcp-ut",
    "verifyhost", "weight", "ws"
    // clang-format on
});
constexpr auto kWithout = std::to_array<std::string_view>({
    // clang-format off
    "allow-0rtt", "check-sni-auto", "force-sslv3", "force-tlsv10", "force-tlsv11",
    "force-tlsv12", "force-tlsv13", "no-check-sni-auto", "no-renegotiate", "no-sni-auto",
    "no-ssl-reuse", "no-sslv3", "no-tfo", "no-tls-tickets", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13",
    "no-verifyhost", "non-stick", "renegotiate", "sni-auto", "ssl-reuse", "stick", "strict-maxconn", "tfo",
    "tls-tickets"
    // clang-format on
});

}  // namespace

bool is_haproxy_switch(std::string_view name) {
    return std::find(kWithout.begin(), kWithout.end(), name) != kWithout.end();
}

bool is_haproxy_setting(std::string_view name) {
    return std::find(kWithArgument.begin(), kWithArgument.end(), name) != kWithArgument.end() ||
           name.starts_with("set-proxy-v2-tlv-fmt");
}

}  // namespace zdr
