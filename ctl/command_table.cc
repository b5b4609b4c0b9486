#include "ctl/command_table.h"

#include <algorithm>

namespace zdr::ctl {
namespace {

constexpr Option kCommon[] = {
    {"state-dir", "DIR", "where zdr keeps its state (else $ZDR_STATE_DIR, else /run/zdr)"},
    {"haproxy", "SOCKET", "ask this HAProxy too (path or HOST:PORT; several)", Times::kMany},
    {"quiet,q", nullptr, "say nothing but errors"},
    {"verbose,v", nullptr, "say more"},
    {"help,h", nullptr, "show help and exit"},
    {"version", nullptr, "show the version and exit"},
};

constexpr Option kStatus[] = {
    {"json", nullptr, "as JSON"},
    {"watch", nullptr, "again every second, until interrupted"},
};

constexpr Option kDoctor[] = {
    {"json", nullptr, "as JSON"},
};

constexpr Option kOut[] = {
    {"reason", "TEXT", "why, for those who look at the status (at most 111 bytes)"},
    {"ttl", "TIME", "be ready again by itself after that time (1s to 24d)"},
    {"force", nullptr, "even if a backend has no ready server left"},
    {"no-wait", nullptr, "return once flipped"},
    {"timeout", "TIME", "wait no longer than that (60s)"},
};

constexpr Option kReady[] = {
    {"reason", "TEXT", "why, for those who look at the status (at most 111 bytes)"},
    {"no-wait", nullptr, "return once flipped"},
    {"timeout", "TIME", "wait no longer than that (60s)"},
};

constexpr Option kWait[] = {
    {"for", "GOAL", "drained, idle (no active session) or ready"},
    {"timeout", "TIME", "wait no longer than that (60s)"},
};

constexpr Option kRestart[] = {
    {"batch", "N|P%", "so many at a time (1), or so many percent of those named"},
    {"ready-url", "URL", "go on once this answers 2xx or 3xx (http://{address}:{port}/health)"},
    {"keep-listener", nullptr, "COMMAND keeps the listening socket (a reload, socket activation)"},
    {"timeout", "TIME", "wait no longer than that for each thing that is waited for (60s)"},
    {"idle-timeout", "TIME", "... for sessions to become idle (30s)"},
    {"on-busy", "WHAT", "when they do not: continue (as it is without this), or fail"},
    {"ttl", "TIME", "how long the servers stay out if this is killed (60s)"},
    {"reason", "TEXT", "why, for those who look at the status (at most 111 bytes)"},
    {"force", nullptr, "even if a backend has no ready server left"},
    {"dry-run", nullptr, "only show what would be done"},
};

constexpr Option kAdd[] = {
    {"port", "PORT", "where the app listens (to be given)"},
    {"status-port", "PORT", "what HAProxy checks (to be given)"},
    {"backup-status-port", "PORT", "what HAProxy checks of its backup twin"},
    {"address", "ADDRESS", "of the server (several; *, every address of this host)", Times::kMany},
    {"backend", "NAME", "the group of servers that it is one of"},
    {"fall", "N", "refused checks until HAProxy has it down (3)"},
    {"rise", "N", "good checks until HAProxy has it up (2)"},
    {"inter", "TIME", "between two checks (2s)"},
    {"start", "STATE", "how it begins: ready (as it is without this), drain or maint"},
};

constexpr Option kRemove[] = {
    {"force", nullptr, "even if a backend has no ready server left"},
};

constexpr Option kApply[] = {
    {"dry-run", nullptr, "only show what would be changed"},
};

// What the help of all flips has in common.
#define ZDR_FLIP_NOTES                                                                 \
    "Several servers are flipped all or none. A server that is in the state already\n" \
    "keeps the record of its flip, unless --reason or --ttl ask for a new one.\n"
#define ZDR_WAIT_NOTES                                                                   \
    "Then it waits until everybody who checks the server was answered often enough\n"    \
    "to know: `fall` refused checks in a row, or `rise` good ones. A time-out, and an\n" \
    "interrupt, exit 4, name who is missing, and leave the state as it is. TIME is a\n"  \
    "number and a unit: 500ms, 30s, 15m, 2h, 1d.\n"

constexpr Command kCommands[] = {
    {"status", "[NAME...]", false, "show the servers, their states and counters",
     "Without a NAME, all servers; with one, and with --verbose, also who checks them.\n"
     "SESSIONS are connections to the app: active+idle.\n",
     kStatus, false, status},
    {"drain", "NAME...", true, "refuse new clients: HAProxy's checks of the status port fail",
     "The backup status port still works, so clients that HAProxy knows stay.\n" ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kOut,
     false, drain},
    {"maint", "NAME...", true, "refuse all clients: the checks of the backup status port fail too",
     ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kOut, false, maint},
    {"ready", "NAME...", true, "take clients again: the checks reach the app", ZDR_FLIP_NOTES ZDR_WAIT_NOTES, kReady,
     false, ready},
    {"wait", "NAME...", true, "wait until everybody who checks the servers knows",
     "Flips nothing: who waits for a state that nobody has asked for waits until\n"
     "somebody does, or for the time-out.\n",
     kWait, false, wait},
    {"restart", "NAME... -- COMMAND...", true, "restart servers without one client noticing",
     "Batch by batch: drain and wait, maint and wait where there is a backup status\n"
     "port, wait until no session is active, run COMMAND (in which {name}, {address}\n"
     "and {port} are the server's), wait for the app, ready and wait. An error stops\n"
     "it and leaves the batch out. While it runs it holds the servers, for --ttl, which\n"
     "it renews: when it is killed, they are ready again after that time.\n",
     kRestart, true, restart},
    {"add", "NAME", true, "add a server while zdr runs",
     "For root. A server that is there with the same settings is left as it is; with\n"
     "others it is an error. It stays until it is removed, or until zdr-loader load, or\n"
     "apply, reads a file that does not name it: name it there too, so that it is there\n"
     "after the next start. --start last is ready here: only load knows a last state.\n",
     kAdd, false, add},
    {"remove", "NAME...", true, "remove servers while zdr runs",
     "For root. All or none: when one NAME is not there, the exit status is 6 and nothing\n"
     "is removed. A drained server may be removed, and one that a restart holds: that\n"
     "restart ends. Its status ports are ordinary ports again, where nothing listens.\n",
     kRemove, false, remove},
    {"apply", "FILE", false, "make the servers those of a zdr.conf",
     "For root. In one step: servers that stay keep their states, and no check of them\n"
     "fails meanwhile. Shows a line for each server that is added (+), changed (~) or\n"
     "removed (-). FILE - is the standard input. An error in FILE changes nothing. FILE is\n"
     "the operator's word: servers go even where a backend has no ready one left then.\n"
     "Only the servers are applied: what stands above the first section (cgroup,\n"
     "interface, group, haproxy) is checked here and takes effect with zdr-loader load.\n",
     kApply, false, apply},
    {"import",
     "HAPROXY.CFG",
     false,
     "print the zdr.conf for a HAProxy configuration",
     "Servers that HAProxy checks on a port of their own get a section; a comment says\n"
     "why another one has none. Variables are those of this shell's environment.\n",
     {},
     false,
     import_config},
    {"complete",
     "-- WORD...",
     false,
     "what may stand for the last WORD, for a shell's completion",
     "The words are those after zdrctl; packaging/completion has the scripts that ask this.\n",
     {},
     true,
     complete},
    {"doctor", "[HAPROXY.CFG]", false, "find what would make a drain fail, and what to do about it",
     "Looks at the servers, the hooks, the listening sockets and, if a socket of it is\n"
     "known, at HAProxy as it runs; with a file, at that and at what of it disagrees with\n"
     "what is loaded (the file alone where nothing is). For each finding: what, why it\n"
     "matters, and what to do. A problem exits 1; a note alone does not.\n",
     kDoctor, false, doctor},
    {"metrics",
     "",
     false,
     "print the state of everything for Prometheus",
     "In the text format that node_exporter's textfile collector reads. What is unknown is\n"
     "left out. When zdr is not loaded it prints zdr_up 0 and exits 3. To a file, whole:\n"
     "  zdrctl metrics > zdr.prom.new; mv zdr.prom.new zdr.prom\n",
     {},
     false,
     metrics},
    {"help", "[COMMAND]", false, "show this, or the help of a command", "", {}, false, help},
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
