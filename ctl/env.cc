#include "ctl/env.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "zdr/base/system_log.h"
#include "zdr/base/terminal.h"
#include "zdr/base/unique_fd.h"

namespace zdr::ctl {
namespace {

Result<void> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            return fail_errno("write to standard output");
    }
    return {};
}

// Those that a pause waits for.
sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
    return signals;
}

constexpr std::chrono::milliseconds kTyping(100);  // between two looks at what is typed

}  // namespace

Result<void> ProcessEnv::out(std::string_view text) {
    // A reader that went away is an error to report, not a signal to die of.
    std::signal(SIGPIPE, SIG_IGN);
    return write_all(STDOUT_FILENO, text);
}

void ProcessEnv::err(std::string_view text) {
    (void)write_all(STDERR_FILENO, text);
}

void ProcessEnv::journal(std::string_view line) {
    log_to_system(line);
}

bool ProcessEnv::out_is_terminal() const {
    return isatty(STDOUT_FILENO) == 1;
}

bool ProcessEnv::err_is_terminal() const {
    return isatty(STDERR_FILENO) == 1;
}

std::optional<std::string> ProcessEnv::variable(const char* name) const {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

User ProcessEnv::user() const {
    return current_user();
}

Now ProcessEnv::now() const {
    return current_time();
}

void ProcessEnv::end_on_interrupt() {
    // The kernel gives the lock and the maps back, and nothing is half written: a watch only reads.
    std::signal(SIGINT, [](int) { _exit(0); });
}

// Blocked, they stay pending until a pause takes them: between two pauses nothing is torn apart.
void ProcessEnv::stop_on_interrupt() {
    const sigset_t signals = stop_signals();
    sigprocmask(SIG_BLOCK, &signals, nullptr);
}

bool ProcessEnv::pause(std::chrono::milliseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const std::chrono::nanoseconds rest = time - seconds;
    const timespec longest{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
    const sigset_t signals = stop_signals();
    const int signal = sigtimedwait(&signals, nullptr, &longest);
    if (signal < 0 || signal == SIGCHLD) return true;
    stop_signal_ = signal;
    return false;
}

bool ProcessEnv::can_ask() const {
    return static_cast<bool>(open_terminal());
}

std::optional<std::string> ProcessEnv::ask(std::string_view question) {
    const UniqueFd terminal = open_terminal();
    if (!terminal || !write_all(terminal.get(), question)) return std::nullopt;
    pollfd typed{terminal.get(), POLLIN, 0};
    while (poll(&typed, 1, 0) == 0)
        if (!pause(kTyping)) return std::nullopt;
    std::array<char, 256> line;
    const ssize_t size = read(terminal.get(), line.data(), line.size());
    if (size < 0) return std::nullopt;
    const std::string_view text(line.data(), static_cast<std::size_t>(size));
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace zdr::ctl
