// The options that commands which flip servers, and wait for it, have in common.
#pragma once

#include <string_view>

#include "cli/program.h"
#include "zdr/model/flip.h"

namespace zdr::ctl {

inline constexpr cli::Option kForce = {.name = "force", .help = "even if a backend has no ready server left"};
inline constexpr cli::Option kReason = {
    .name = "reason", .argument = "TEXT", .help = "why, for those who look at the status (at most 111 bytes)"};
static_assert(kLongestReason == 111);
inline constexpr cli::Option kNoWait = {.name = "no-wait", .help = "return once flipped"};
inline constexpr std::string_view kWaits[] = {"30s", "60s", "5m"};
inline constexpr cli::Option kTimeout = {
    .name = "timeout", .argument = "TIME", .help = "wait no longer than that (60s)", .allowed = kWaits};

inline constexpr cli::Option kUnchecked = {.name = "unchecked",
                                           .help = "also where nobody checks a server, and nothing is acknowledged"};

}  // namespace zdr::ctl
