#include "zdr/control/restart/command_runs.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/control/restart/app_processes.h"
#include "zdr/control/restart/command.h"

namespace zdr {
namespace {

constexpr std::chrono::milliseconds kLongPause(250);  // between two calls of meanwhile, at most
constexpr std::chrono::seconds kGrace(10);            // after an interrupt

class Runs {
  public:
    Runs(std::span<CommandRun> runs, ChildOutput output, const std::function<void(const CommandRun&)>& has_ended,
         const Context& context)
        : runs_(runs), has_ended_(has_ended), context_(context), began_(context.now().boot) {
        for (CommandRun& run : runs_) {
            auto child = Child::start(run.command, output);
            if (!child) run.error = std::move(child.error());
            children_.push_back(child ? std::optional<Child>(std::move(*child)) : std::nullopt);
            if (run.error) has_ended_(run);
        }
    }

    // Whether all have ended.
    bool look() {
        bool has_ended = true;
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            CommandRun& run = runs_[i];
            if (!children_[i] || run.status) continue;
            run.status = children_[i]->status();
            if (run.status) has_ended_(run);
            if (run.status == 0)
                context_.report(fmt::format("{}: {} done after {}", run.server, format_command(run.command),
                                            format_elapsed(context_.now().boot - began_)));
            has_ended = has_ended && run.status.has_value();
        }
        return has_ended;
    }

    // What runs still, as the end of a sentence.
    std::string format_running() const {
        std::string out;
        for (std::size_t i = 0; i < runs_.size(); ++i)
            if (children_[i] && !runs_[i].status)
                out +=
                    fmt::format("; {} still runs (process {})", format_command(runs_[i].command), children_[i]->pid());
        return out;
    }

    tl::unexpected<Error> interrupt() {
        const std::string what = format_command(runs_.front().command);
        for (const auto& child : children_)
            if (child) child->signal(context_.stop_signal());
        const auto end = context_.now().boot + kGrace;
        while (!look() && context_.now().boot < end)
            if (!context_.pause(kLongPause)) break;
        return fail(Errc::kInterrupted, fmt::format("interrupted while {} ran{}", what, format_running()));
    }

  private:
    std::span<CommandRun> runs_;
    const std::function<void(const CommandRun&)>& has_ended_;
    const Context& context_;
    std::chrono::nanoseconds began_;
    std::vector<std::optional<Child>> children_;
};

// Which pipe or socket a descriptor is; none: neither, or that may not be seen.
std::optional<std::pair<dev_t, ino_t>> pipe_of(const std::string& process, int fd) {
    struct stat info {};
    if (stat(fmt::format("/proc/{}/fd/{}", process, fd).c_str(), &info) != 0) return std::nullopt;
    if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode)) return std::nullopt;
    return std::pair(info.st_dev, info.st_ino);
}

// Processes that have started since then and write to a pipe or socket of this one.
std::vector<pid_t> find_output_holders(std::uint64_t since) {
    std::set<std::pair<dev_t, ino_t>> pipes;
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
        if (const auto own = pipe_of("self", fd)) pipes.insert(*own);
    std::vector<pid_t> out;
    if (pipes.empty()) return out;
    for (const auto& [pid, stat] : read_processes()) {
        if (stat.birth < since || pid == getpid()) continue;
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
            const auto its = pipe_of(std::to_string(pid), fd);
            if (!its || !pipes.contains(*its)) continue;
            out.push_back(pid);
            break;
        }
    }
    return out;
}

}  // namespace

Result<void> run_commands(std::span<CommandRun> runs, ChildOutput output,
                          const std::function<Result<void>()>& meanwhile,
                          const std::function<void(const CommandRun&)>& has_ended, const Context& context) {
    Runs all(runs, output, has_ended, context);
    while (!all.look()) {
        if (auto done = meanwhile(); !done) {
            done.error().text += all.format_running();
            return done;
        }
        if (!context.pause(kLongPause)) return all.interrupt();
    }
    return {};
}

std::optional<Error> failure_of(const CommandRun& run) {
    if (run.error) return *run.error;
    if (run.status == 0) return std::nullopt;
    return Error{make_error_code(Errc::kFailed),
                 fmt::format("{} exited {}", format_command(run.command), run.status.value_or(-1))};
}

void report_output_holder(std::uint64_t since, const Context& context) {
    const auto holders = find_output_holders(since);
    if (holders.empty()) return;
    context.report(fmt::format(
        "process {}, which the command has started, keeps the output of this command open: who reads that to its "
        "end waits for it; start it with >FILE 2>&1",
        holders.front()));
}

}  // namespace zdr
