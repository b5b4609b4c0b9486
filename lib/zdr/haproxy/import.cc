#include "zdr/haproxy/import.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/import_candidate.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using BySpot = std::map<AddressPort, std::size_t>;

std::string format_haproxy_name(const std::string& name) {
    return check_name(name) ? name : in_quotes(name);
}

class Importer {
  public:
    Importer(const HaproxyConfig& config, const HaproxyResolver& resolver)
        : config_(config), resolver_(resolver), traffic_(config, resolver), spread_(spread_of_checks(config)) {
        out_.notes = config.notes;
    }

    HaproxyImport import() && {
        for (const HaproxyProxy& proxy : config_.proxies)
            if (!proxy.servers.empty()) take_proxy(proxy);
        for (std::size_t i = 0; i < out_.servers.size(); ++i) finish(known_[i], out_.servers[i].server);
        if (spread_.percent != 0 && !out_.servers.empty())
            note(spread_.line, fmt::format("HAProxy makes the time between two checks up to {0} % longer or shorter, "
                                           "so inter, fastinter and downinter are {0} % longer here",
                                           spread_.percent));
        const auto by_line = [](const auto& one, const auto& other) { return one.line < other.line; };
        std::stable_sort(out_.servers.begin(), out_.servers.end(), by_line);
        std::stable_sort(out_.notes.begin(), out_.notes.end(), by_line);
        return std::move(out_);
    }

  private:
    struct Primary {
        std::size_t server;  // that it became
        const HaproxyServerLine* line;
    };
    using Primaries = std::multimap<AddressPort, Primary>;

    // What is known of a server beside what it says.
    struct Known {
        std::size_t status_checks = 0;  // of servers of HAProxy's, on that port
        std::size_t backup_checks = 0;
        std::size_t health_line = 0;              // that says what is asked; 0: nothing yet
        milliseconds timeout = kLongestDuration;  // the shortest in which an answer has to come
    };

    // What is known of it once all lines are read.
    void finish(const Known& known, Server& server) const {
        const std::size_t checks = std::max(known.status_checks, known.backup_checks);
        server.checks = static_cast<std::uint16_t>(std::min<std::size_t>(checks, 65535));
        spread_times(spread_, server);
        const milliseconds timeout = std::max(known.timeout, kShortestInterval);
        if (server.health.asks_anything() && timeout != server.inter) server.health.timeout = timeout;
    }

    void note(std::size_t line, std::string text) { out_.notes.push_back({line, std::move(text)}); }
    void note(const HaproxyServerLine& line, std::string_view text) {
        note(line.line, fmt::format("{} {}", format_haproxy_name(line.name), text));
    }

    void take_proxy(const HaproxyProxy& proxy) {
        proxy_ = &proxy;
        checks_ = health_checks_of(config_, proxy);
        http_ = http_check_of(checks_);
        Primaries primaries;
        for (const HaproxyServerLine& line : proxy.servers) {
            if (line.settings.is_backup) continue;
            const auto candidate = candidate_of(line);
            const auto server = candidate ? add(*candidate) : std::nullopt;
            if (server) primaries.emplace(candidate->app, Primary{*server, &line});
        }
        const HaproxyLine* soft = primaries.empty() ? nullptr : find_disable_on_404(config_, proxy, checks_);
        if (soft != nullptr && noted_.emplace(soft->number, "").second)
            note(soft->number,
                 "HAProxy gives a server that answers 404 no new clients: with something that does so, "
                 "and its port as drain-port of these servers, a drain takes one check");
        for (const HaproxyServerLine& line : proxy.servers) {
            if (!line.settings.is_backup) continue;
            if (const auto candidate = candidate_of(line)) take_backup(*candidate, primaries);
        }
    }

    // None, with a note, where zdr cannot have it.
    std::optional<ImportCandidate> candidate_of(const HaproxyServerLine& line) {
        auto made = make_candidate(line, checks_, traffic_, resolver_);
        if (made) return std::move(*made);
        note(line, made.error());
        return std::nullopt;
    }

