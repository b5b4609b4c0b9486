// A command of the user's, run with zdrctl's own input and output.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

class Child {
  public:
    // Starts a program as a shell would find it, with the signals that it would have under a shell. Errors: of
    // execvp().
    static Result<Child> start(const std::vector<std::string>& command);
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, {})) {}
    Child& operator=(Child&&) = delete;
    // A child that still runs is left alone.
    ~Child() = default;

    // Its exit status, or 128 and the signal that ended it; none while it runs.
    std::optional<int> status();
    // Asks it to end (SIGTERM).
    void stop() const;

  private:
    explicit Child(pid_t pid) : pid_(pid) {}

    pid_t pid_;  // -1: moved away; to kill() and waitpid() that means every process
    std::optional<int> status_;
};

}  // namespace zdr
