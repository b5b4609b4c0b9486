// Running real programs in tests: to their end with everything they said, or in the background.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/deadline.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

using Command = std::vector<std::string>;

Command operator+(Command first, const Command& rest);

struct Output {
    int status = 0;  // exit status, or 128 and the signal
    std::string out;
    std::string err;
};

// A program in the background. It inherits the namespaces of the thread that starts it. Killed when this dies.
class Process {
  public:
    // Throws std::system_error where the program cannot be started.
    explicit Process(const Command& command);
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    // Ends the wait after the stretched time by killing it (status 137).
    Output wait(std::chrono::milliseconds within = kPatience);
    bool is_running();
    // What it has said so far on standard error.
    std::string standard_error() const;

  private:
    bool reap(std::chrono::milliseconds within);

    pid_t pid_ = -1;
    UniqueFd pidfd_;
    UniqueFd out_;
    UniqueFd err_;
    std::optional<int> status_;
};

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

// Runs a program to its end.
Output run(const Command& command, std::chrono::milliseconds within = kPatience);

// Runs one that must succeed; throws std::runtime_error with what it said.
void must_run(const Command& command);

// Runs a function in a forked child and returns what it returns (0 to 255), as a process of other rights can.
int in_child(const std::function<int()>& function);

}  // namespace zdr::test
