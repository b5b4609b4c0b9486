// A forked child that runs a function, and is waited for with a deadline.
#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>

#include "support/deadline.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

inline constexpr std::chrono::seconds kDeadline(20);  // to be stretched
inline constexpr int kLate = -1;

class Child {
  public:
    // The child ends with what body returns as its exit status; nothing of the test's runs in it.
    explicit Child(const std::function<int()>& body) : pid_(fork()) {
        if (pid_ == 0) _exit(body());
        end_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0 || is_reaped_) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const { return pid_; }
    bool ends_within(std::chrono::milliseconds time) const {
        pollfd end{.fd = end_.get(), .events = POLLIN, .revents = 0};
        return poll(&end, 1, static_cast<int>(time.count())) == 1;
    }
    // The exit status, 128 + the signal it died of, or kLate.
    int wait() {
        int status = 0;
        if (!ends_within(stretched(kDeadline)) || waitpid(pid_, &status, 0) != pid_) return kLate;
        is_reaped_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    pid_t pid_;
    UniqueFd end_;
    bool is_reaped_ = false;
};

}  // namespace zdr::test
