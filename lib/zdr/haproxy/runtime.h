// HAProxy's own word on the servers that zdr has: asked at its runtime socket, found among all that it serves, and what
// their states mean.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/haproxy/runtime_socket.h"
#include "zdr/haproxy/runtime_state.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// All servers of a running HAProxy, for any level of the socket. Errors name the socket: no answer within that time,
// nobody there, an answer that is none.
Result<std::vector<HaproxyServer>> ask_haproxy(const HaproxyEndpoint& endpoint, std::chrono::milliseconds within);

// HAProxy gives it no new clients: it is down, stopping, in maintenance, drained, or of weight 0.
bool is_out(const HaproxyServer& server);
// HAProxy gives it no clients at all, those of a cookie included: it is down or in maintenance.
bool is_down(const HaproxyServer& server);
// Its checks and its administrators let it have clients; one that is throttled (slowstart) has them, one that still
// rises has not.
bool is_in(const HaproxyServer& server);

// One check more, or fewer, may turn it: "UP 1/3", "DOWN 1/2". In one that an administrator took out that says nothing.
bool is_changing(const HaproxyServer& server);

// The process that answers, as its own PID namespace numbers it ("show info"); none: the answer does not tell. Errors:
// of question_haproxy(), naming the socket.
Result<std::optional<std::uint32_t>> ask_haproxy_pid(const HaproxyEndpoint& endpoint, std::chrono::milliseconds within);

// The "Pid:" of an answer to "show info".
std::optional<std::uint32_t> parse_haproxy_pid(std::string_view answer);

// Whether HAProxy's server has the name of ours, in the same backend if ours has one.
bool is_namesake(const HaproxyServer& theirs, const Server& ours);

// Whether HAProxy's checks of its server go to a status port of ours: the same port, on one of the server's addresses
// or, where these are any, on one of this host's or under the same name.
bool checks_port(const HaproxyServer& theirs, const Server& ours, Port status_port, std::span<const Address> local);

// HAProxy's servers that check a status port of ours. Where there are none and it is not a backup's, those of the same
// name, in the same backend if ours has one: HAProxy may see other addresses and ports than this host does.
std::vector<const HaproxyServer*> find_haproxy_servers(std::span<const HaproxyServer> theirs, const Server& ours,
                                                       Port status_port, std::span<const Address> local);

}  // namespace zdr
