// Asks HAProxys again and again what their servers have served, on a thread of its own, so that whoever does something
// meanwhile never waits for it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ctl/plot/counts_recorder.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr::ctl {

struct SampledHaproxy {
    HaproxyEndpoint endpoint;
    std::vector<std::string> backends;
    std::vector<RecordedLine> lines;
};

class Sampler {
  public:
    static constexpr std::chrono::milliseconds kInterval{100};
    // An answer that takes longer is a gap.
    static constexpr std::chrono::milliseconds kAnswer{500};

    // Times are counted from `began` (CLOCK_BOOTTIME). Errors: there is no thread.
    static Result<Sampler> start(std::vector<SampledHaproxy> haproxys, std::chrono::nanoseconds began);

    Sampler(Sampler&&) noexcept;
    Sampler& operator=(Sampler&&) = delete;
    ~Sampler();

    // Asks each once more, and ends. What was seen, in the order of the HAProxys.
    std::vector<PlottedLine> finish();

  private:
    struct Shared;
    explicit Sampler(std::unique_ptr<Shared> shared);

    std::unique_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace zdr::ctl
