// What zdrctl knows of the world around it: where text goes, who runs it, what time it is. The commands see only this,
// so tests run them inside their own process with another world.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/terminal.h"
#include "zdr/control/context.h"

namespace zdr::ctl {

// Data was shown after which nothing is done. A reader that went away has seen enough (head -1): that is no error.
Result<void> unless_reader_left(Result<void> shown);

class Env {
  public:
    virtual ~Env() = default;

    // Data: all of it reaches standard output, or the error says why not.
    Result<void> out(std::string_view text);
    // Progress and errors. When even these cannot be written there is nobody left to tell.
    void err(std::string_view text);
    // What is waited for now, on the last line of the terminal, cut to its width; whatever is written next takes its
    // place. Nothing where there is no live progress.
    void progress(std::string_view line);
    // From here to the end of the screen, the terminal shows what is written and nothing else; then what it showed
    // before. A change of its size ends a pause; a quit (Ctrl-backslash) is an interrupt.
    virtual void begin_screen();
    virtual void end_screen();
    // One line for the system's journal, which may not be there.
    virtual void journal(std::string_view line) = 0;
    virtual bool out_is_terminal() const = 0;
    virtual bool err_is_terminal() const = 0;
    // Of the terminal.
    virtual Window window() const = 0;
    // Whether standard output is a terminal that understands control sequences, as far as TERM says.
    bool has_screen() const;
    // ... and whoever sits there wants colours (NO_COLOR).
    bool has_colours() const;
    bool has_live_progress() const;
    // An environment variable; none when it is unset or empty.
    virtual std::optional<std::string> variable(const char* name) const = 0;
    virtual User user() const = 0;
    virtual Now now() const = 0;
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

  protected:
    virtual Result<void> write_out(std::string_view text) = 0;
    virtual void write_err(std::string_view text) = 0;

  private:
    void clear_progress();

    bool has_progress_ = false;
};

// The process's own streams, variables, user and clocks.
class ProcessEnv final : public Env {
  public:
    void begin_screen() override;
    void end_screen() override;
    void journal(std::string_view line) override;
    bool out_is_terminal() const override;
    bool err_is_terminal() const override;
    Window window() const override;
    std::optional<std::string> variable(const char* name) const override;
    User user() const override;
    Now now() const override;
    void stop_on_interrupt() override;
    bool pause(std::chrono::milliseconds time) override;
    int stop_signal() const override { return stop_signal_; }
    std::optional<std::string> ask(std::string_view question) override;
    bool can_ask() const override;

  private:
    Result<void> write_out(std::string_view text) override;
    void write_err(std::string_view text) override;
    void suspend();

    bool has_own_screen_ = false;
    int stop_signal_ = SIGTERM;
};

}  // namespace zdr::ctl
