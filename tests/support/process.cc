#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace zdr::test {
namespace {

UniqueFd memory_file(const char* name) {
    UniqueFd fd(memfd_create(name, MFD_CLOEXEC));
    if (!fd) throw std::system_error(errno, std::generic_category(), "memfd_create");
    return fd;
}

std::string content(const UniqueFd& file) {
    std::string out;
    char piece[4096];
    for (;;) {
        const ssize_t got = pread(file.get(), piece, sizeof piece, static_cast<off_t>(out.size()));
        if (got <= 0) return out;
        out.append(piece, static_cast<std::size_t>(got));
    }
}

int to_status(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

pid_t spawn(const Command& command, int out, int err) {
    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), "start " + command.front());
    return pid;
}

}  // namespace

Command operator+(Command first, const Command& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
}

Process::Process(const Command& command) : out_(memory_file("out")), err_(memory_file("err")) {
    pid_ = spawn(command, out_.get(), err_.get());
    pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_) throw std::system_error(errno, std::generic_category(), "pidfd_open");
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      status_(other.status_) {}

Process::~Process() {
    if (pid_ < 0 || status_) return;
    signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
    if (!status_) kill(pid_, number);
}

bool Process::reap(std::chrono::milliseconds within) {
    if (status_) return true;
    pollfd ended{pidfd_.get(), POLLIN, 0};
    while (poll(&ended, 1, static_cast<int>(within.count())) < 0 && errno == EINTR) continue;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = to_status(status);
    return true;
}

Output Process::wait(std::chrono::milliseconds within) {
    if (!reap(stretched(within))) {
        signal(SIGKILL);
        reap(std::chrono::milliseconds(-1));
    }
    return {status_.value_or(-1), content(out_), content(err_)};
}

bool Process::is_running() {
    return !reap(std::chrono::milliseconds(0));
}

std::string Process::standard_error() const {
    return content(err_);
}

Output run(const Command& command, std::chrono::milliseconds within) {
    return Process(command).wait(within);
}

void must_run(const Command& command) {
    const Output output = run(command);
    if (output.status == 0) return;
    std::string line;
    for (const std::string& word : command) line += word + " ";
    throw std::runtime_error(line + ": " + output.out + output.err);
}

int in_child(const std::function<int()>& function) {
    const pid_t child = fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) _exit(function());
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return to_status(status);
}

}  // namespace zdr::test
