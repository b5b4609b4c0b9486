// What a restart holds while it runs: its servers are out, under its name, for a time that it renews. When it is killed
// the kernel ends the drain by itself, and when somebody else flips a server, it is told.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/env.h"
#include "zdr/model/flip.h"

namespace zdr::ctl {

inline constexpr std::chrono::milliseconds kDefaultLease(60'000);

class Lease {
  public:
    // Drains the servers, all or none. Errors: those of flip_servers(); kUnsafe where a restart that still runs holds
    // one of them, naming who does.
    static Result<Lease> take(std::vector<std::string> names, const Options& options, Env& env);

    // Each of these is refused where somebody flipped one of the servers meanwhile or the time was over (kFailed), and
    // where one was removed (kNoSuchServer), even if another has its name now.
    Result<void> set(State state, Env& env);
    // Once a third of the time has passed.
    Result<void> renew(Env& env);
    // The servers are ready, and nobody's.
    Result<void> release(Env& env);
    // The servers stay as they are for good, and nobody's: each that is held still. Their names.
    std::vector<std::string> leave(Env& env);

    const std::vector<std::string>& names() const { return names_; }
    State state() const { return state_; }

  private:
    Lease(std::vector<std::string> names, const Options& options, Flip record)
        : names_(std::move(names)), options_(&options), record_(std::move(record)) {}
    Result<void> write(std::span<const std::string> names, State state, Env& env);

    std::vector<std::string> names_;
    const Options* options_;
    Flip record_;
    State state_ = State::kReady;
    std::chrono::nanoseconds renewed_boot_{0};
    bool is_held_ = true;
};

}  // namespace zdr::ctl
