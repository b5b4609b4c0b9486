// The restart of the servers of one batch by a handover: a new instance of each app beside the old one, which ends when
// its traffic has gone to the new one.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "zdr/control/handover/instance_starts.h"
#include "zdr/control/restart/restart_request.h"
#include "zdr/model/server.h"

namespace zdr {

class BatchHandover {
  public:
    // All three outlive it; the request has the commands of a handover.
    BatchHandover(std::span<const Server> servers, const RestartRequest& request, const Context& context);
    BatchHandover(const BatchHandover&) = delete;
    BatchHandover& operator=(const BatchHandover&) = delete;
    ~BatchHandover() = default;

    // Reports each step with the time it took. Where the new instance of a server does not come up, or nothing arrives
    // there, it is stopped, and the old one serves as before; the others go on. An error names the step.
    Result<void> run();

    std::vector<RestartedServer> results() const;
    // The servers as their apps are reached now.
    std::vector<Server> serving() const;

  private:
    using Ones = std::vector<InstanceRestart*>;

    Result<void> run_steps();
    Result<void> look_at_servers();
    void hand_over_all();
    void wait_for_arrivals();
    void lead_back(InstanceRestart& one, Error why);
    Result<void> end_old();
    Result<void> leave_old(const Ones& moved, Error why);
    void roll_back(InstanceRestart& one);
    void fail_one(InstanceRestart& one, Error why) const;
    Result<void> failure() const;
    void say(const InstanceRestart& one, const std::string& what) const {
        context_.report(one.server.name + ": " + what);
    }
    void tell(const RestartEvent& event) const {
        if (request_->on_event) request_->on_event(event);
    }

    const RestartRequest* request_;
    Context context_;  // the caller's, but that it notes an interrupt
    bool is_interrupted_ = false;
    std::deque<InstanceRestart> all_;
    InstanceStarts starts_;
};

}  // namespace zdr
