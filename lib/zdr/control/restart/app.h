// The app itself, as a client sees it: does it accept, does it answer.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// Whether a connection to the app port is established at each of the server's addresses within that time; a server on *
// is asked on 127.0.0.1, and on ::1 if that does not answer. The kernel alone does that for whoever listens.
bool connects(const Server& server, std::chrono::milliseconds within);

// Whether the app takes such connections, as far as that can be seen: none stays in the queue of a listening socket. A
// pre-fork server listens before it can.
bool accepts(const Server& server, std::chrono::milliseconds within);

// A URL to ask: http://HOST[:PORT][/PATH], HOST an address or a name.
struct Url {
    std::string host;
    Port port;
    std::string path;
};
// Usage errors: another scheme, no host, a bad port.
Result<Url> parse_url(std::string_view text);

// The status of the answer to a GET, by HTTP/1.1 (RFC 9112); errors: of connecting, of time, and of an answer that is
// none.
Result<int> http_status(const Url& url, std::chrono::milliseconds within);

}  // namespace zdr
