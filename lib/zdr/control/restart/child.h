// A command of the user's, run with this process's own input and output, in a process group of its own: what a terminal
// sends (Ctrl-C) reaches this process alone, which passes it on to the command and not to what the command has started.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

// Where a command writes; -1: where this process does.
struct ChildOutput {
    int out = -1;
    int err = -1;
};

class Child {
  public:
    // Starts a program as a shell would find it, with the signals that it would have under a shell. Errors: of
    // execvp().
    static Result<Child> start(const std::vector<std::string>& command, ChildOutput output = {});
    Child(Child&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)),
          status_(std::exchange(other.status_, {})),
          wants_terminal_(other.wants_terminal_),
          has_terminal_(std::exchange(other.has_terminal_, false)) {}
    Child& operator=(Child&&) = delete;
    // A child that still runs is left alone.
    ~Child();

    // Its exit status, or 128 and the signal that ended it; none while it runs. One that stopped because it reads from
    // the terminal (sudo asks for a password) gets it, if it is this process's to give, until it ends.
    std::optional<int> status();
    void signal(int number) const;
    // The same for all that it has started and that has not left its group.
    void signal_group(int number) const;
    pid_t pid() const { return pid_; }

  private:
    explicit Child(pid_t pid) : pid_(pid) {}
    void lend_terminal();
    void take_terminal_back();

    pid_t pid_;  // -1: moved away; to kill() and waitpid() that means every process
    std::optional<int> status_;
    bool wants_terminal_ = false;
    bool has_terminal_ = false;
};

}  // namespace zdr
