// A server's app after the command: whether it is the new one that answers, and if not, what is missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "zdr/control/context.h"
#include "zdr/control/restart/app_renewal.h"
#include "zdr/control/restart/ready_command.h"
#include "zdr/control/restart/restart_request.h"

namespace zdr {

class NewApp {
  public:
    // All three outlive it.
    NewApp(const Server& server, const RestartRequest& request, const Context& context);

    // Who has the port now is the old app; called right before the command begins. Reports where nobody can be seen.
    // Errors: of look_at_app().
    Result<void> begin();

    // What is missing until the new app answers, as the end of a sentence; empty: nothing.
    Result<std::string> missing();
    // The same of any app, the new one or the old one.
    std::string missing_of_any();
    // For those that ask again from now on.
    void begin_anew();

    // How long to pause before the next look, so that looking costs little.
    std::chrono::milliseconds pause() const { return pause_; }

  private:
    Result<std::string> missing_processes();
    std::string format(const Renewal& renewal) const;
    std::string missing_url() const;
    // Tells early what nobody should wait for: the command only reloaded.
    void name_old_socket(const Renewal& renewal);
    // Of old processes that only end, or that cannot be seen any more, for long: it goes on without.
    bool is_over(Renewal::Verdict verdict);

    const Server* server_;
    const RestartRequest* request_;
    const Context* context_;
    AppSnapshot before_;
    std::uint64_t began_ = 0;
    std::optional<ReadyCommand> ready_command_;
    std::chrono::milliseconds pause_{0};
    std::chrono::milliseconds answer_;                       // for each answer of the app
    Renewal::Verdict verdict_ = Renewal::Verdict::kRenewed;  // of the last look
    std::chrono::nanoseconds since_{0};                      // that it has been so
    bool has_gone_on_ = false;
    bool has_named_old_socket_ = false;
};

}  // namespace zdr
