#include "ctl/env.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>

#include "zdr/base/columns.h"
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

sigset_t set_of(std::initializer_list<int> numbers) {
    sigset_t out;
    sigemptyset(&out);
    for (const int one : numbers) sigaddset(&out, one);
    return out;
}

// Those that a pause waits for, where they are blocked: until then they stay pending.
sigset_t stop_signals() {
    return set_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
}

sigset_t screen_signals() {
    return set_of({SIGWINCH, SIGTSTP, SIGQUIT});
}

// xterm's, which all terminals know: the other screen, without a cursor, and without a second line for what is too
// long.
constexpr std::string_view kBeginScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kEndScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l";

constexpr std::chrono::milliseconds kTyping(100);  // between two looks at what is typed

// One that says nothing of itself is not taken to understand anything.
bool understands_sequences(const Env& env) {
    return env.variable("TERM").value_or("dumb") != "dumb";
}

}  // namespace

Result<void> unless_reader_left(Result<void> shown) {
    if (!shown && shown.error().code == std::errc::broken_pipe) return {};
    return shown;
}

Result<void> Env::out(std::string_view text) {
    clear_progress();
    return write_out(text);
}

void Env::err(std::string_view text) {
    clear_progress();
    write_err(text);
}

// The cursor stands at its beginning, so that what the terminal echoes (^C) is on it and goes with it.
void Env::progress(std::string_view line) {
    if (!has_live_progress()) return;
    clear_progress();
    if (line.empty()) return;
    has_progress_ = true;
    write_err(cut_to_width(line, window().columns - 1) + '\r');
}

void Env::clear_progress() {
    if (std::exchange(has_progress_, false)) write_err("\r\x1b[2K");
}

void Env::begin_screen() {
    (void)write_out(kBeginScreen);
}

void Env::end_screen() {
    (void)write_out(kEndScreen);
}

bool Env::has_screen() const {
    return out_is_terminal() && understands_sequences(*this);
}

bool Env::has_colours() const {
    return has_screen() && !variable("NO_COLOR");
}

bool Env::has_live_progress() const {
    return err_is_terminal() && understands_sequences(*this);
}

Result<void> ProcessEnv::write_out(std::string_view text) {
    // A reader that went away is an error to report, not a signal to die of.
    std::signal(SIGPIPE, SIG_IGN);
    return write_all(STDOUT_FILENO, text);
}

void ProcessEnv::write_err(std::string_view text) {
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

void ProcessEnv::begin_screen() {
    const sigset_t signals = screen_signals();
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    has_own_screen_ = true;
    Env::begin_screen();
}

void ProcessEnv::end_screen() {
    Env::end_screen();
    has_own_screen_ = false;
    const sigset_t signals = screen_signals();
    sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

// Ctrl-Z: the shell gets its own screen back meanwhile.
void ProcessEnv::suspend() {
    Env::end_screen();
    raise(SIGSTOP);
    Env::begin_screen();
}

Window ProcessEnv::window() const {
    for (const int fd : {STDERR_FILENO, STDOUT_FILENO})
        if (const auto found = window_of(fd)) return *found;
    return {};
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
    sigset_t signals = set_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGWINCH, SIGTSTP});
    if (has_own_screen_) sigaddset(&signals, SIGQUIT);
    const int signal = sigtimedwait(&signals, nullptr, &longest);
    if (signal == SIGTSTP) suspend();
    if (signal < 0 || signal == SIGCHLD || signal == SIGWINCH || signal == SIGTSTP) return true;
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
