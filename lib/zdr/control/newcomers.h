// Processes that may be about to check: a HAProxy that was just started or reloaded takes every server for up until its
// first check, so nothing is done before it has asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "zdr/model/checkers.h"
#include "zdr/model/server.h"

namespace zdr {

// When a process started (CLOCK_BOOTTIME); none: it has ended, or may not be seen.
std::optional<std::chrono::nanoseconds> started_boot(std::uint32_t pid);

// The processes that an argument list (as in /proc/PID/cmdline, each with a NUL after it) tells HAProxy to take over
// from: those after -sf or -st.
std::vector<std::uint32_t> parse_replaced(std::string_view arguments);

// The processes that one was told at its start to take over from: of the same user as it, or ended by now. Nothing
// where that cannot be seen.
std::vector<std::uint32_t> told_to_replace(std::uint32_t pid);

// Whether a process of that name is a HAProxy: no other is known to take every server for up when it starts.
bool is_haproxy(std::string_view name);

// Those of a checker's name that are HAProxy, have started so lately that their first check may still come, and have
// not asked. As checkers that never asked. Nothing where processes cannot be seen. For a caller in the network
// namespace that is served.
std::vector<Checker> find_newcomers(const Server& server, const Checks& checks, std::chrono::nanoseconds now_boot);

}  // namespace zdr
