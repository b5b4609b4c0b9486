#include "state_log.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace zdr::bench {

StateLog::StateLog(const std::string& path) : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::system_error(errno, std::generic_category(), "bind " + path);
    reader_ = std::thread([this] { read_all(); });
}

StateLog::~StateLog() {
    shutdown(socket_.get(), SHUT_RDWR);
    reader_.join();
}

void StateLog::read_all() {
    char line[4096];
    for (;;) {
        const ssize_t size = recv(socket_.get(), line, sizeof line, 0);
        const auto now = Clock::now();
        if (size <= 0) return;
        const std::lock_guard lock(mutex_);
        lines_.push_back({now, std::string(line, static_cast<std::size_t>(size))});
        came_.notify_all();
    }
}

StateLog::Clock::time_point StateLog::wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    auto found = lines_.end();
    const bool came = came_.wait_for(lock, std::chrono::seconds(20), [&] {
        found = std::find_if(lines_.begin(), lines_.end(),
                             [&](const Line& one) { return one.text.find(text) != std::string::npos; });
        return found != lines_.end();
    });
    if (!came) throw std::runtime_error("HAProxy never said: " + text);
    return found->when;
}

void StateLog::forget() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
}

}  // namespace zdr::bench
