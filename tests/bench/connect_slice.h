// TCP connects one after another for a moment, from one thread that is both ends: nothing waits for another processor,
// so what a connect costs is what it shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/net.h"
#include "zdr/base/unique_fd.h"

namespace zdr::bench {

struct Slice {
    double rate = 0;                         // connections a second: made, accepted and ended
    std::vector<std::uint32_t> nanoseconds;  // of each connect()
};

class Connector {
  public:
    // Listens on ip and port in the network namespace of the calling thread.
    Connector(const std::string& ip, std::uint16_t port);

    // Connects from the network namespace of the calling thread to that place, which must lead to the listener, and
    // ends each connection by a reset, as HAProxy ends a check. Throws where a connection is not made.
    Slice run(const test::Place& place, std::chrono::nanoseconds length) const;

  private:
    UniqueFd listener_;
};

// Binds the calling thread to the last processor that it may use, where what else wants it waits, as far as that is
// allowed (sched(7)); without it others disturb the measurement more.
void take_one_processor();

}  // namespace zdr::bench
