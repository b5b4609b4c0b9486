// What says of an app that it is ready, where a URL cannot.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "zdr/base/unique_fd.h"
#include "zdr/control/restart/child.h"

namespace zdr {

class ReadyCommand {
  public:
    explicit ReadyCommand(std::vector<std::string> command) : command_(std::move(command)) {}
    ReadyCommand(ReadyCommand&&) noexcept = default;
    ReadyCommand& operator=(ReadyCommand&&) = delete;
    // What runs still is ended.
    ~ReadyCommand();

    // Runs it, again and again, without waiting for it: what is missing until it has exited 0; empty: nothing. What it
    // writes is seen only in that.
    std::string missing();
    // Whether it has to exit 0 once more.
    void begin_anew();

  private:
    using Clock = std::chrono::steady_clock;

    std::string start();
    std::string complaint() const;

    std::vector<std::string> command_;
    std::optional<Child> running_;
    UniqueFd output_;  // a file in memory
    std::string missing_;
    bool is_ready_ = false;
    Clock::time_point next_{};
};

}  // namespace zdr
