#include "ctl/plot/sampler.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

#include "zdr/base/boot_clock.h"
#include "zdr/haproxy/answer/server_counts.h"
#include "zdr/net/connection.h"

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int kShare = 10;  // of the time that an answer takes: asking costs a balancer less than a tenth of its time
constexpr milliseconds kLongestPause(2000);  // one that is only far away is asked all the same

// Signals are for the thread that waits for them.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

}  // namespace

// What the thread works with; nobody else touches it until the thread has ended, but for the descriptor.
struct Sampler::Shared {
    struct One {
        HaproxyEndpoint endpoint;
        std::vector<std::string> backends;
        CountsRecorder recorder;
    };
    std::vector<One> haproxys;
    nanoseconds began;
    UniqueFd stop;

    // How long to pause before the next.
    milliseconds ask_all() {
        milliseconds pause = kInterval;
        for (One& one : haproxys) {
            const nanoseconds begin = boot_now();
            const auto counts = ask_haproxy_counts(one.endpoint, one.backends, kAnswer);
            const nanoseconds now = boot_now();
            if (counts)
                one.recorder.add(std::chrono::floor<milliseconds>(now - began), *counts);
            else
                one.recorder.add_gap();
            // Who does not answer costs only the time that this thread waits.
            const auto cost = std::chrono::ceil<milliseconds>((now - begin) * (counts ? kShare : 1));
            pause = std::max({pause, kInterval * one.recorder.stride(), std::min(cost, kLongestPause)});
        }
        return pause;
    }

    void run() {
        for (;;) {
            const auto is_over = wait_for(stop, POLLIN, ask_all());
            if (is_over && !*is_over) continue;
            (void)ask_all();
            return;
        }
    }
};

Sampler::Sampler(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {
    const BlockedSignals blocked;
    thread_ = std::thread([shared = shared_.get()] { shared->run(); });
}

Result<Sampler> Sampler::start(std::vector<SampledHaproxy> haproxys, nanoseconds began) {
    auto shared = std::make_unique<Shared>();
    shared->began = began;
    shared->stop = UniqueFd(eventfd(0, EFD_CLOEXEC));
    if (!shared->stop) return fail_errno("eventfd");
    for (SampledHaproxy& one : haproxys)
        shared->haproxys.push_back(
            {std::move(one.endpoint), std::move(one.backends), CountsRecorder(std::move(one.lines))});
    try {
        return Sampler(std::move(shared));
    } catch (const std::system_error& error) {
        return fail_errno("start a thread", error.code().value());
    }
}

Sampler::Sampler(Sampler&&) noexcept = default;

Sampler::~Sampler() {
    if (thread_.joinable()) (void)finish();
}

std::vector<PlottedLine> Sampler::finish() {
    eventfd_write(shared_->stop.get(), 1);
    thread_.join();
    std::vector<PlottedLine> out;
    for (Shared::One& one : shared_->haproxys)
        for (PlottedLine& line : one.recorder.take_lines()) out.push_back(std::move(line));
    return out;
}

}  // namespace zdr::ctl
