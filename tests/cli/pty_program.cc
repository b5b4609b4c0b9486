#include "pty_program.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <utility>

namespace zdr::test {
namespace {

winsize size_of(Window window) {
    winsize out{};
    out.ws_col = static_cast<unsigned short>(window.columns);
    out.ws_row = static_cast<unsigned short>(window.lines);
    return out;
}

}  // namespace

PtyProgram::PtyProgram(const std::vector<std::string>& command, Window window,
                       const std::map<std::string, std::string>& variables) {
    std::vector<char*> args;
    for (const std::string& one : command) args.push_back(const_cast<char*>(one.c_str()));
    args.push_back(nullptr);
    const winsize size = size_of(window);
    steps_ = fmt::format("resize {} {}\n", window.columns, window.lines);
    int end = -1;
    pid_ = forkpty(&end, nullptr, nullptr, &size);
    if (pid_ == 0) {
        for (const char* name : {"NO_COLOR", "COLUMNS", "LINES"}) unsetenv(name);
        setenv("TERM", "xterm", 1);
        setenv("TZ", "UTC", 1);
        for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
        execv(args.front(), args.data());
        _exit(127);
    }
    end_ = UniqueFd(end);
    fcntl(end_.get(), F_SETFL, O_NONBLOCK);
}

PtyProgram::~PtyProgram() {
    if (pid_ <= 0 || has_ended_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void PtyProgram::type(const std::string& keys) const {
    EXPECT_EQ(write(end_.get(), keys.data(), keys.size()), std::ssize(keys));
}

void PtyProgram::resize(Window window) {
    read_more();
    const winsize size = size_of(window);
    EXPECT_EQ(ioctl(end_.get(), TIOCSWINSZ, &size), 0);
    steps_ += fmt::format("resize {} {}\n", window.columns, window.lines);
}

void PtyProgram::read_more() {
    std::array<char, 4096> text;
    for (;;) {
        const ssize_t size = read(end_.get(), text.data(), text.size());
        if (size <= 0) return;
        steps_ += "write ";
        for (ssize_t i = 0; i < size; ++i)
            steps_ += fmt::format("{:02x}", static_cast<unsigned char>(text[static_cast<std::size_t>(i)]));
        steps_ += '\n';
        bytes_.append(text.data(), static_cast<std::size_t>(size));
    }
}

bool PtyProgram::writes(const std::string& text) {
    std::size_t found = std::string::npos;
    const bool is_there = eventually([&] {
        read_more();
        found = bytes_.find(text, looked_at_);
        return found != std::string::npos;
    });
    EXPECT_TRUE(is_there) << "'" << text << "' is not in: " << bytes_.substr(looked_at_);
    if (is_there) looked_at_ = found + text.size();
    return is_there;
}

int PtyProgram::wait() {
    has_ended_ = eventually([&] {
        read_more();  // a full terminal would hold it up
        return waitpid(pid_, &status_, WNOHANG) == pid_;
    });
    read_more();
    if (!has_ended_) return -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::string PtyProgram::screen() const {
    std::array<char, 32> file = {"/tmp/zdr-screen-XXXXXX"};
    const UniqueFd input(mkstemp(file.data()));
    EXPECT_TRUE(input);
    EXPECT_EQ(write(input.get(), steps_.data(), steps_.size()), std::ssize(steps_));
    const std::string command = fmt::format("{} <{} 2>&1", ZDR_SCREEN, file.data());
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "re"), pclose);
    std::string out;
    std::array<char, 4096> text;
    while (pipe && std::fgets(text.data(), text.size(), pipe.get()) != nullptr) out += text.data();
    unlink(file.data());
    EXPECT_EQ(out.find("ModuleNotFoundError"), std::string::npos) << "install python3-pyte\n" << out;
    return out;
}

}  // namespace zdr::test
