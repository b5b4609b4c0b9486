// One TCP connection between two hosts that carries data as fast as it can whenever its rate is asked for, so that what
// comes and goes beside it is measured within it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "support/namespace.h"
#include "zdr/base/unique_fd.h"

namespace zdr::bench {

class Stream {
  public:
    // From a sender there to a receiver here, over the cable of connect_hosts(). Both ends share one processor, and
    // what else wants it waits; the calling thread goes before both while this lives. Throws.
    explicit Stream(const test::NetNamespace& there);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    // Gbit/s that arrive during that time, after half of it that does not count. It rests before and afterwards, so
    // that others get the processor. Throws where nothing arrives.
    double rate_over(std::chrono::nanoseconds stretch);

  private:
    void flow(bool does);
    void send_all() const;
    void receive_all();

    UniqueFd from_;
    UniqueFd to_;
    std::atomic<bool> does_flow_{false};
    std::atomic<std::uint64_t> received_{0};
    std::thread sender_;
    std::thread receiver_;
};

}  // namespace zdr::bench
