#include "timed_run.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace zdr::bench {
namespace {

class Actions {
  public:
    explicit Actions(const char* input) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, input, O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_;
};

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& one : words) out += (out.empty() ? "" : " ") + one;
    return out;
}

}  // namespace

double milliseconds_of(const Program& program) {
    std::vector<char*> arguments;
    for (const std::string& one : program.command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    const Actions actions(program.input.c_str());

    pid_t pid = -1;
    int status = 0;
    const auto start = std::chrono::steady_clock::now();
    const int error = posix_spawn(&pid, arguments.front(), actions.get(), nullptr, arguments.data(), environ);
    if (error != 0) throw std::system_error(error, std::generic_category(), "start " + program.command.front());
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;

    if (status != 0) throw std::runtime_error("it failed: " + joined(program.command));
    return took.count();
}

std::string path_of(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream directories(path == nullptr ? "/usr/bin:/bin:/usr/sbin:/sbin" : path);
    for (std::string directory; std::getline(directories, directory, ':');) {
        std::string candidate = directory;
        candidate += "/";
        candidate += name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    throw std::runtime_error(name + " is not installed");
}

}  // namespace zdr::bench
