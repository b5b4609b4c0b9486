#include "zdr/control/restart/ready_command.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr std::chrono::milliseconds kAgain(200);  // after it has ended
constexpr std::size_t kLongestComplaint = 200;

}  // namespace

ReadyCommand::~ReadyCommand() {
    if (running_) running_->signal_group(SIGTERM);
}

void ReadyCommand::begin_anew() {
    is_ready_ = false;
    if (running_) running_->signal_group(SIGTERM);
    running_.reset();
}

std::string ReadyCommand::start() {
    output_ = UniqueFd(memfd_create("output", MFD_CLOEXEC));
    auto started = Child::start(command_, {.out = output_.get(), .err = output_.get()});
    if (!started) return started.error().text;
    running_.emplace(std::move(*started));
    return missing_.empty() ? "the ready command has not ended" : missing_;
}

std::string ReadyCommand::missing() {
    if (is_ready_) return "";
    if (!running_) return Clock::now() < next_ ? missing_ : missing_ = start();
    const auto status = running_->status();
    if (!status) return missing_;
    running_.reset();
    next_ = Clock::now() + kAgain;
    is_ready_ = *status == 0;
    missing_ = is_ready_ ? "" : fmt::format("the ready command exited {}{}", *status, complaint());
    return missing_;
}

// The last line of what it wrote: " (no such version)".
std::string ReadyCommand::complaint() const {
    std::array<char, 4096> text;
    const off_t size = lseek(output_.get(), 0, SEEK_END);
    const auto begin = std::max<off_t>(size - static_cast<off_t>(text.size()), 0);
    const ssize_t got = pread(output_.get(), text.data(), text.size(), begin);
    std::string_view all(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    while (all.ends_with('\n')) all.remove_suffix(1);
    all.remove_prefix(all.rfind('\n') + 1);
    const std::string line = printable(all.substr(0, kLongestComplaint));
    return line.empty() ? "" : fmt::format(" ({})", line);
}

}  // namespace zdr
