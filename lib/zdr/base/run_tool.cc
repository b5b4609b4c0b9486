#include "zdr/base/run_tool.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "zdr/base/spawn.h"
#include "zdr/base/text.h"
#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

using Clock = std::chrono::steady_clock;

// How long a process may take to end once it is killed. One that the kernel does not let go is left behind.
constexpr std::chrono::milliseconds kDeathPatience(1000);

// Whether the descriptor becomes readable before the deadline.
bool is_readable(int fd, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd one{fd, POLLIN, 0};
        const int ready = poll(&one, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0) return true;
        if (left <= 0) return false;
    }
}

class Tool {
  public:
    static Result<Tool> start(const std::vector<std::string>& command);
    Tool(Tool&& other) noexcept = default;
    Tool& operator=(Tool&&) = delete;
    ~Tool();

    // All of it; an error where it is longer than the limit, or does not end in time.
    Result<std::string> read_output(std::size_t limit, Clock::time_point deadline) const;
    // Its exit status, or 128 and the signal that ended it; none: it does not end in time.
    std::optional<int> wait(Clock::time_point deadline);
    // The first line of what it said.
    std::string complaint() const;

  private:
    Tool(UniqueFd out, UniqueFd err) : out_(std::move(out)), err_(std::move(err)) {}
    Result<void> spawn(const std::vector<std::string>& command, int out);

    UniqueFd out_;    // the end of the pipe to read from
    UniqueFd err_;    // a file in memory, which is never full
    UniqueFd pidfd_;  // of a process that is still to be waited for
};

// Standard input is empty, the other two are these.
class FileActions {
  public:
    FileActions(int out, int err) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

Result<Tool> Tool::start(const std::vector<std::string>& command) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe");
    UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    UniqueFd err(memfd_create("err", MFD_CLOEXEC));
    if (!err) return fail_errno("make a file in memory");
    Tool out(std::move(reading), std::move(err));
    if (auto spawned = out.spawn(command, writing.get()); !spawned) return tl::unexpected(std::move(spawned.error()));
    return out;
}

Result<void> Tool::spawn(const std::vector<std::string>& command, int out) {
    const std::vector<char*> arguments = spawn_arguments(command);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string language = "LC_ALL=C";
    std::array<char*, 3> environment = {path.data(), language.data(), nullptr};
    const FileActions actions(out, err_.get());
    const SpawnAttributes attributes;
    pid_t pid = -1;
    const int error =
        posix_spawn(&pid, arguments[0], actions.get(), attributes.get(), arguments.data(), environment.data());
    if (error != 0) return fail_errno("start it", error);
    pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (pidfd_) return {};
    const int why = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return fail_errno("open its pidfd", why);
}

Tool::~Tool() {
    if (!pidfd_) return;
    syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    wait(Clock::now() + kDeathPatience);
}

Result<std::string> Tool::read_output(std::size_t limit, Clock::time_point deadline) const {
    std::string text;
    std::array<char, 65536> piece;
    for (;;) {
        if (!is_readable(out_.get(), deadline)) return fail(Errc::kTimedOut, "it did not end in time");
        const ssize_t got = read(out_.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read its output");
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > limit) return fail(Errc::kFailed, fmt::format("its output exceeds {} bytes", limit));
    }
}

std::optional<int> Tool::wait(Clock::time_point deadline) {
    siginfo_t ended{};
    if (!is_readable(pidfd_.get(), deadline)) return std::nullopt;
    const auto id = static_cast<id_t>(pidfd_.get());
    while (waitid(P_PIDFD, id, &ended, WEXITED) != 0)
        if (errno != EINTR) return std::nullopt;
    pidfd_.reset();
    return ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;
}

std::string Tool::complaint() const {
    std::array<char, 512> text;
    const ssize_t got = pread(err_.get(), text.data(), text.size(), 0);
    const std::string_view all(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return printable(all.substr(0, all.find('\n')));
}

Result<std::string> ask(const std::vector<std::string>& command, const ToolLimits& limits) {
    const auto deadline = Clock::now() + limits.time;
    auto tool = Tool::start(command);
    if (!tool) return tl::unexpected(std::move(tool.error()));
    auto output = tool->read_output(limits.output, deadline);
    if (!output) return output;
    const auto status = tool->wait(deadline);
    if (!status) return fail(Errc::kTimedOut, "it did not end in time");
    if (*status == 0) return output;
    const std::string complaint = tool->complaint();
    return fail(Errc::kFailed, complaint.empty() ? fmt::format("exit status {}", *status) : complaint);
}

}  // namespace

std::optional<std::string> find_tool(std::string_view name) {
    for (const std::string_view directory : {"/usr/sbin/", "/sbin/", "/usr/bin/"}) {
        std::string path(directory);
        path += name;
        if (access(path.c_str(), X_OK) == 0) return path;
    }
    return std::nullopt;
}

Result<std::string> run_tool(const std::vector<std::string>& command, const ToolLimits& limits) {
    auto output = ask(command, limits);
    if (output) return output;
    std::string what = "run";
    for (const std::string& one : command) what.append(1, ' ').append(printable(one));
    return fail_with(what, std::move(output));
}

}  // namespace zdr
