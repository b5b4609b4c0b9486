#include "zdr/control/restart/new_app.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "zdr/base/boot_clock.h"
#include "zdr/base/duration.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/restart/command.h"
#include "zdr/control/wait_for_health.h"
#include "zdr/net/http.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kShortestLookPause(50);
constexpr milliseconds kLongestLookPause(1000);
constexpr int kLookShare = 20;                // of the time that a look takes: looking costs at most 5 % of a processor
constexpr milliseconds kLongestAnswer(1000);  // for one answer of the app, at most
constexpr int kAnswersOfLease = 6;            // the lease is renewed between two answers
constexpr milliseconds kHiddenFor(1000);
constexpr milliseconds kOldSocketFor(1000);  // a new app may take the port a moment after the command
constexpr std::size_t kMostProcesses = 3;    // processes that a message names

// "process 12 (gunicorn), process 13 (gunicorn) and 4 more"
std::string format_processes(const std::vector<ProcessStat>& all) {
    std::string out;
    for (std::size_t i = 0; i < std::min(all.size(), kMostProcesses); ++i)
        out += fmt::format("{}process {} ({})", i == 0 ? "" : ", ", all[i].pid, all[i].name);
    if (all.size() > kMostProcesses) out += fmt::format(" and {} more", all.size() - kMostProcesses);
    return out;
}

}  // namespace

NewApp::NewApp(const Server& server, const RestartRequest& request, const Context& context)
    : server_(&server),
      request_(&request),
      context_(&context),
      answer_(std::min(kLongestAnswer, request.lease.ttl / kAnswersOfLease)) {
    if (request.ready_command) ready_command_.emplace(shell_command(*request.ready_command, server));
}

Result<void> NewApp::begin() {
    auto before = look_at_app(*server_);
    if (!before) return tl::unexpected(std::move(before.error()));
    before_ = std::move(*before);
    began_ = static_cast<std::uint64_t>(clock_ticks(context_->now().boot));
    if (before_.is_whole || request_->keeps_process) return {};
    const auto port = server_->app_port.host();
    const std::string who = before_.holders.empty()
                                ? fmt::format("who listens on port {} cannot be seen from here{}", port,
                                              geteuid() == 0 ? "" : " (root may see it)")
                                : fmt::format("port {} is only held for the app, in a container or the like", port);
    context_->report(fmt::format("{}: {}, so {}", server_->name, who,
                                 request_->keeps_listener
                                     ? fmt::format("the new app cannot be told from the old one, but by {} or {}",
                                                   context_->option("ready-url"), context_->option("ready-command"))
                                     : "the new app is known by its listening socket alone"));
    return {};
}

void NewApp::begin_anew() {
    if (ready_command_) ready_command_->begin_anew();
}

Result<std::string> NewApp::missing() {
    auto out = missing_processes();
    return !out || !out->empty() ? out : missing_of_any();
}

Result<std::string> NewApp::missing_processes() {
    const nanoseconds began = context_->now().boot;
    const auto now = look_at_app(*server_);
    if (!now) return tl::unexpected(now.error());
    const nanoseconds cost = context_->now().boot - began;
    pause_ = std::clamp(std::chrono::ceil<milliseconds>(cost * kLookShare), kShortestLookPause, kLongestLookPause);
    const Kept kept{.listener = request_->keeps_listener, .process = request_->keeps_process};
    const Renewal renewal = judge_renewal(before_, *now, kept, began_);
    const std::string missing = format(renewal);
    const bool is_over_now = is_over(renewal.verdict);
    name_old_socket(renewal);
    if (!is_over_now) return missing;
    if (!std::exchange(has_gone_on_, true)) context_->report(fmt::format("{}: {}; it goes on", server_->name, missing));
    return "";
}

bool NewApp::is_over(Renewal::Verdict verdict) {
    const nanoseconds now = context_->now().boot;
    const bool is_same = verdict == verdict_;
    verdict_ = verdict;
    if (!is_same) since_ = now;
    if (verdict == Renewal::Verdict::kOldLingers)
        return now - since_ >= std::min(request_->idle_timeout, request_->timeout / 2);
    return verdict == Renewal::Verdict::kHidden && now - since_ >= kHiddenFor;
}

void NewApp::name_old_socket(const Renewal& renewal) {
    const bool is_old = renewal.verdict == Renewal::Verdict::kOldSocket;
    if (!is_old || has_named_old_socket_ || context_->now().boot - since_ < kOldSocketFor) return;
    has_named_old_socket_ = true;
    context_->report(fmt::format("{}: {}; waiting for a new one", server_->name, format(renewal)));
}

std::string NewApp::format(const Renewal& renewal) const {
    const auto port = server_->app_port.host();
    switch (renewal.verdict) {
        case Renewal::Verdict::kRenewed:
            return "";
        case Renewal::Verdict::kNothingListens:
            return fmt::format("nothing listens on port {}: the start failed, or the app listens elsewhere", port);
        case Renewal::Verdict::kOldSocket:
            return fmt::format(
                "no new listening socket on port {}: the old one is still there (a command that keeps "
                "it, such as a reload, needs {})",
                port, context_->option("keep-listener"));
        case Renewal::Verdict::kNothingNew:
            return fmt::format(
                "no process behind port {} has started since the command began{}{} (a command that "
                "keeps the process needs {})",
                port, renewal.old.empty() ? "" : ": it is still ", format_processes(renewal.old),
                context_->option("keep-process"));
        case Renewal::Verdict::kOldListens:
            return fmt::format("the old app still serves port {} beside the new one: {}", port,
                               format_processes(renewal.old));
        case Renewal::Verdict::kOldLingers:
            return fmt::format("the old app has not ended: {}", format_processes(renewal.old));
        case Renewal::Verdict::kHidden:
            return fmt::format("who listens on port {} cannot be seen", port);
    }
    return "";
}

std::string NewApp::missing_of_any() {
    const auto port = server_->app_port.host();
    if (!accepts(*server_, answer_)) {
        if (!connects(*server_, answer_)) return fmt::format("nothing accepts connections on port {}", port);
        return fmt::format("connections to port {} wait: the app listens, but does not take them", port);
    }
    const milliseconds within = std::min(answer_time(*server_), request_->lease.ttl / kAnswersOfLease);
    if (auto healthy = ask_health(*server_, within); !healthy) return healthy.error().text;
    if (std::string url = missing_url(); !url.empty()) return url;
    return ready_command_ ? ready_command_->missing() : "";
}

std::string NewApp::missing_url() const {
    if (!request_->ready_url) return "";
    const std::string text = expand_placeholders(*request_->ready_url, *server_);
    const auto url = parse_url(text);
    if (!url) return url.error().text;
    const auto status = http_status(*url, answer_);
    if (!status) return fmt::format("ready URL {}: {}", text, status.error().text);
    return *status >= 200 && *status < 400 ? "" : fmt::format("ready URL {} answers {}", text, *status);
}

}  // namespace zdr
