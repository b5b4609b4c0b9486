#include "ctl/command_table.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "cli/complete.h"
#include "ctl/restart_options.h"
#include "ctl/server_options.h"
#include "ctl/state_options.h"

namespace zdr::ctl {
namespace {

using cli::Times;

// Those that ask HAProxy: the waits, the guard of the last ready server, and the doctor.
constexpr std::string_view kHaproxyReaders[] = {"drain",   "maint",  "ready",  "wait",
                                                "restart", "remove", "doctor", "report"};

constexpr cli::Option kCommon[] = {
    {.name = "state-dir",
     .argument = "DIR",
     .help = "where zdr keeps its state (else $ZDR_STATE_DIR, else /run/zdr)",
     .kind = cli::Kind::kDirectory},
    {.name = "haproxy",
     .argument = "SOCKET",
     .help = "ask this HAProxy too (path or HOST:PORT; several)",
     .kind = cli::Kind::kFile,
     .times = Times::kMany,
     .readers = kHaproxyReaders},
    {.name = "quiet", .letter = 'q', .help = "say nothing but errors"},
    {.name = "verbose", .letter = 'v', .help = "say more"},
};

constexpr cli::Option kJson = {.name = "json", .help = "as JSON"};
constexpr cli::Option kStatus[] = {
    kJson,
    {.name = "watch", .help = "again every second, until interrupted"},
    {.name = "wide", .help = "all columns, also where the terminal is narrower"},
};

constexpr cli::Option kDoctor[] = {kJson};

constexpr cli::Option kOut[] = {
    kReason,
    {.name = "ttl", .argument = "TIME", .help = "be ready again by itself after that time (1s to 24d)"},
    {.name = "until-listening", .help = "... or as soon as a new socket of the app listens"},
    kForce,
    kNoWait,
    kTimeout,
    kUnchecked,
};

constexpr cli::Option kReady[] = {kReason, kNoWait, kTimeout, kUnchecked};

constexpr std::string_view kGoals[] = {"drained", "idle", "ready"};
constexpr cli::Option kWait[] = {
    {.name = "for",
     .argument = "GOAL",
     .help = "drained, idle (no active session) or ready",
     .kind = cli::Kind::kOneOf,
     .allowed = kGoals,
     .required = true},
    kTimeout,
};

constexpr cli::Option kHandover[] = {
    {.name = "to", .argument = "PORT", .help = "where the new instance listens, one of its handover-ports"},
    {.name = "back", .help = "to the app port itself"},
    kReason,
    kNoWait,
    kTimeout,
    {.name = "force", .help = "even if nothing listens there"},
};

constexpr cli::Option kRemove[] = {kForce};
constexpr cli::Option kApply[] = {{.name = "dry-run", .help = "only show what would be changed"}};

constexpr cli::Words kServers = {.name = "NAME", .at_least = 1, .at_most = cli::kAnyNumber, .kind = cli::Kind::kServer};

// What the help of all flips has in common.
#define ZDR_FLIP_DETAILS                                                               \
    "Several servers are flipped all or none. A server that is in the state already\n" \
    "keeps the record of its flip, unless --reason or --ttl ask for a new one.\n"
#define ZDR_WAIT_DETAILS                                                                   \
    "Then it waits until everybody who checks the server was answered often enough\n"      \
    "to know: `fall` refused checks in a row, or `rise` good ones. A time-out (exit 4)\n"  \
    "and an interrupt (130) name who is missing, and leave the state. Where nobody\n"      \
    "checks a server, nothing is flipped (exit 5) without --unchecked. TIME is a number\n" \
    "and a unit: 500ms, 30s, 15m, 2h, 1d.\n"

constexpr cli::Command kCommands[] = {
    {.name = "status",
     .summary = "show the servers, their states and counters",
     .details = "Without a NAME, all servers; with one, and with --verbose, also who checks them.\n"
                "SESSIONS are connections to the app: active+idle. On a terminal, columns that do not\n"
                "fit are left out, and --watch shows first what is not ready.\n",
     .options = kStatus,
     .words = {.name = "NAME", .at_most = cli::kAnyNumber, .kind = cli::Kind::kServer}},
    {.name = "drain",
     .summary = "refuse new clients: HAProxy's checks of the status port fail",
     .details =
         "The backup status port still works, so clients that HAProxy knows stay.\n" ZDR_FLIP_DETAILS ZDR_WAIT_DETAILS,
     .options = kOut,
     .words = kServers},
    {.name = "maint",
     .summary = "refuse all clients: the checks of the backup status port fail too",
     .details = ZDR_FLIP_DETAILS ZDR_WAIT_DETAILS,
     .options = kOut,
     .words = kServers},
    {.name = "ready",
     .summary = "take clients again: the checks reach the app",
     .details = ZDR_FLIP_DETAILS ZDR_WAIT_DETAILS,
     .options = kReady,
     .words = kServers},
    {.name = "wait",
     .summary = "wait until everybody who checks the servers knows",
     .details = "Flips nothing: who waits for a state that nobody has asked for waits until\n"
                "somebody does, or for the time-out.\n",
     .options = kWait,
     .words = kServers},
    {.name = "restart",
     .summary = "restart servers without one client noticing",
     .details = "Batch by batch: drain and wait, maint and wait where there is a backup status\n"
                "port, wait until no session is active, run COMMAND (in which {name}, {address}\n"
                "and {port} are the server's), wait until the new app answers and the old one is\n"
                "gone, ready and wait. Commands, HAProxy's sockets and the last ready server are\n"
                "looked at before the first is drained. An error stops it, leaves out what did not\n"
                "come up, and says of each server whether it is untouched, out, restarted but not\n"
                "seen ready, or ready. While it runs it holds the servers, for --ttl, which it\n"
                "renews: when it is killed, they are ready again after that time. COMMAND has a\n"
                "process group of its own; an interrupt is passed on to it once. What it leaves\n"
                "running keeps this command's output open: start that with >FILE 2>&1. --plot asks\n"
                "HAProxy's sockets meanwhile, and two seconds more; the picture is also there when the\n"
                "restart fails.\n"
                "With --handover, which needs handover-ports, no server goes out: a new instance is\n"
                "started on a free one of these ports; once it answers, new connections and checks\n"
                "are led there; once a connection has arrived there, and no session of the old\n"
                "instance is active, that is stopped. A new one that does not come up, or that nobody\n"
                "reaches, is stopped again, and nothing has changed.\n",
     .options = kRestart,
     .words = kServers,
     .trailing = {.name = "COMMAND", .required = false, .kind = cli::Kind::kCommand}},
    {.name = "handover",
     .summary = "lead a server's traffic to another instance of its app",
     .details = "For servers with handover-ports in zdr.conf. From then on new connections to the app\n"
                "port, and checks, reach the instance at PORT; those that are established stay with\n"
                "the old one. HAProxy has the server up throughout. It returns when the first\n"
                "connection has arrived there.\n",
     .options = kHandover,
     .words = {.name = "NAME", .at_least = 1, .at_most = 1, .kind = cli::Kind::kServer}},
    {.name = "add",
     .summary = "add a server while zdr runs",
     .details = "For root. A server that is there with the same settings is left as it is; with\n"
                "others it is an error. It stays until it is removed, or until zdr-loader load, or\n"
                "apply, reads a file that does not name it: name it there too, so that it is there\n"
                "after the next start. --start last is ready here: only load knows a last state.\n",
     .options = kAdd,
     .words = {.name = "NAME", .at_least = 1, .at_most = 1}},
    {.name = "remove",
     .summary = "remove servers while zdr runs",
     .details = "For root. All or none: when one NAME is not there, the exit status is 6 and nothing\n"
                "is removed. A drained server may be removed, and one that a restart holds: that\n"
                "restart ends. Its status ports are ordinary ports again, where nothing listens.\n",
     .options = kRemove,
     .words = kServers},
    {.name = "apply",
     .summary = "make the servers those of a zdr.conf",
     .details = "For root. In one step: servers that stay keep their states, and no check of them\n"
                "fails meanwhile. Shows a line for each server that is added (+), changed (~) or\n"
                "removed (-). FILE - is the standard input. An error in FILE changes nothing. FILE is\n"
                "the operator's word: servers go even where a backend has no ready one left then.\n"
                "Only the servers are applied: what stands above the first section (cgroup,\n"
                "interface, group, haproxy) is checked here and takes effect with zdr-loader load.\n",
     .options = kApply,
     .words = {.name = "FILE", .at_least = 1, .at_most = 1, .kind = cli::Kind::kFile}},
    {.name = "import",
     .summary = "print the zdr.conf for a HAProxy configuration",
     .details = "Servers that HAProxy checks on a port of their own get a section; a comment says\n"
                "why another one has none. Variables are those of this shell's environment.\n",
     .words = {.name = "HAPROXY.CFG", .at_least = 1, .at_most = 1, .kind = cli::Kind::kFile}},
    cli::kCompleteCommand,
    {.name = "doctor",
     .summary = "find what would make a drain fail, and what to do about it",
     .details = "Looks at the servers, the hooks, the listening sockets and, if a socket of it is\n"
                "known, at HAProxy as it runs; with a file, at that and at what of it disagrees with\n"
                "what is loaded (the file alone where nothing is). For each finding: what, why it\n"
                "matters, and what to do. A problem exits 1; a note alone does not.\n",
     .options = kDoctor,
     .words = {.name = "HAPROXY.CFG", .at_most = 1, .kind = cli::Kind::kFile}},
    {.name = "metrics",
     .summary = "print the state of everything for Prometheus",
     .details = "In the text format that node_exporter's textfile collector reads. What is unknown is\n"
                "left out. When zdr is not loaded it prints zdr_up 0 and exits 3. To a file, whole:\n"
                "  zdrctl metrics > zdr.prom.new; mv zdr.prom.new zdr.prom\n"},
    {.name = "report",
     .summary = "print what a bug report has to say",
     .details = "Versions, the kernel, and what status, doctor, metrics and zdr-loader check say, as far\n"
                "as whoever runs it may see it: run it as root. Reasons and users of flips are left out.\n"
                "  zdrctl report > zdr-report.txt\n"},
};

constexpr cli::Program kProgram = {
    .name = "zdrctl",
    .version = ZDR_VERSION,
    .summary = "Shows the servers whose status ports zdr redirects, and flips them.",
    .arguments = "COMMAND [OPTION...] [NAME...]",
    .commands = kCommands,
    .common_options = kCommon,
    .closing =
        "A NAME may be a pattern of servers, in quotes: 'web*', 'web?', 'web[1-3]'. One that\n"
        "begins with - follows --.\n\n"
        "exit status: 0 done, 1 failed, 2 usage, 3 zdr is not loaded, 4 timed out while waiting,\n"
        "5 refused for safety, 6 no such server, 7 not permitted, 130 interrupted\n",
};

struct Runner {
    std::string_view name;
    Run run;
};

constexpr Runner kRunners[] = {
    {"status", status},        {"drain", drain},       {"maint", maint},   {"ready", ready},     {"wait", wait},
    {"restart", restart},      {"handover", handover}, {"add", add},       {"remove", remove},   {"apply", apply},
    {"import", import_config}, {"complete", complete}, {"doctor", doctor}, {"metrics", metrics}, {"report", report},
};
static_assert(std::equal(std::begin(kRunners), std::end(kRunners), std::begin(kCommands), std::end(kCommands),
                         [](const Runner& a, const cli::Command& b) { return a.name == b.name; }),
              "each command of the table has what runs it, in the same order");

}  // namespace

const cli::Program& program() {
    return kProgram;
}

Run run_of(const cli::Command& command) {
    return kRunners[&command - kCommands].run;
}

}  // namespace zdr::ctl
