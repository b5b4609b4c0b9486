#include "zdr/control/restart/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "zdr/base/spawn.h"

namespace zdr {

Result<Child> Child::start(const std::vector<std::string>& command) {
    const std::vector<char*> arguments = spawn_arguments(command);
    const SpawnAttributes attributes;
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, arguments[0], nullptr, attributes.get(), arguments.data(), environ);
    if (error != 0) return fail_errno("run " + command.front(), error);
    return Child(pid);
}

std::optional<int> Child::status() {
    int status = 0;
    if (pid_ > 0 && !status_ && waitpid(pid_, &status, WNOHANG) == pid_)
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return status_;
}

void Child::stop() const {
    if (pid_ > 0 && !status_) kill(pid_, SIGTERM);
}

}  // namespace zdr
