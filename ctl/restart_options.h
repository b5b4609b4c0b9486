// The options of the command restart.
#pragma once

#include <string_view>

#include "cli/program.h"
#include "ctl/state_options.h"

namespace zdr::ctl {

inline constexpr std::string_view kOnBusy[] = {"continue", "fail"};
inline constexpr std::string_view kBatches[] = {"1", "2", "25%", "50%"};
inline constexpr cli::Option kRestart[] = {
    {.name = "batch",
     .argument = "N|P%",
     .help = "so many at a time (1), or so many percent of those named",
     .allowed = kBatches},
    {.name = "canary", .argument = "N", .help = "after the first N servers ask on the terminal whether to go on"},
    {.name = "canary-pause", .argument = "TIME", .help = "... or wait that long, while their apps accept connections"},
    {.name = "rollback",
     .argument = "COMMAND",
     .help = "run this by sh for a server whose new app does not come up; then stop",
     .kind = cli::Kind::kCommand},
    {.name = "ready-url",
     .argument = "URL",
     .help = "go on once this answers 2xx or 3xx (http://{address}:{port}/health)"},
    {.name = "ready-command",
     .argument = "COMMAND",
     .help = "go on once this exits 0 (by sh, again and again)",
     .kind = cli::Kind::kCommand},
    {.name = "keep-listener", .help = "COMMAND keeps the listening socket (a reload, socket activation)"},
    {.name = "keep-process", .help = "COMMAND starts no new process either (a reload within it)"},
    {.name = "timeout",
     .argument = "TIME",
     .help = "wait no longer than that for each thing that is waited for (60s)",
     .allowed = kWaits},
    {.name = "idle-timeout", .argument = "TIME", .help = "... for sessions to become idle (30s)"},
    {.name = "on-busy",
     .argument = "WHAT",
     .help = "when they do not: continue (default), or fail",
     .kind = cli::Kind::kOneOf,
     .allowed = kOnBusy},
    {.name = "ttl", .argument = "TIME", .help = "how long the servers stay out if this is killed (60s)"},
    kReason,
    kForce,
    kUnchecked,
    {.name = "dry-run", .help = "only show what would be done"},
    {.name = "json", .help = "each step as JSON, a line each; the last has what became of the servers"},
    {.name = "plot",
     .argument = "FILE",
     .help = "a picture (SVG) of who served how much meanwhile, by HAProxy's socket",
     .kind = cli::Kind::kFile},
    {.name = "handover", .help = "start a new instance beside the old one, and lead the traffic there"},
    {.name = "start",
     .argument = "COMMAND",
     .help = "with --handover: starts an instance on {port} (by sh)",
     .kind = cli::Kind::kCommand},
    {.name = "stop",
     .argument = "COMMAND",
     .help = "... and ends the one on {port} gracefully",
     .kind = cli::Kind::kCommand},
};

}  // namespace zdr::ctl
