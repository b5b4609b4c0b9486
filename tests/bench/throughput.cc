#include "throughput.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <future>
#include <stdexcept>
#include <vector>

#include "support/namespace.h"
#include "support/net.h"
#include "support/sandbox.h"
#include "support/zdr_programs.h"

namespace zdr::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 5201;
constexpr std::size_t kChunk = std::size_t{128} * 1024;

constexpr std::string_view kServers =
    "[server.webA]\nport = 1000\nstatus-port = 2000\n"
    "[server.webB]\naddress = 10.9.0.1\naddress = fd09::1\nport = 1001\nstatus-port = 2001\n";

void send_until(const UniqueFd& fd, Clock::time_point end) {
    const std::vector<char> chunk(kChunk);
    while (Clock::now() < end)
        if (send(fd.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL) < 0) return;
}

// Bytes a second that a receiver here gets from a sender there.
double stream(const UniqueFd& listener, const test::NetNamespace& there, std::chrono::milliseconds stretch) {
    auto sender = std::async(std::launch::async, [&] {
        there.run([&] {
            const test::Attempt connection = test::connect_to("10.9.0.1", kPort);
            if (connection.error != 0) throw std::runtime_error("connect: " + connection.refusal());
            send_until(connection.fd, Clock::now() + stretch);
        });
    });
    const UniqueFd fd(accept(listener.get(), nullptr, nullptr));  // fails when the sender does not come in time
    if (!fd) {
        sender.get();
        throw std::runtime_error("accept");
    }
    std::vector<char> chunk(kChunk);
    const auto start = Clock::now();
    double received = 0;
    for (;;) {
        const ssize_t size = recv(fd.get(), chunk.data(), chunk.size(), 0);
        if (size <= 0) break;
        received += static_cast<double>(size);
    }
    const std::chrono::duration<double> took = Clock::now() - start;
    sender.get();
    return received / took.count();
}

void must(const test::Output& output) {
    if (output.status != 0) throw std::runtime_error(output.err);
}

}  // namespace

Figure throughput(int pairs, std::chrono::milliseconds stretch) {
    const test::Sandbox sandbox("throughput");
    const test::NetNamespace there;
    test::connect_hosts(there);
    const test::ZdrPrograms zdr(sandbox);
    zdr.configure(kServers);
    const test::Attempt listener = test::listen_on("10.9.0.1", kPort);
    if (listener.error != 0) throw std::runtime_error("listen: " + listener.refusal());
    const timeval patience{10, 0};
    setsockopt(listener.fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    const auto without = [&] { return stream(listener.fd, there, stretch) / 1e9 * 8; };
    const auto with = [&] {
        must(zdr.load());
        const double out = stream(listener.fd, there, stretch) / 1e9 * 8;
        must(zdr.unload());
        return out;
    };
    without();  // the first run of all finds cold caches
    return figure_of("TCP stream over veth", "Gbit/s", run_pairs(pairs, without, with), true, kLeastRatio);
}

}  // namespace zdr::bench
