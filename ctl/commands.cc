#include "ctl/commands.h"

#include <algorithm>

namespace zdr::ctl {
namespace {

constexpr Option kCommon[] = {
    {"state-dir", "DIR", "where zdr keeps its state (else $ZDR_STATE_DIR, else /run/zdr)"},
    {"quiet,q", nullptr, "say nothing but errors"},
    {"verbose,v", nullptr, "say more"},
    {"help,h", nullptr, "show help and exit"},
    {"version", nullptr, "show the version and exit"},
};

constexpr Option kStatus[] = {
    {"json", nullptr, "as JSON"},
    {"watch", nullptr, "again every second, until interrupted"},
};

constexpr Option kOut[] = {
    {"reason", "TEXT", "why, for those who look at the status (at most 127 bytes)"},
    {"ttl", "TIME", "be ready again by itself after that time (1s to 24d)"},
    {"force", nullptr, "even if a backend has no ready server left"},
    {"no-wait", nullptr, "return once flipped"},
    {"timeout", "TIME", "wait no longer than that"},
};

constexpr Option kReady[] = {
    {"reason", "TEXT", "why, for those who look at the status (at most 127 bytes)"},
    {"no-wait", nullptr, "return once flipped"},
    {"timeout", "TIME", "wait no longer than that"},
};

// What the help of all flips has in common.
#define ZDR_FLIP_NOTES                                                                 \
    "Several servers are flipped all or none. A server that is in the state already\n" \
    "keeps the record of its flip, unless --reason or --ttl ask for a new one.\n"
#define ZDR_WAIT_NOTES                                                                  \
    "This version never waits: it flips and returns, with or without --no-wait, and\n"  \
    "takes --timeout only so that scripts need no change later. TIME is a number and\n" \
    "a unit: 500ms, 30s, 15m, 2h, 1d.\n"

constexpr Command kCommands[] = {
    {"status", "[NAME...]", false, "show the servers, their states and counters",
     "Without a NAME, all servers. SESSIONS are connections to the app: active+idle.\n", kStatus, status},
    {"drain", "NAME...", true, "refuse new clients: HAProxy's checks of the status port fail",
     "The backup status port still works, so clients that HAProxy knows stay.\n" ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kOut,
     drain},
    {"maint", "NAME...", true, "refuse all clients: the checks of the backup status port fail too",
     ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kOut, maint},
    {"ready", "NAME...", true, "take clients again: the checks reach the app", ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kReady,
     ready},
    {"help", "[COMMAND]", false, "show this, or the help of a command", "", {}, help},
};

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

const Command* find_command(std::string_view name) {
    const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                     [&](const Command& command) { return command.name == name; });
    return found == std::end(kCommands) ? nullptr : found;
}

std::span<const Option> common_options() {
    return kCommon;
}

}  // namespace zdr::ctl
