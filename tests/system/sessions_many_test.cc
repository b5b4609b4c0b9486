// Sessions in number, and beside connections that come and go as fast as they can: exact all the same.
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <list>
#include <map>
#include <thread>
#include <vector>

#include "session_ends.h"
#include "support/app.h"
#include "support/system_test.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/sessions.h"
#include "zdr_session.h"

namespace zdr::test {
namespace {

constexpr std::string_view kThree =
    "[server.busy]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n"
    "[server.checked]\naddress = 127.0.0.2\nport = 1000\nstatus-port = 2000\n"
    "[server.steady]\naddress = 127.0.0.3\naddress = 127.0.0.4\nport = 1000\nstatus-port = 2000\n";

class SessionsManyTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        ASSERT_EQ(run({"sysctl", "-q", "net.ipv4.ip_local_port_range=10000 65000", "net.core.somaxconn=65535"}).status,
                  0);
        load(kThree);
    }

    // What zdrctl does, in this process: of busy, checked and steady.
    std::vector<std::optional<SessionCounts>> count() const {
        const std::string pins = sandbox().state_dir() + "/live";
        const auto table = ServerTable::open(pins, Access::kRead);
        if (!table) throw std::runtime_error(table.error().text);
        const auto servers = table->list();
        if (!servers) throw std::runtime_error(servers.error().text);
        auto counts = count_sessions(pins, table->netns_cookie(), *servers);
        if (!counts) throw std::runtime_error(counts.error().text);
        return std::move(*counts);
    }
};

std::size_t all(const std::optional<SessionCounts>& counts) {
    return counts ? counts->active + counts->idle : std::size_t(-1);
}

// So many file descriptors a process may open here beside its own few.
int open_files() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<int>(std::min(limit.rlim_max, rlim_t{1'000'000})) - 100;
}

// A process that holds connections to port 1000 of 127.0.0.3 and .4, two addresses so that there are enough ports.
class Clients {
  public:
    // Returns when all are made; throws std::runtime_error where one is not.
    explicit Clients(int count) {
        int ready[2];
        if (pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error("make a pipe");
        pid_ = fork();
        if (pid_ == 0) hold(count, ready[1]);
        close(ready[1]);
        const UniqueFd made(ready[0]);
        char byte = 0;
        if (pid_ < 0 || read(made.get(), &byte, 1) != 1) throw std::runtime_error("connect");
    }
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;
    ~Clients() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

  private:
    [[noreturn]] static void hold(int count, int ready) {
        std::vector<Attempt> open;
        for (int i = 0; i < count; ++i) {
            open.push_back(connect_to(i % 2 == 0 ? "127.0.0.3" : "127.0.0.4", 1000));
            if (open.back().error != 0) _exit(1);
        }
        (void)!write(ready, "", 1);
        for (;;) pause();
    }

    pid_t pid_ = -1;
};

// Sessions of server steady that stay. They wait in the queues of the listeners, which needs no file descriptors.
class Steady {
  public:
    explicit Steady(int count) {
        for (const char* address : {"127.0.0.3", "127.0.0.4"}) {
            listeners_.push_back(listen_anew(address, 1000));
            if (listen(listeners_.back().get(), count) != 0) throw std::runtime_error("listen");
        }
        for (int left = count; left > 0; left -= open_files()) clients_.emplace_back(std::min(left, open_files()));
    }

  private:
    std::vector<UniqueFd> listeners_;
    std::list<Clients> clients_;
};

// In network byte order.
__be16 local_port(const UniqueFd& fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return address.sin_port;
}

// Connects to an address and port again and again; each ends with a reset, which leaves no TIME_WAIT behind.
class Churn {
  public:
    Churn(std::string ip, std::uint16_t port)
        : thread_([this, ip = std::move(ip), port] {
              while (!stop_) {
                  Attempt connected = connect_to(ip, port);
                  if (connected.error != 0) continue;
                  end_with_reset(std::move(connected.fd));
                  ++count_;
              }
          }) {}
    Churn(const Churn&) = delete;
    Churn& operator=(const Churn&) = delete;
    ~Churn() {
        stop_ = true;
        thread_.join();
    }

