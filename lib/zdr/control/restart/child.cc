#include "zdr/control/restart/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "zdr/base/spawn.h"
#include "zdr/base/terminal.h"
#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

class OutputActions {
  public:
    explicit OutputActions(ChildOutput output) {
        posix_spawn_file_actions_init(&actions_);
        if (output.out >= 0) posix_spawn_file_actions_adddup2(&actions_, output.out, STDOUT_FILENO);
        if (output.err >= 0) posix_spawn_file_actions_adddup2(&actions_, output.err, STDERR_FILENO);
    }
    OutputActions(const OutputActions&) = delete;
    OutputActions& operator=(const OutputActions&) = delete;
    ~OutputActions() { posix_spawn_file_actions_destroy(&actions_); }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

// From the background, too: SIGTTOU is what that is usually answered with.
bool set_foreground(const UniqueFd& terminal, pid_t group) {
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTTOU);
    sigprocmask(SIG_BLOCK, &signals, &before);
    const bool is_set = tcsetpgrp(terminal.get(), group) == 0;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return is_set;
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command, ChildOutput output) {
    const std::vector<char*> arguments = spawn_arguments(command);
    const OutputActions actions(output);
    SpawnAttributes attributes;
    attributes.set_own_group();
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, arguments[0], actions.get(), attributes.get(), arguments.data(), environ);
    if (error != 0) return fail_errno("run " + command.front(), error);
    return Child(pid);
}

Child::~Child() {
    take_terminal_back();
}

std::optional<int> Child::status() {
    int status = 0;
    while (pid_ > 0 && !status_ && waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_) {
        if (!WIFSTOPPED(status))
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        else if (WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU)
            wants_terminal_ = true;
        else if (WSTOPSIG(status) == SIGTSTP)
            signal_group(SIGCONT);  // Ctrl-Z, while it has the terminal
    }
    if (status_)
        take_terminal_back();
    else if (wants_terminal_)
        lend_terminal();
    return status_;
}

void Child::lend_terminal() {
    const UniqueFd terminal = open_terminal();
    if (!terminal || tcgetpgrp(terminal.get()) != getpgrp() || !set_foreground(terminal, pid_)) return;
    wants_terminal_ = false;
    has_terminal_ = true;
    signal_group(SIGCONT);
}

void Child::take_terminal_back() {
    if (!has_terminal_) return;
    has_terminal_ = false;
    if (const UniqueFd terminal = open_terminal()) set_foreground(terminal, getpgrp());
}

void Child::signal(int number) const {
    if (pid_ > 0 && !status_) kill(pid_, number);
}

void Child::signal_group(int number) const {
    if (pid_ > 0 && !status_) kill(-pid_, number);
}

}  // namespace zdr
