// HTTP and TLS as HAProxy's checks speak them, by libcurl. It is loaded when something is asked first, so that a flip
// does not pay for it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct Url {
    bool is_encrypted = false;  // https
    std::string host;           // an address or a name
    Port port{80};
    std::string path;
};

// http://HOST[:PORT][/PATH] or https://...; usage errors: another scheme, no host, a bad port.
Result<Url> parse_url(std::string_view text);

// How a question is asked.
struct HttpRequest {
    std::string method = "GET";  // or another one that sends no body; of a HEAD no body is waited for
    std::string as_host{};       // as the request and TLS name the host; empty: as the URL does
};

// The status of the answer by HTTP/1.1: no proxy, no redirect that is followed, a certificate of anybody's,
// since it is an app on its own host that is asked. Errors: libcurl is not there; those of connecting, of TLS, of time,
// and of an answer that is none.
Result<int> http_status(const Url& url, std::chrono::milliseconds within, const HttpRequest& request = {});

// Whether a TLS handshake there ends well. Errors: the same.
Result<void> shake_hands(const Url& url, std::chrono::milliseconds within, const std::string& as_host = "");

}  // namespace zdr
