// What the functions of control need of the world around them: where zdr is, who asks, where words go, how time passes
// and when to stop. Every member has a value that a program can keep; tests and zdrctl put in their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/haproxy/runtime_socket.h"
#include "zdr/kernel/state_dir.h"

namespace zdr {

struct User {
    std::uint32_t uid;
    std::string name;
};

// The real uid and its name: the one who called sudo where root got here that way, a number where there is no name.
User current_user();

struct Now {
    std::chrono::nanoseconds boot;  // CLOCK_BOOTTIME
    std::chrono::nanoseconds wall;  // CLOCK_REALTIME
};

Now current_time();

struct Context {
    std::string state_dir{kDefaultStateDir};
    // Asked in addition to what the programs saw; none: those of the configuration that was loaded.
    std::vector<HaproxyEndpoint> haproxy{};

    std::function<User()> user;
    std::function<Now()> now;
    // Returns after that time, or earlier when a child ended; false when it is time to stop: waits end then, as timed
    // out.
    std::function<bool(std::chrono::milliseconds)> pause;
    // The signal that ended the last pause.
    std::function<int()> stop_signal;
    // A step that is done, as one line without its end: "webA: drained after 6s".
    std::function<void(std::string_view line)> report;
    // What is waited for now, which takes the place of what was before; empty: nothing any more.
    std::function<void(std::string_view line)> report_pending;
    // What only a curious reader wants to know.
    std::function<void(std::string_view line)> report_detail;
    // A line for the system's journal.
    std::function<void(std::string_view line)> log;

    // How whoever runs this program gives the setting of a request, for advice in errors: of "force" zdrctl says
    // "--force".
    std::function<std::string(std::string_view setting)> option;
    // And a command: of "ready webA" it says "zdrctl ready webA".
    std::function<std::string(std::string_view words)> command;

    // The process's own user and clocks, sleeps that nothing ends, no words but those for the journal,
    // settings by their own names.
    Context();
};

}  // namespace zdr
