// The status of all servers as people read it and as programs do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ctl/env.h"
#include "ctl/status/attached_hooks.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/sessions.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

struct ServerStatus {
    Server server;
    Flip flip;
    Checks checks;
    std::optional<SessionCounts> sessions;  // none: unknown
};

// What the kernel held at one moment.
struct Status {
    std::uint32_t abi = 0;
    std::vector<HookStatus> hooks;
    std::vector<ServerStatus> servers;
};

enum class Colour { kNo, kYes };
enum class Layout { kIndented, kOneLine };

// A heading and a line for each server, each ended by a newline.
std::string format_status_table(const Status& status, const Now& now, Colour colour);

// Who checks these servers: a heading and a line for each checker; empty where there is none.
std::string format_checkers_table(const Status& status, const Now& now);

// The contract's JSON, ended by a newline. Bytes that are no UTF-8 become U+FFFD.
std::string format_status_json(const Status& status, const Now& now, Layout layout);

// How long a flip still lasts: none where it lasts for ever or is over.
std::optional<std::chrono::seconds> time_left(const Flip& flip, const Now& now);

// Whether the flip was for a time that is over.
bool is_expired(const Flip& flip, const Now& now);

}  // namespace zdr::ctl
