// What one HAProxy says again and again of its servers, kept in little memory however long a restart takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ctl/plot/recording.h"
#include "zdr/haproxy/answer/server_counts.h"

namespace zdr::ctl {

// A line of the picture, and which of HAProxy's servers it is of, as (backend, name).
struct RecordedLine {
    PlottedLine line;
    std::vector<std::pair<std::string, std::string>> of;
};

class CountsRecorder {
  public:
    // Of each line at least half as many points are kept, and never more.
    static constexpr std::size_t kMostPoints = 1200;
    static constexpr std::size_t kMostStatuses = 1200;
    static constexpr int kMostStride = 1 << 16;

    explicit CountsRecorder(std::vector<RecordedLine> lines);

    // Times only grow.
    void add(std::chrono::milliseconds at, std::span<const HaproxyCounts> counts);
    // There was no answer.
    void add_gap();

    // How many times longer than at first one may wait for the next: so that what is kept of a long time is spread
    // evenly over it.
    int stride() const { return stride_; }

    std::vector<PlottedLine> take_lines();

  private:
    struct Member {
        std::size_t line;
        std::optional<std::uint64_t> last{};
    };
    struct Seen {
        bool was = false;
        bool is = false;
        std::uint64_t total = 0;
    };
    void add_status(std::chrono::milliseconds at, std::size_t line, const std::string& status);
    void thin_out();

    std::vector<PlottedLine> lines_;
    std::vector<Seen> seen_;  // of each line
    std::map<std::pair<std::string, std::string>, Member> members_;
    int stride_ = 1;
};

}  // namespace zdr::ctl
