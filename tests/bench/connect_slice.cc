#include "connect_slice.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace zdr::bench {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Connector::Connector(const std::string& ip, std::uint16_t port) {
    test::Attempt listener = test::listen_on(ip, port);
    if (listener.error != 0) throw std::runtime_error("listen on " + ip + ": " + listener.refusal());
    listener_ = std::move(listener.fd);
}

Slice Connector::run(const test::Place& place, std::chrono::nanoseconds length) const {
    Slice out;
    out.nanoseconds.reserve(4096);
    const linger reset{1, 0};
    const auto start = Clock::now();
    auto now = start;
    while (now - start < length) {
        UniqueFd client(socket(place.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
        setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        const auto before = Clock::now();
        if (connect(client.get(), place.address(), place.size()) != 0)
            throw std::system_error(errno, std::generic_category(), "connect");
        const auto after = Clock::now();
        const UniqueFd session(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!session) throw std::system_error(errno, std::generic_category(), "accept");
        client.reset();
        out.nanoseconds.push_back(static_cast<std::uint32_t>((after - before).count()));
        now = Clock::now();
    }
    const std::chrono::duration<double> took = now - start;
    out.rate = static_cast<double>(out.nanoseconds.size()) / took.count();
    return out;
}

void take_one_processor() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, &allowed)) --last;
    CPU_ZERO(&allowed);
    CPU_SET(last, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
    sched_param parameters{};
    parameters.sched_priority = 1;
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

}  // namespace zdr::bench
