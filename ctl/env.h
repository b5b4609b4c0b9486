// What zdrctl knows of the world around it: where text goes, who runs it, what time it is. The commands see only this,
// so tests run them inside their own process with another world.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/control/context.h"

namespace zdr::ctl {

class Env {
  public:
    virtual ~Env() = default;

    // Data: all of it reaches standard output, or the error says why not.
    virtual Result<void> out(std::string_view text) = 0;
    // Progress and errors. When even these cannot be written there is nobody left to tell.
    virtual void err(std::string_view text) = 0;
    // One line for the system's journal, which may not be there.
    virtual void journal(std::string_view line) = 0;
    virtual bool out_is_terminal() const = 0;
    virtual bool err_is_terminal() const = 0;
    // An environment variable; none when it is unset or empty.
    virtual std::optional<std::string> variable(const char* name) const = 0;
    virtual User user() const = 0;
    virtual Now now() const = 0;
    // From here on an interrupt (Ctrl-C) is the normal end: the program exits 0 at once, without a word.
    virtual void end_on_interrupt() = 0;
    // From here on an interrupt (Ctrl-C), a hang-up or SIGTERM ends the next pause.
    virtual void stop_on_interrupt() = 0;
    // Returns after that time, or earlier when a child ended; false when it is time to stop.
    virtual bool pause(std::chrono::milliseconds time) = 0;
    // The signal that made it time to stop.
    virtual int stop_signal() const { return SIGTERM; }
    // Shows a question on the terminal that controls this process, and waits for the line that is typed there; none
    // where there is no terminal, and when it is time to stop.
    virtual std::optional<std::string> ask(std::string_view question) = 0;
    virtual bool can_ask() const = 0;
};

// The process's own streams, variables, user and clocks.
class ProcessEnv final : public Env {
  public:
    Result<void> out(std::string_view text) override;
    void err(std::string_view text) override;
    void journal(std::string_view line) override;
    bool out_is_terminal() const override;
    bool err_is_terminal() const override;
    std::optional<std::string> variable(const char* name) const override;
    User user() const override;
    Now now() const override;
    void end_on_interrupt() override;
    void stop_on_interrupt() override;
    bool pause(std::chrono::milliseconds time) override;
    int stop_signal() const override { return stop_signal_; }
    std::optional<std::string> ask(std::string_view question) override;
    bool can_ask() const override;

  private:
    int stop_signal_ = SIGTERM;
};

}  // namespace zdr::ctl
