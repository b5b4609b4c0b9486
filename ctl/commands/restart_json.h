// What restart --json writes: an event a line, each as soon as it is so.
#pragma once

#include <chrono>
#include <string>

#include "ctl/env.h"
#include "zdr/control/restart/restart_servers.h"

namespace zdr::ctl {

class RestartJson {
  public:
    // The environment outlives it. Times are counted from here.
    explicit RestartJson(Env& env);

    // The first event: who is restarted, batch by batch.
    void begin(const Batches& batches);
    void write(const RestartEvent& event);
    // The last event: what has become of each server. Errors: of writing any of the events.
    Result<void> end(const RestartOutcome& outcome);

  private:
    struct Line;
    void write(Line line);

    Env* env_;
    std::chrono::nanoseconds began_;
    Result<void> written_{};
};

}  // namespace zdr::ctl
