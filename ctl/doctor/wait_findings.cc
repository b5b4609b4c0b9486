#include "ctl/doctor/wait_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr_checkers.h"

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;

class Wait {
  public:
    explicit Wait(const Server& ours) : ours_(ours) {}

    void compare_counts(std::uint32_t fall, std::uint32_t rise, const CheckedServer& theirs) {
        if (fall > ours_.fall)
            find(FindingId::kFall, theirs,
                 fmt::format("HAProxy takes it out after {} refused checks, and zdr has fall = {}", fall, ours_.fall),
                 "the wait for a drain ends before HAProxy has taken the server out", fmt::format("fall = {}", fall));
        if (rise > ours_.rise)
            find(FindingId::kRise, theirs,
                 fmt::format("HAProxy puts it back after {} good checks, and zdr has rise = {}", rise, ours_.rise),
                 "the wait for ready ends before HAProxy has put the server back, and a restart goes on with the next",
                 fmt::format("rise = {}", rise));
    }

    void compare_intervals(const HaproxyServerSettings& line, const CheckedServer& theirs) {
        compare(theirs, "inter", "", line.inter, ours_.inter);
        // What neither sets is as inter.
        const bool is_exact = ours_.checks > 1;
        if (line.fastinter || (is_exact && ours_.fastinter))
            compare(theirs, "fastinter", " while it changes", line.fastinter.value_or(line.inter), of(ours_.fastinter));
        if (line.downinter || (is_exact && ours_.downinter))
            compare(theirs, "downinter", " while it is down", line.downinter.value_or(line.inter), of(ours_.downinter));
    }

    // One HAProxy's, the one that has most.
    void compare_checks(const CheckersOfPort& theirs) {
        std::map<std::string, std::size_t> counts;  // by HAProxy; a file is one
        for (const CheckedServer* one : theirs)
            counts[one->line == nullptr ? one->location : ""] += one->line == nullptr ? 1 : one->line->count();
        std::size_t most = 0;
        for (const auto& [haproxy, count] : counts) most = std::max(most, count);
        if (most <= ours_.checks) return;
        find(FindingId::kChecks, *theirs.front(),
             fmt::format("{} servers of HAProxy check its port, and zdr has checks = {}", most, ours_.checks),
             "a wait takes the refusals of one for those of the others, and ends before HAProxy has taken all of them "
             "out",
             fmt::format("checks = {}", most));
    }

    void compare_backends(const CheckersOfPort& theirs) {
        if (ours_.backends.empty()) return;
        for (const CheckedServer* one : theirs) {
            const std::string& name = one->server.backend;
            if (std::find(ours_.backends.begin(), ours_.backends.end(), name) != ours_.backends.end()) continue;
            find(FindingId::kBackendMissing, *one,
                 fmt::format("HAProxy has it in backend {}, too, and zdr has not", format_name(name)),
                 "zdr may take the last ready server of that backend out",
                 fmt::format("backend = {}", printable(name)));
            return;
        }
    }

    void compare_uris(const CheckersOfPort& theirs) {
        if (theirs.empty() || !ours_.health.uri.empty()) return;
        const HealthCheck& asked = theirs.front()->asked;
        const std::string& uri = asked.uri;
        const auto asks_the_same = [&](const CheckedServer* one) {
            return one->asked.uri == uri && one->asked.method == asked.method;
        };
        const std::string method =
            asked.method == HttpMethod::kGet ? "" : fmt::format("\" and \"check-method = {}", to_string(asked.method));
        if (uri.empty() || !std::all_of(theirs.begin(), theirs.end(), asks_the_same)) return;
        find(FindingId::kCheckUriMissing, *theirs.front(),
             fmt::format("HAProxy asks {} of it, and zdr has no check-uri", printable(uri)),
             "zdr takes it for ready as soon as its port is open, and HAProxy once it answers",
             fmt::format("check-uri = {}{}", printable(uri), method));
    }

    void compare_completeness(const CheckersOfPort& theirs) {
        const auto more = std::find_if(theirs.begin(), theirs.end(),
                                       [](const CheckedServer* one) { return !one->asked.is_complete; });
        if (more == theirs.end() || !ours_.health.is_complete) return;
        find(FindingId::kCheckIncomplete, **more, "HAProxy's check looks at more than zdr can ask of it",
             "zdr calls it ready while HAProxy may have it down, unless it can ask HAProxy's socket",
             "check-complete = no");
    }

    Findings findings() && { return std::move(out_); }

  private:
    milliseconds of(const std::optional<milliseconds>& interval) const { return interval.value_or(ours_.inter); }

    void compare(const CheckedServer& theirs, std::string_view key, std::string_view when, milliseconds line,
                 milliseconds configured) {
        const milliseconds longest = theirs.spread.longest(line);
        const bool is_exact = ours_.checks > 1;
        if (longest <= (is_exact ? 1 : ZDR_SILENT_INTERVALS) * configured) return;
        const std::string spread = longest == line ? ""
                                                   : fmt::format(", up to {} by \"spread-checks {}\"",
                                                                 format_duration(longest), theirs.spread.percent);
        find(FindingId::kInterval, theirs,
             fmt::format("HAProxy checks it every {}{}{}, and zdr has {} = {}", format_duration(line), when, spread,
                         key, format_duration(configured)),
             is_exact ? "several server lines check its port, and a wait lasts until the slowest of them must have "
                        "asked: it may end before that one has"
                      : "who is silent for three intervals counts as gone, so a wait may end before HAProxy has asked",
             fmt::format("{} = {}", key, format_duration(longest)));
    }

    void find(FindingId id, const CheckedServer& theirs, std::string what, std::string why,
              const std::string& setting) {
        out_.push_back(
            {id, format_name(ours_.name), theirs.location, std::move(what), std::move(why),
             fmt::format("write \"{}\" in [server.{}] of zdr.conf and run zdr-loader load", setting, ours_.name),
             theirs.line == nullptr ? 0 : theirs.line->line});
    }

    const Server& ours_;
    Findings out_;
};

}  // namespace

Findings compare_wait(const CheckersOfPort& theirs, const Server& ours) {
    Wait wait(ours);
    for (const CheckedServer* one : theirs) {
        if (one->line == nullptr) {
            // What HAProxy does not say is not compared.
            wait.compare_counts(one->server.fall.value_or(0), one->server.rise.value_or(0), *one);
            continue;
        }
        const HaproxyServerSettings& settings = one->line->settings;
        wait.compare_counts(settings.fall, settings.rise, *one);
        wait.compare_intervals(settings, *one);
    }
    wait.compare_checks(theirs);
    return std::move(wait).findings();
}

Findings compare_backends(const CheckersOfPort& theirs, const Server& ours) {
    Wait wait(ours);
    wait.compare_backends(theirs);
    wait.compare_uris(theirs);
    wait.compare_completeness(theirs);
    return std::move(wait).findings();
}

}  // namespace zdr::ctl
