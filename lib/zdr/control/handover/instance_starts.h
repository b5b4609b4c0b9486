// Starting new instances of apps, each on a free port, until they answer; and stopping instances.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/control/handover/free_port.h"
#include "zdr/control/handover/hand_over.h"
#include "zdr/control/restart/command_runs.h"
#include "zdr/control/restart/new_app.h"
#include "zdr/control/restart/restart_request.h"
#include "zdr/model/server.h"

namespace zdr {

// What becomes of one server.
struct InstanceRestart {
    Server server{};                   // as it is configured
    Server old{};                      // as its app was reached when this began
    Port led_to{1};                    // the port that its record had then
    bool old_listens = false;          // an instance was there
    bool is_asked = false;             // somebody connects who tells that the new one is reached
    std::optional<PortClaim> claim{};  // of the new instance's port
    Server fresh{};                    // as the new instance is reached
    std::optional<NewApp> app{};
    bool is_up = false;
    std::optional<Led> led{};  // there
    bool is_rolled_back = false;
    std::string missing{};  // until it is up
    std::optional<Error> failure{};
};

class InstanceStarts {
  public:
    using Ones = std::vector<InstanceRestart*>;

    // All three outlive it; the last says whether it was interrupted.
    InstanceStarts(const RestartRequest& request, const Context& context, const bool& is_interrupted)
        : request_(&request), context_(&context), is_interrupted_(&is_interrupted) {}

    // Until each is up, or has failed and was stopped again. Where the port turned out to be somebody else's, it is
    // tried again on another one, a few times.
    void start(const Ones& all);
    // Stops the new instance of one that has failed.
    void stop_fresh(InstanceRestart& one);
    // Stops the old instances, whose servers are led elsewhere. Errors: kInterrupted; a command that failed where there
    // was an instance to stop.
    Result<void> stop_old(const Ones& moved);
    // Runs a line of sh for an instance, and returns why it failed.
    std::optional<Error> run_line(std::string_view line, const Server& instance);

  private:
    Result<void> choose_ports(const Ones& all);
    void run_starts(const Ones& tried);
    void wait_for_apps(const Ones& tried);
    bool look_at_apps(const Ones& tried, std::chrono::nanoseconds passed);
    Result<std::string> missing_of(InstanceRestart& one) const;
    bool is_taken(const InstanceRestart& one) const;
    void fail_one(InstanceRestart& one, Error why) const;
    ChildOutput output() const;
    void tell(const RestartEvent& event) const {
        if (request_->on_event) request_->on_event(event);
    }

    const RestartRequest* request_;
    const Context* context_;
    const bool* is_interrupted_;
    std::set<Port> taken_;  // ports that turned out to be somebody's
};

}  // namespace zdr
