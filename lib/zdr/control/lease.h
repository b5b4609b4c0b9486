// What a restart holds while it runs: its servers are out, under its name, for a time that it renews. When it is killed
// the kernel ends the drain by itself, and when somebody else flips a server, it is told.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/model/flip.h"

namespace zdr {

inline constexpr std::chrono::milliseconds kDefaultLease(60'000);

struct LeaseRequest {
    std::string reason;
    std::chrono::milliseconds ttl = kDefaultLease;
    bool force = false;  // also where a backend has no ready server left
};

class Lease {
  public:
    // Drains the servers, all or none; the context outlives the lease. Errors: those of flip_servers(); kUnsafe where a
    // restart that still runs holds one of them, naming who does.
    static Result<Lease> take(std::vector<std::string> names, const LeaseRequest& request, const Context& context);

    // Each of these is refused where somebody flipped one of the servers meanwhile or the time was over (kFailed), and
    // where one was removed (kNoSuchServer), even if another has its name now.
    Result<void> set(State state);
    // Once a third of the time has passed.
    Result<void> renew();
    // Now: before what must not be done to a server that is not out.
    Result<void> confirm() { return set(state_); }
    // These of the servers are ready, and nobody's; the others stay held.
    Result<void> release(const std::vector<std::string>& names);
    // The servers stay as they are for good, and nobody's: each that is held still. Their names.
    std::vector<std::string> leave();

    const std::vector<std::string>& names() const { return names_; }
    State state() const { return state_; }

  private:
    Lease(std::vector<std::string> names, std::chrono::milliseconds ttl, const Context& context, Flip record)
        : names_(std::move(names)), ttl_(ttl), context_(&context), record_(std::move(record)) {}
    enum class After { kHeld, kFree };
    Result<void> write(std::span<const std::string> names, State state, After after);

    std::vector<std::string> names_;
    std::chrono::milliseconds ttl_;
    const Context* context_;
    Flip record_;
    State state_ = State::kReady;
    std::chrono::nanoseconds renewed_boot_{0};
};

}  // namespace zdr
