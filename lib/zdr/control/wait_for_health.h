// Waiting until HAProxy's HTTP check of an app would succeed, before HAProxy is led there.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "zdr/control/context.h"
#include "zdr/model/server.h"

namespace zdr {

// Asks the check-uri of a server on the app port of each of its addresses, within that time.
// Errors: of http_status(); kFailed where the status is not what HAProxy takes for healthy. Where its checks are
// encrypted and ask nothing, a TLS handshake has to end well. A server whose checks only connect is not asked.
Result<void> ask_health(const Server& server, std::chrono::milliseconds within);

// How long HAProxy waits for an answer: its "timeout check", else `inter` (configuration manual, 4.2). It connects
// before that within a time of its own, which is short where app and zdr share a host.
std::chrono::milliseconds answer_time(const Server& server);

// How long HAProxy takes at most to see that an app answers well again.
std::chrono::milliseconds recovery_time(const Server& server);

// Waits until each of the servers of these names and patterns has answered well `rise` times in a row. Errors:
// kTimedOut and kInterrupted, with the last answer; those of open_table() and find_servers(). Changes nothing.
Result<void> wait_for_health(std::span<const std::string> names, std::chrono::milliseconds timeout,
                             const Context& context);

}  // namespace zdr