    // The server that it became, or that it is already.
    std::optional<std::size_t> add(const ImportCandidate& candidate) {
        const HaproxyServerLine& line = *candidate.line;
        const auto [address, status_port] = candidate.status;
        const AddressPort app{address, candidate.app.port};
        if (candidate.is_checked_on_app_port()) {
            note(line, why_on_app_port(candidate));
            return std::nullopt;
        }
        const auto same = status_.find(candidate.status);
        if (same != status_.end() && is_same(out_.servers[same->second].server, candidate))
            return merge(same->second, candidate);
        if (const auto why = clash(candidate.status, app); !why.empty()) {
            note(line, why);
            return std::nullopt;
        }
        const auto name = free_name(candidate);
        if (!name) return std::nullopt;

        Server server;
        server.name = *name;
        server.addresses = {address};
        server.app_port = app.port;
        server.status_port = status_port;
        const std::size_t index = out_.servers.size();
        names_.emplace(*name, index);
        status_.emplace(candidate.status, index);
        apps_.emplace(app, index);
        out_.servers.push_back({std::move(server), line.line, candidate.host, ""});
        known_.push_back({.status_checks = candidate.checks()});
        set_times(line.settings, out_.servers[index].server);
        list(index, candidate);
        set_health(index, candidate);
        for (const std::string& remark : remarks_on(candidate, traffic_)) note(line, remark);
        if (const auto remark = times_remark(line.settings); !remark.empty()) note(line, remark);
        note_daemon(candidate);
        return index;
    }

    void note_daemon(const ImportCandidate& candidate) {
        const Port port = candidate.status.port;
        std::string remark = daemon_remark(port);
        if (remark.empty() && http_ && is_plain_tcp(config_, *proxy_))
            remark = fmt::format(
                "HAProxy asks HTTP on port {}, and the traffic is plain TCP: with zdr the app itself is "
                "asked, so it has to answer HTTP",
                port.host());
        if (!remark.empty() && daemons_.insert(port).second) note(candidate.line->line, remark);
    }

    // As its status port, not as its backup status port.
    static bool is_same(const Server& server, const ImportCandidate& candidate) {
        return server.status_port == candidate.status.port && server.app_port == candidate.app.port;
    }

    std::size_t merge(std::size_t index, const ImportCandidate& candidate) {
        ImportedServer& imported = out_.servers[index];
        known_[index].status_checks += candidate.checks();
        merge_times(candidate.line->settings, imported.server);
        if (!list(index, candidate))
            note(*candidate.line, fmt::format("of {} is checked on the same port as {}, so they are one here",
                                              format_haproxy_name(proxy_->name), imported.server.name));
        set_health(index, candidate);
        for (const std::string& remark : remarks_on(candidate, traffic_)) note(*candidate.line, remark);
        return index;
    }

    // Under the backend that is being read; false: it is there already, or the backend has no name that zdr can hold.
    bool list(std::size_t index, const ImportCandidate& candidate) {
        ImportedServer& imported = out_.servers[index];
        std::vector<std::string>& backends = imported.server.backends;
        if (!check_name(proxy_->name) || std::find(backends.begin(), backends.end(), proxy_->name) != backends.end())
            return false;
        backends.push_back(proxy_->name);
        imported.listed.push_back({candidate.line->line, candidate.name});
        return true;
    }

    // Nothing where a daemon answers these checks, and where two lines ask different things. A line that only connects
    // asks nothing else.
    void set_health(std::size_t index, const ImportCandidate& candidate) {
        HealthCheck health = health_of(checks_, http_, candidate.target, *candidate.line);
        HealthCheck& known = out_.servers[index].server.health;
        health.is_complete = known.is_complete = known.is_complete && health.is_complete;
        if (!daemon_remark(candidate.status.port).empty()) return;
        if (http_ && !http_->note.empty() && noted_.emplace(http_->line, http_->note).second)
            note(http_->line, http_->note);
        if (const auto why = why_not_asked(http_, candidate); !why.empty()) note(*candidate.line, why);
        if (!http_ && !health.asks_anything()) return;
        milliseconds& timeout = known_[index].timeout;
        timeout = std::min(timeout, check_timeout(config_, *proxy_).value_or(candidate.line->settings.inter));
        const std::size_t line = http_ ? http_->line : candidate.line->line;
        std::size_t& known_line = known_[index].health_line;
        if (known_line == 0) {
            known = std::move(health);
        } else if (known != health) {
            if (known.asks_anything())
                note(*candidate.line, fmt::format("is asked something else by line {} than by line {}{}", line,
                                                  known_line, kNoCheckUri));
            known = {};
            known.is_complete = false;
        }
        known_line = line;
    }

