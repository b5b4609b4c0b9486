// The options that say what a server is, one for each key of its section in zdr.conf.
#pragma once

#include <string_view>

#include "cli/program.h"

namespace zdr::ctl {

inline constexpr std::string_view kYesOrNo[] = {"yes", "no"};
inline constexpr std::string_view kStarts[] = {"ready", "drain", "maint", "last"};
inline constexpr std::string_view kPublished[] = {"auto", "yes", "no"};
constexpr cli::Option yes_or_no(std::string_view name, std::string_view help) {
    return {.name = name, .argument = "WHAT", .help = help, .kind = cli::Kind::kOneOf, .allowed = kYesOrNo};
}
inline constexpr cli::Option kAdd[] = {
    {.name = "port", .argument = "PORT", .help = "where the app listens", .required = true},
    {.name = "status-port", .argument = "PORT", .help = "what HAProxy checks", .required = true},
    {.name = "backup-status-port", .argument = "PORT", .help = "what HAProxy checks of its backup twin"},
    {.name = "address",
     .argument = "ADDRESS",
     .help = "of the server (several; *, every address of this host)",
     .times = cli::Times::kMany},
    {.name = "backend",
     .argument = "NAME",
     .help = "a group of servers it is in (several)",
     .times = cli::Times::kMany},
    {.name = "checks", .argument = "N", .help = "lines of HAProxy that check its status port (1)"},
    {.name = "fall", .argument = "N", .help = "refused checks until HAProxy has it down (3)"},
    {.name = "rise", .argument = "N", .help = "good checks until HAProxy has it up (2)"},
    {.name = "inter", .argument = "TIME", .help = "between two checks (2s)"},
    {.name = "fastinter", .argument = "TIME", .help = "... while HAProxy is about to change its mind (inter)"},
    {.name = "downinter", .argument = "TIME", .help = "... while HAProxy has it down (inter)"},
    {.name = "check-uri", .argument = "PATH", .help = "what HAProxy's HTTP check asks"},
    {.name = "check-host", .argument = "NAME", .help = "... of which host (its address)"},
    {.name = "check-status", .argument = "CODES", .help = "... and which answers are good (2xx and 3xx)"},
    {.name = "check-method", .argument = "METHOD", .help = "... by which method: GET, HEAD or OPTIONS (GET)"},
    {.name = "check-timeout", .argument = "TIME", .help = "... and how long it waits for the answer (inter)"},
    yes_or_no("check-ssl", "yes: HAProxy's checks speak TLS"),
    yes_or_no("check-complete", "no: HAProxy's checks look at more than zdr can ask"),
    {.name = "checkers",
     .argument = "WHO",
     .help = "exactly these confirm a flip: an address, or local:NAME (several)",
     .times = cli::Times::kMany},
    yes_or_no("unchecked", "yes: a wait does not need a checker"),
    yes_or_no("replace-listener", "yes: even if something listens on its status port"),
    {.name = "published",
     .argument = "WHAT",
     .help = "its port is published from a container: auto (default), yes or no",
     .kind = cli::Kind::kOneOf,
     .allowed = kPublished},
    {.name = "handover-ports",
     .argument = "FIRST-LAST",
     .help = "where other instances of its app may listen (21000-21099)"},
    {.name = "drain-port", .argument = "PORT", .help = "where its status port leads in state drain (answers 404)"},
    {.name = "start",
     .argument = "STATE",
     .help = "how it begins: ready (default), drain, maint, or last (as it was)",
     .kind = cli::Kind::kOneOf,
     .allowed = kStarts},
};

}  // namespace zdr::ctl
