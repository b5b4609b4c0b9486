// restart --plot FILE: watches HAProxy while the restart runs, and writes the picture of it at the end.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ctl/plot/recording.h"
#include "ctl/plot/sampler.h"
#include "zdr/base/error.h"
#include "zdr/base/text_file.h"
#include "zdr/control/context.h"
#include "zdr/control/restart/restart_servers.h"

namespace zdr::ctl {

class RestartPlot {
  public:
    // Errors, of usage: no picture can be written there. Nothing is written yet.
    static Result<RestartPlot> open(const std::string& file);

    // From here on HAProxy is watched. Errors, before anything is changed: of usage where there is no HAProxy to ask;
    // kFailed where none has one of the servers; those of ask_haproxy().
    Result<void> begin(const Batches& batches, const Context& context);

    void note(const RestartEvent& event);

    // Writes what was seen. Unless the restart was interrupted it watches for a moment more, so that the picture shows
    // who serves then. Errors: of writing the file; kInterrupted where an interrupt ended that moment.
    Result<void> end(const RestartOutcome& outcome, const Context& context);

  private:
    explicit RestartPlot(ReplacedFile file) : file_(std::move(file)) {}

    std::chrono::milliseconds elapsed() const;
    // For that moment; whether nothing interrupted it.
    bool look_on(const Context& context) const;

    ReplacedFile file_;
    std::chrono::nanoseconds began_{0};
    Recording recording_;
    std::optional<Sampler> sampler_;
};

}  // namespace zdr::ctl