    // Why a status port cannot be there; empty: it can.
    std::string clash(const AddressPort& status, const AddressPort& app) const {
        const auto name = [&](std::size_t index) { return out_.servers[index].server.name; };
        if (const auto found = status_.find(status); found != status_.end())
            return fmt::format("is checked on port {}, which is a status port of {} already", status.port.host(),
                               name(found->second));
        if (const auto found = apps_.find(status); found != apps_.end())
            return fmt::format("is checked on port {}, which is the app port of {}", status.port.host(),
                               name(found->second));
        if (const auto found = status_.find(app); found != status_.end())
            return fmt::format("has app port {}, which is a status port of {}", app.port.host(), name(found->second));
        if (out_.servers.size() == kMaxServers) return fmt::format("exceeds the limit of {} servers", kMaxServers);
        return "";
    }

    std::optional<std::string> free_name(const ImportCandidate& candidate) {
        if (!names_.contains(candidate.name)) return candidate.name;
        const std::string qualified = proxy_->name + "." + candidate.name;
        if (check_name(qualified) && !names_.contains(qualified)) return qualified;
        note(*candidate.line, "has the name of another server, and there is none to tell them apart");
        return std::nullopt;
    }

    void take_backup(const ImportCandidate& candidate, const Primaries& primaries) {
        const HaproxyServerLine& line = *candidate.line;
        const auto [begin, end] = primaries.equal_range(candidate.app);
        const auto twin = std::find_if(
            begin, end, [&](const auto& one) { return one.second.line->settings.cookie == line.settings.cookie; });
        if (twin != end) {
            if (candidate.is_checked_on_app_port() || give_backup(candidate, twin->second)) return;
        } else if (begin != end) {
            note(line, fmt::format("has not the cookie of {}, so it does not keep that one's clients",
                                   format_haproxy_name(begin->second.line->name)));
            if (candidate.is_checked_on_app_port()) return;
        }
        add(candidate);
    }

    // Whether the twin's check port is dealt with.
    bool give_backup(const ImportCandidate& candidate, const Primary& primary) {
        ImportedServer& imported = out_.servers[primary.server];
        Server& server = imported.server;
        const auto [address, port] = candidate.status;
        if (server.addresses.front() != address) return false;
        if (server.status_port == port) {
            note(*candidate.line,
                 fmt::format("is checked on {}'s own status port, so a drain takes both out", server.name));
            known_[primary.server].status_checks += candidate.checks();
        } else if (server.backup_status_port) {
            if (*server.backup_status_port != port) return false;
            known_[primary.server].backup_checks += candidate.checks();
        } else if (const auto why = clash(candidate.status, candidate.status); !why.empty()) {
            note(*candidate.line, why);
            return true;
        } else {
            server.backup_status_port = port;
            status_.emplace(candidate.status, primary.server);
            imported.backup = candidate.name;
            imported.backup_line = candidate.line->line;
            known_[primary.server].backup_checks = candidate.checks();
            for (const std::string& remark : remarks_on(candidate, traffic_)) note(*candidate.line, remark);
        }
        merge_times(candidate.line->settings, server);
        return true;
    }

    const HaproxyConfig& config_;
    const HaproxyResolver& resolver_;
    HaproxyTraffic traffic_;
    HaproxySpread spread_;
    const HaproxyProxy* proxy_ = nullptr;  // the one that is being read
    HaproxyHealthChecks checks_;           // of it
    std::optional<HaproxyHttpCheck> http_;
    HaproxyImport out_;
    std::vector<Known> known_;  // of each server
    std::unordered_map<std::string, std::size_t> names_;
    BySpot status_;  // of both kinds
    BySpot apps_;    // the first on each
    std::set<Port> daemons_;
    std::set<std::pair<std::size_t, std::string>> noted_;
};

}  // namespace

HaproxyImport import_haproxy(const HaproxyConfig& config, const HaproxyResolver& resolver) {
    return Importer(config, resolver).import();
}

}  // namespace zdr
