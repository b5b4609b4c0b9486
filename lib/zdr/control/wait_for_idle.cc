#include "zdr/control/wait_for_idle.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/kernel/sessions.h"
#include "zdr/model/server.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kIdlePause(100);
constexpr int kShare = 20;  // of the time that a count takes: looking costs at most 5 % of a processor
constexpr std::size_t kMostBusy = 3;

// Who is busy: "webA has 2 active sessions".
Result<Idle> look(std::span<const std::string> names, IfMissing if_missing, const Context& context) {
    auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    const auto entries = find_servers(opened->table, names, if_missing);
    if (!entries) return tl::unexpected(entries.error());
    std::vector<std::optional<Port>> active;
    for (const ServerEntry& entry : *entries) {
        const auto flip = opened->table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        active.push_back(flip->active_port);
    }
    const auto counts = count_sessions(opened->dir.live(), opened->table.netns_cookie(), *entries, active);
    if (!counts) return tl::unexpected(counts.error());
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < counts->size(); ++i) {
        const auto& sessions = (*counts)[i];
        if (!sessions)
            return Idle{Idle::End::kUnknown,
                        "the sessions cannot be counted: this is another network namespace than the one that zdr "
                        "serves, or the kernel has no iterator for them (zdr-loader check tells)"};
        if (sessions->active == 0) continue;
        if (count++ < kMostBusy)
            out += fmt::format("{}{} has {} active session{}", out.empty() ? "" : ", ", format_name(names[i]),
                               sessions->active, sessions->active == 1 ? "" : "s");
    }
    if (count > kMostBusy) out += fmt::format(" and {} more are busy", count - kMostBusy);
    return Idle{out.empty() ? Idle::End::kIdle : Idle::End::kBusy, std::move(out)};
}

}  // namespace

Result<Idle> look_until_idle(const std::function<Result<Idle>()>& look, milliseconds timeout, milliseconds least_pause,
                             const std::function<Result<void>()>& meanwhile, const Context& context) {
    const nanoseconds began = context.now().boot;
    for (;;) {
        const nanoseconds before = context.now().boot;
        auto idle = look();
        if (!idle || idle->end != Idle::End::kBusy) return idle;
        const nanoseconds now = context.now().boot;
        if (now - began >= timeout)
            return Idle{Idle::End::kBusy, fmt::format("timed out after {}: {}", format_elapsed(timeout), idle->text)};
        if (meanwhile)
            if (auto done = meanwhile(); !done) return tl::unexpected(std::move(done.error()));
        context.report_pending(fmt::format("{}, at most {} more", idle->text, format_elapsed(timeout - (now - began))));
        const nanoseconds pause = std::max<nanoseconds>(least_pause, (now - before) * kShare);
        const nanoseconds rest = timeout - (now - began);
        const bool goes_on = context.pause(std::chrono::ceil<milliseconds>(std::min(pause, rest)));
        context.report_pending("");
        if (!goes_on) return fail(Errc::kInterrupted, fmt::format("interrupted: {}", idle->text));
    }
}

Result<Idle> wait_until_idle(std::span<const std::string> names, IfMissing if_missing, milliseconds timeout,
                             const std::function<Result<void>()>& meanwhile, const Context& context) {
    const nanoseconds began = context.now().boot;
    const auto look_again = [&] {
        return look(names, std::exchange(if_missing, IfMissing::kRemovedMeanwhile), context);
    };
    auto idle = look_until_idle(look_again, timeout, kIdlePause, meanwhile, context);
    if (idle && idle->end == Idle::End::kIdle)
        for (const std::string& name : names)
            context.report(
                fmt::format("{}: idle after {}", format_name(name), format_elapsed(context.now().boot - began)));
    return idle;
}

}  // namespace zdr
