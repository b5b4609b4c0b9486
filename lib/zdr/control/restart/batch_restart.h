// The restart of the servers of one batch, from the drain to the first checks that are good again.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/control/lease.h"
#include "zdr/control/restart/command_runs.h"
#include "zdr/control/restart/new_app.h"
#include "zdr/control/restart/restart_request.h"
#include "zdr/model/server.h"

namespace zdr {

class BatchRestart {
  public:
    // All three outlive it.
    BatchRestart(std::span<const Server> servers, const RestartRequest& request, const Context& context);
    BatchRestart(const BatchRestart&) = delete;
    BatchRestart& operator=(const BatchRestart&) = delete;
    ~BatchRestart() = default;

    // Reports each step with the time it took. Where the new app of a server does not come up, the others are taken
    // back all the same, and that server is rolled back if the request says how. An error names the step.
    Result<void> run();

    // After an error: the servers that were taken out, and that are there and its own still, stay out for good, rather
    // than until the lease ends. Their names.
    const std::vector<std::string>& leave();
    // What has become of each, once those that stay out are left.
    std::vector<RestartedServer> results() const;

  private:
    struct One {
        const Server* server;
        NewApp app;
        bool has_begun = false;     // its command
        bool is_restarted = false;  // the command exited 0
        bool is_up = false;         // the new app answers
        bool is_ready = false;
        bool is_rolled_back = false;
        std::string missing{};           // until it is up
        std::optional<Error> failure{};  // why the new app has not come up
    };

    Result<void> run_steps();
    Result<void> take_out();
    Result<void> wait_until_idle();
    Result<void> run_all_commands();
    Result<void> wait_for_apps();
    Result<bool> look_at_apps(std::chrono::nanoseconds passed);
    Result<void> take_back();
    Result<void> take_back(const std::vector<One*>& which);
    void roll_back(One& one);
    Result<void> wait_after_rollback(One& one);
    Result<void> wait_for_goal(State state, const std::vector<std::string>& names);
    void fail_one(One& one, std::optional<Error> why) const;
    Result<void> failure() const;
    void say(const Server& server, const std::string& what) const { context_.report(server.name + ": " + what); }
    void tell(const RestartEvent& event) const {
        if (request_->on_event) request_->on_event(event);
    }

    const RestartRequest* request_;
    Context context_;  // the caller's, but that it notes an interrupt
    bool is_interrupted_ = false;
    std::deque<One> all_;
    std::vector<std::string> names_;
    std::optional<Lease> lease_;
    std::optional<std::uint64_t> began_;  // the commands, as clock_ticks() has it
    std::vector<std::string> left_;
};

}  // namespace zdr
