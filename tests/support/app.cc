#include "support/app.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace zdr::test {

App::App(std::string name, const std::string& ip, std::uint16_t port, SocketOptions options)
    : name_(std::move(name)), stop_(eventfd(0, EFD_CLOEXEC)) {
    options.type |= SOCK_NONBLOCK;
    options.reuse_address = true;  // connections of an earlier app may linger in TIME_WAIT
    Attempt listening = listen_on(ip, port, options);
    if (listening.error != 0) throw std::system_error(listening.error, std::generic_category(), "listen on " + ip);
    listener_ = std::move(listening.fd);
    thread_ = std::thread([this] { serve(); });
}

App::~App() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
}

void App::serve() {
    pollfd events[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (poll(events, 2, -1) >= 0 && events[1].revents == 0) {
        const UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection) continue;
        ++accepted_;
        (void)!send(connection.get(), name_.data(), name_.size(), MSG_NOSIGNAL);
    }
}

}  // namespace zdr::test