    long count() const { return count_; }

  private:
    std::atomic<bool> stop_{false};
    std::atomic<long> count_{0};
    std::thread thread_;
};

TEST_F(SessionsManyTest, AHundredThousandSocketsAreCountedExactly) {
    constexpr int kSessions = 50'000;  // two sockets each
    const Steady steady(kSessions);

    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    const auto counts = count();
    const double cpu = 1000.0 * static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    fmt::print("{} sockets: one count takes {:.1f} ms, {:.1f} ms of a processor\n", 2 * kSessions, took.count(), cpu);

    EXPECT_EQ(all(counts[2]), kSessions);
    EXPECT_EQ(all(counts[0]), 0u);
    EXPECT_EQ(zdr().sessions("checked"), "0+0");
}

// Each ends once the kernel has told of it, while the kernel is between two reads: none may be missed for that.
TEST_F(SessionsManyTest, ThoseThatEndBetweenTwoReadsHideNoOthers) {
    const UniqueFd listener = listen_anew("127.0.0.3", 1000);
    ASSERT_EQ(listen(listener.get(), 65535), 0);
    for (int round = 0; round < 5; ++round) {
        const std::size_t count = static_cast<std::size_t>(std::min(open_files(), 4000));
        std::map<__be16, UniqueFd> open;
        while (open.size() < count) {
            Attempt connected = connect_to("127.0.0.3", 1000);
            ASSERT_EQ(connected.refusal(), "");
            const __be16 port = local_port(connected.fd);
            open.emplace(port, std::move(connected.fd));
        }
        const UniqueFd iterator(::open((sandbox().state_dir() + "/live/sessions").c_str(), O_RDONLY | O_CLOEXEC));
        std::vector<zdr_session> records(1024);

        std::size_t seen = 0;
        for (ssize_t got = 1; got > 0;) {
            got = read(iterator.get(), records.data(), records.size() * sizeof(zdr_session));
            ASSERT_GE(got, 0);
            for (std::size_t i = 0; i < static_cast<std::size_t>(got) / sizeof(zdr_session); ++i, ++seen)
                end_with_reset(std::move(open.at(records[i].remote_port)));
        }

        ASSERT_EQ(seen, count) << round;
    }
}

TEST_F(SessionsManyTest, AreExactWhileOthersComeAndGo) {
    constexpr int kSessions = 3'000;  // several times what the kernel gives at once
    const Steady steady(kSessions);
    const App busy("busy", "127.0.0.1", 1000);
    const App checked("checked", "127.0.0.2", 1000);
    const App other("other", "127.0.0.3", 1001);
    const Churn sessions("127.0.0.1", 1000);
    const Churn checks("127.0.0.2", 2000);
    const Churn others("127.0.0.3", 1001);

    const auto end = std::chrono::steady_clock::now() + stretched(std::chrono::seconds(3));
    std::size_t looks = 0;
    std::size_t most_busy = 0;
    while (std::chrono::steady_clock::now() < end || sessions.count() == 0 || checks.count() == 0) {
        const auto counts = count();
        ASSERT_EQ(all(counts[2]), kSessions) << looks;
        ASSERT_EQ(all(counts[1]), 0u) << "checks of " << checks.count() << " taken for sessions";
        most_busy = std::max(most_busy, all(counts[0]));
        ++looks;
    }

    fmt::print("{} counts beside {} sessions, {} checks and {} others that came and went\n", looks, sessions.count(),
               checks.count(), others.count());
    EXPECT_GT(looks, 0u);
    EXPECT_LT(most_busy, 10u);
}

}  // namespace
}  // namespace zdr::test
