#include "ctl/status/metrics_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "zdr/base/text.h"
#include "zdr/model/checker_standing.h"

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::array kStates = {State::kReady, State::kDrain, State::kMaint};

// The value of a label: backslash, quote and newline are escaped (exposition formats, "Comments, help text, and type
// information"); printable() leaves no newline.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

// In milliseconds the sums of a hostile record's times do not overflow.
milliseconds rough(nanoseconds time) {
    return std::chrono::floor<milliseconds>(time);
}

// Never in exponents, so that equal times have equal texts. Empty where it is before 1970 (a hostile record).
std::string in_seconds(milliseconds time) {
    if (time.count() < 0) return "";
    return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

// One metric after the other, each whole.
class Exposition {
  public:
    // The samples of the metric that was begun last; its head is written with the first of them.
    void begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        head_ = fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
    }
    template <class Value>
    void add(std::string_view labels, const Value& value) {
        text_ += std::exchange(head_, "");
        text_ += name_;
        if (!labels.empty()) text_ += fmt::format("{{{}}}", labels);
        text_ += fmt::format(" {}\n", value);
    }
    // Nothing where the value is empty: unknown.
    void add_known(std::string_view labels, const std::string& value) {
        if (!value.empty()) add(labels, value);
    }
    std::string take() && { return std::move(text_); }

  private:
    std::string_view name_;
    std::string head_;
    std::string text_;
};

struct LabelledChecker {
    const Checker* checker;
    std::string labels;
};

struct LabelledServer {
    const ServerStatus* status;
    std::string labels;
    std::vector<LabelledChecker> checkers;
};

// Two whose labels come out the same, since their names have odd bytes, are one: who asked last.
std::vector<LabelledChecker> labelled_checkers(const ServerStatus& status, const std::string& server) {
    std::vector<const Checker*> all;
    for (const Checker& checker : status.checks.checkers) all.push_back(&checker);
    std::stable_sort(all.begin(), all.end(),
                     [](const Checker* a, const Checker* b) { return a->last_boot > b->last_boot; });
    std::set<std::string> labels;
    std::vector<LabelledChecker> out;
    for (const Checker* checker : all) {
        const Server& asked = status.server;
        const Port port = checker->is_backup ? asked.backup_status_port.value_or(asked.status_port) : asked.status_port;
        auto text = fmt::format("{},from=\"{}\",hook=\"{}\",port=\"{}\"", server, escaped(checker->from),
                                checker->hook == Checker::Hook::kLookup ? "sk_lookup" : "cgroup", port.host());
        if (labels.insert(text).second) out.push_back({checker, std::move(text)});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.labels < b.labels; });
    return out;
}

std::vector<LabelledServer> labelled(const Status& status) {
    std::vector<LabelledServer> out;
    out.reserve(status.servers.size());
    for (const ServerStatus& one : status.servers) {
        auto labels = fmt::format("server=\"{}\",backend=\"{}\"", escaped(one.server.name),
                                  escaped(backends_to_string(one.server)));
        auto checkers = labelled_checkers(one, labels);
        out.push_back({&one, std::move(labels), std::move(checkers)});
    }
    return out;
}

void add_program(Exposition& out, bool is_up, const std::string& abi) {
    out.begin("zdr_up", "gauge", "Whether zdr is loaded.");
    out.add("", is_up ? 1 : 0);
    out.begin("zdr_build_info", "gauge", "The version of zdrctl, and the ABI of what is loaded.");
    out.add(fmt::format("version=\"{}\"{}", ZDR_VERSION, abi), 1);
}

void add_hooks(Exposition& out, const std::vector<HookStatus>& hooks) {
    out.begin("zdr_hook_attached", "gauge", "Whether the hook is attached; 0: somebody else removed it.");
    for (const HookStatus& hook : hooks)
        if (hook.attached)
            out.add(fmt::format("hook=\"{}\",at=\"{}\",kind=\"{}\"", hook.hook, escaped(hook.at), hook.kind),
                    *hook.attached ? 1 : 0);
}

// Since when the state in force is so; empty: it was never flipped.
std::string since_text(const Flip& flip, const Now& now) {
    const auto since = flip.since_wall(now.boot, now.wall);
    if (since.count() <= 0) return "";
    const auto lasted = is_expired(flip, now) ? rough(*flip.expires_boot) - rough(flip.since_boot) : milliseconds(0);
    return in_seconds(rough(since) + lasted);
}

// Empty where the state has no end, or one that no clock can tell.
std::string expiry(const Flip& flip, const Now& now) {
    if (!time_left(flip, now) || flip.expires_boot->count() < 0) return "";
    return in_seconds(rough(now.wall) + (rough(*flip.expires_boot) - rough(now.boot)));
}

// What zdr.conf says of the server's checks: what the checkers are measured against.
void add_settings(Exposition& out, const std::vector<LabelledServer>& servers) {
    out.begin("zdr_server_proxy_info", "gauge",
              "Each backend of the server by itself, as HAProxy's exporter names it.");
    for (const LabelledServer& one : servers) {
        std::set<std::string> proxies;
        for (const std::string& backend : one.status->server.backends) proxies.insert(escaped(backend));
        for (const std::string& proxy : proxies) out.add(fmt::format("{},proxy=\"{}\"", one.labels, proxy), 1);
    }
    out.begin("zdr_server_checks", "gauge", "How many server lines of one HAProxy check it, by zdr.conf.");
    for (const LabelledServer& one : servers) out.add(one.labels, one.status->server.checks);
    out.begin("zdr_server_inter_seconds", "gauge", "The time between two checks, by zdr.conf.");
    for (const LabelledServer& one : servers) out.add(one.labels, in_seconds(one.status->server.inter));
    out.begin("zdr_server_longest_inter_seconds", "gauge",
              "The longest time between two checks, up or down, by zdr.conf.");
    for (const LabelledServer& one : servers)
        out.add(one.labels, in_seconds(longest_interval(one.status->server, true)));
}

