#include "stream.h"

#include <sched.h>
#include <sys/socket.h>

#include <stdexcept>
#include <vector>

#include "support/net.h"

namespace zdr::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 5201;
constexpr std::size_t kChunk = std::size_t{128} * 1024;
constexpr int kBuffer = 256 * 1024;  // small, since the ends take turns: one fills it, the other empties it
constexpr int kEndPriority = 1;
constexpr int kClockPriority = 2;

// Lets the calling thread go before whatever else wants its processor (sched(7)); what it starts does not. Where that
// is not allowed, others disturb the measurement more.
void go_first(int priority) {
    sched_param parameters{};
    parameters.sched_priority = priority;
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

void go_as_others_do() {
    const sched_param parameters{};
    sched_setscheduler(0, SCHED_OTHER, &parameters);
}

// Both ends work on the first processor that they may use, so that whatever one byte costs shows in the rate.
void join_processor() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int first = 0;
    while (first < CPU_SETSIZE && !CPU_ISSET(first, &allowed)) ++first;
    CPU_ZERO(&allowed);
    CPU_SET(first, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
    go_first(kEndPriority);
}

test::Attempt must(test::Attempt attempt, const char* what) {
    if (attempt.error != 0) throw std::runtime_error(what + attempt.refusal());
    return attempt;
}

}  // namespace

Stream::Stream(const test::NetNamespace& there) {
    const test::Attempt listener = must(test::listen_on("10.9.0.1", kPort), "listen: ");
    setsockopt(listener.fd.get(), SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);  // its connections have it, too
    there.run([this] { from_ = must(test::connect_to("10.9.0.1", kPort), "connect: ").fd; });
    to_ = UniqueFd(accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!to_) throw std::runtime_error("accept");
    go_first(kClockPriority);
    sender_ = std::thread([this] { send_all(); });
    receiver_ = std::thread([this] { receive_all(); });
}

Stream::~Stream() {
    flow(true);
    shutdown(from_.get(), SHUT_RDWR);
    shutdown(to_.get(), SHUT_RDWR);
    sender_.join();
    receiver_.join();
    go_as_others_do();
}

void Stream::flow(bool does) {
    does_flow_ = does;
    does_flow_.notify_one();
}

void Stream::send_all() const {
    join_processor();
    const std::vector<char> chunk(kChunk);
    do does_flow_.wait(false);
    while (send(from_.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0);
}

void Stream::receive_all() {
    join_processor();
    std::vector<char> chunk(kChunk);
    for (;;) {
        const ssize_t size = recv(to_.get(), chunk.data(), chunk.size(), 0);
        if (size <= 0) return;
        received_ += static_cast<std::uint64_t>(size);
    }
}

double Stream::rate_over(std::chrono::nanoseconds stretch) {
    flow(true);
    std::this_thread::sleep_for(stretch / 2);
    const auto start = Clock::now();
    const std::uint64_t before = received_;
    std::this_thread::sleep_for(stretch);
    const std::uint64_t after = received_;
    const std::chrono::duration<double, std::nano> took = Clock::now() - start;
    flow(false);
    if (after == before) throw std::runtime_error("the stream stands still");
    return static_cast<double>(after - before) * 8 / took.count();
}

}  // namespace zdr::bench
