// HAProxy's own log, as it is written: what it says of its servers' states, and when.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "zdr/base/unique_fd.h"

namespace zdr::bench {

class StateLog {
  public:
    using Clock = std::chrono::steady_clock;

    // A datagram socket at that path, for HAProxy's `log`. Throws std::system_error.
    explicit StateLog(const std::string& path);
    StateLog(const StateLog&) = delete;
    StateLog& operator=(const StateLog&) = delete;
    ~StateLog();

    // When the first line with that text came, after the last forget(); throws std::runtime_error after 20 seconds.
    Clock::time_point wait_for(const std::string& text);
    void forget();

  private:
    struct Line {
        Clock::time_point when;
        std::string text;
    };
    void read_all();

    UniqueFd socket_;
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<Line> lines_;
    std::thread reader_;
};

}  // namespace zdr::bench