void add_states(Exposition& out, const std::vector<LabelledServer>& servers, const Now& now) {
    out.begin("zdr_server_state", "gauge", "The state of the server: 1 for the one it is in.");
    for (const LabelledServer& one : servers)
        for (const State state : kStates)
            out.add(fmt::format("{},state=\"{}\"", one.labels, to_string(state)),
                    one.status->flip.effective(now.boot) == state ? 1 : 0);
    out.begin("zdr_server_state_since_timestamp_seconds", "gauge",
              "When the server came into its state; absent: it was never flipped.");
    for (const LabelledServer& one : servers) out.add_known(one.labels, since_text(one.status->flip, now));
    out.begin("zdr_server_state_expires_timestamp_seconds", "gauge",
              "When the server's lease ends and it is ready again; absent: it has none.");
    for (const LabelledServer& one : servers) out.add_known(one.labels, expiry(one.status->flip, now));
    out.begin("zdr_server_held", "gauge", "Whether a restart that runs holds the server, and renews its lease.");
    for (const LabelledServer& one : servers)
        out.add(one.labels, one.status->is_held && one.status->flip.effective(now.boot) != State::kReady ? 1 : 0);
    out.begin("zdr_server_active_port", "gauge",
              "Where connections to the app port are led; absent: the server has no handover ports.");
    for (const LabelledServer& one : servers)
        if (one.status->server.handover_ports)
            out.add(one.labels, at_active_port(one.status->server, one.status->flip).app_port.host());
    out.begin("zdr_server_listening", "gauge", "Whether the app listens; absent: unknown.");
    for (const LabelledServer& one : servers)
        if (one.status->listening) out.add(one.labels, *one.status->listening ? 1 : 0);
}

void add_counters(Exposition& out, const std::vector<LabelledServer>& servers) {
    out.begin("zdr_server_redirected_checks_total", "counter", "Connections to the status ports that went to the app.");
    for (const LabelledServer& one : servers) out.add(one.labels, one.status->checks.counters.redirected);
    out.begin("zdr_server_refused_checks_total", "counter", "Connections to the status ports that were refused.");
    for (const LabelledServer& one : servers) out.add(one.labels, one.status->checks.counters.refused);
    out.begin("zdr_server_sessions", "gauge", "Established connections to the app port, without the health checks.");
    for (const LabelledServer& one : servers) {
        const auto& sessions = one.status->sessions;
        if (!sessions) continue;
        out.add(one.labels + ",state=\"active\"", sessions->active);
        out.add(one.labels + ",state=\"idle\"", sessions->idle);
    }
}

std::ptrdiff_t count_checkers(const ServerStatus& status, const Now& now) {
    const auto& all = status.checks.checkers;
    return std::count_if(all.begin(), all.end(), [&](const Checker& one) {
        return !one.is_backup && standing_of(one, status.server, now.boot) == Standing::kCounts;
    });
}

template <class Value>
void add_checkers(Exposition& out, const std::vector<LabelledServer>& servers, const Value& value) {
    for (const LabelledServer& one : servers)
        for (const LabelledChecker& each : one.checkers) out.add_known(each.labels, value(*each.checker));
}

void add_all_checkers(Exposition& out, const std::vector<LabelledServer>& servers, const Now& now) {
    out.begin("zdr_server_checkers", "gauge",
              "How many checkers a flip of the server waits for; absent: zdr.conf says that it needs none.");
    for (const LabelledServer& one : servers)
        if (!one.status->server.unchecked) out.add(one.labels, count_checkers(*one.status, now));
    out.begin("zdr_checker_last_seen_timestamp_seconds", "gauge", "When the checker last asked this port.");
    add_checkers(out, servers, [&](const Checker& one) {
        return in_seconds(rough(now.wall - std::max(now.boot - one.last_boot, nanoseconds(0))));
    });
    out.begin("zdr_checker_interval_seconds", "gauge", "The time between two asks; absent: it asked once.");
    add_checkers(out, servers,
                 [](const Checker& one) { return one.interval ? in_seconds(*one.interval) : std::string(); });
    out.begin("zdr_checker_redirected_streak", "gauge", "How many times in a row the checker reached the app.");
    add_checkers(out, servers, [](const Checker& one) { return fmt::format("{}", one.redirected_streak); });
    out.begin("zdr_checker_refused_streak", "gauge", "How many times in a row the checker was refused.");
    add_checkers(out, servers, [](const Checker& one) { return fmt::format("{}", one.refused_streak); });
}

}  // namespace

std::string format_metrics_not_loaded() {
    Exposition out;
    add_program(out, false, "");
    return std::move(out).take();
}

std::string format_metrics(const Status& status, const Now& now) {
    Exposition out;
    add_program(out, true, fmt::format(",abi=\"{}\"", status.abi));
    add_hooks(out, status.hooks);
    out.begin("zdr_time_seconds", "gauge", "When this was read.");
    out.add("", in_seconds(rough(now.wall)));
    out.begin("zdr_servers", "gauge", "How many servers zdr has.");
    out.add("", status.servers.size());
    const auto servers = labelled(status);
    add_settings(out, servers);
    add_states(out, servers, now);
    add_counters(out, servers);
    add_all_checkers(out, servers, now);
    return std::move(out).take();
}

}  // namespace zdr::ctl
