// The restart of the servers of one batch, from the drain to the first checks that are good again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/control/lease.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/model/server.h"

namespace zdr {

struct RestartRequest {
    // Run for each server as a shell would find it; in each word {name}, {address} and {port} are the server's.
    std::vector<std::string> command;
    // Each thing that is waited for has this time, but for the sessions.
    std::chrono::milliseconds timeout = kDefaultTimeout;
    std::chrono::milliseconds idle_timeout = kDefaultIdleTimeout;
    bool fails_if_busy = false;            // when sessions are not idle in time; else it goes on
    std::optional<std::string> ready_url;  // goes on once it answers 2xx or 3xx; with {name}, {address} and {port}
    bool keeps_listener = false;           // the command keeps the listening socket
    bool unchecked = false;                // goes on where nobody checks a server, and nothing is acknowledged
    LeaseRequest lease{};
};

class BatchRestart {
  public:
    // Both the request and the context outlive it.
    BatchRestart(std::span<const Server> servers, const RestartRequest& request, const Context& context);

    // Reports each step with the time it took. An error names the step; the servers are left out of
    // rotation then, unless it was the drain itself that was refused.
    Result<void> run();

    // After an error: the servers that were taken out, and that are there and its own still, stay out for good, rather
    // than until the lease ends. Their names.
    std::vector<std::string> leave();

  private:
    Result<void> take_out();
    Result<void> wait_until_idle();
    Result<void> run_commands();
    Result<void> wait_for_app(const Server& server);
    Result<void> take_back();
    void look_at_app(const Server& server);
    Result<void> wait_for_goal(bool is_out);
    // Until the condition holds; renews the lease meanwhile. Errors: kTimedOut with `what`, an interrupt, the lease's.
    Result<void> wait_until(const std::function<Result<bool>()>& condition, std::chrono::milliseconds within,
                            const std::string& what);
    void say(std::string_view who, std::string_view what);

    std::vector<Server> servers_;
    std::vector<std::string> names_;
    std::vector<std::set<std::uint64_t>> old_listeners_;
    const RestartRequest* request_;
    const Context* context_;
    std::optional<Lease> lease_;
    bool is_out_ = false;
};

// A server's own text: {name}, {address} (of several the first, of * 127.0.0.1) and {port} replaced.
std::string expand_placeholders(std::string_view text, const Server& server);

}  // namespace zdr
