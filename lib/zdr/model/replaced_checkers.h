// Which process of a HAProxy took over from which, after a reload or a restart: nobody waits for the former one, though
// it may live as long as its clients.
#pragma once

#include <chrono>
#include <span>

#include "zdr/model/checkers.h"

namespace zdr {

// Two processes that ask the same port.
bool is_of_one_name(const Checker& one, const Checker& other);

// Whether a process is the one that another was reloaded to, or restarted: by what it was told at its start, or else by
// when both asked. Of several that may have been, the one that has ended was, else the one that asked last; who has not
// asked for `silence` before the start was not. Since a process that has not asked yet may not come up, it replaces
// nobody.
bool replaces(const Checker& one, const Checker& former, std::span<const Checker> all,
              std::chrono::nanoseconds silence);

// Whether a process was told at its start to replace this one, and does: it was the last to ask.
bool is_told_to_have_gone(const Checker& former, std::span<const Checker> all);

// A process of a checker's name, as a HAProxy that was reloaded has it: what it took from the old one nobody knows.
bool is_successor(const Checker& checker, std::span<const Checker> all);

}  // namespace zdr
