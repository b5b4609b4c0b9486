#include "zdr/haproxy/import.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/options.h"

namespace zdr {
namespace {

using SpecKind = HaproxyAddressSpec::Kind;
using AddressPort = std::pair<Address, Port>;

struct SpotOrder {
    bool operator()(const AddressPort& one, const AddressPort& other) const {
        return std::pair(one.first.words(), one.second.host()) < std::pair(other.first.words(), other.second.host());
    }
};
using BySpot = std::map<AddressPort, std::size_t, SpotOrder>;

std::string format_haproxy_name(const std::string& name) {
    return check_name(name) ? name : in_quotes(name);
}

// What a server line comes to once its names are looked up.
struct Candidate {
    const HaproxyServerLine* line;
    std::string name;
    std::string host;
    AddressPort app;
    AddressPort status;

    bool is_checked_on_app_port() const { return app.second == status.second; }
};

class Importer {
  public:
    Importer(const HaproxyConfig& config, const HaproxyResolver& resolver) : config_(config), resolver_(resolver) {
        out_.notes = config.notes;
    }

    HaproxyImport import() && {
        for (const HaproxyProxy& proxy : config_.proxies)
            if (!proxy.servers.empty()) take_proxy(proxy);
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
    using Primaries = std::multimap<AddressPort, Primary, SpotOrder>;

    void note(std::size_t line, std::string text) { out_.notes.push_back({line, std::move(text)}); }
    void note(const HaproxyServerLine& line, std::string_view text) {
        note(line.line, fmt::format("{} {}", format_haproxy_name(line.name), text));
    }

    void take_proxy(const HaproxyProxy& proxy) {
        if (const HaproxyLine* rule = find_connect_rule(config_, proxy)) {
            note(proxy.line, fmt::format("the servers of {} are checked where line {} says, so none is here",
                                         format_haproxy_name(proxy.name), rule->number));
            return;
        }
        Primaries primaries;
        for (const HaproxyServerLine& line : proxy.servers) {
            if (line.settings.is_backup) continue;
            const auto candidate = candidate_of(line);
            const auto server = candidate ? add(*candidate, proxy) : std::nullopt;
            if (server) primaries.emplace(candidate->app, Primary{*server, &line});
        }
        for (const HaproxyServerLine& line : proxy.servers) {
            if (!line.settings.is_backup) continue;
            if (const auto candidate = candidate_of(line)) take_backup(*candidate, proxy, primaries);
        }
    }

    // None, with a note, where zdr cannot have it.
    std::optional<Candidate> candidate_of(const HaproxyServerLine& line) {
        const auto refuse = [&](std::string_view why) {
            note(line, why);
            return std::nullopt;
        };
        if (!line.settings.track.empty()) return refuse(fmt::format("follows {}", in_quotes(line.settings.track)));
        if (!line.settings.has_check) return refuse("is not checked, so HAProxy never takes it out");
        for (const HaproxyAddressSpec* spec : {&line.spec, &line.checked_spec()}) {
            if (spec->kind == SpecKind::kAny)
                return refuse("has no address of its own, but that which the client asked for");
            if (spec->kind == SpecKind::kOther)
                return refuse(fmt::format("is at {}, which is not an IP address", in_quotes(spec->text)));
            if (spec->kind == SpecKind::kHost && line.is_template)
                return refuse(fmt::format("is a template: at run time HAProxy gives each of the addresses of {} a name",
                                          in_quotes(spec->host)));
        }
        if (!line.spec.port) return refuse("has no port of its own, but one that depends on the client's");
        const auto app = address_of(line.spec);
        if (!app) return refuse(app.error().text);
        const auto status = address_of(line.checked_spec());
        if (!status) return refuse(status.error().text);
        const std::string name = line.is_template ? fmt::format("{}{}", line.name, line.first) : line.name;
        if (const auto checked = check_name(name); !checked)
            return refuse(fmt::format("has a name that zdr cannot hold: {}", checked.error().text));
        if (line.last > line.first)
            note(line, fmt::format("has the servers {0}{1} to {0}{2} at one address, so they are one here", line.name,
                                   line.first, line.last));
        return Candidate{
            &line, name, line.checked_spec().host, {*app, *line.spec.port}, {*status, *line.checked_port()}};
    }

    Result<Address> address_of(const HaproxyAddressSpec& spec) {
        if (spec.kind == SpecKind::kAddress) return *spec.address;
        auto found = resolver_(spec.host);
        if (found) return found;
        return fail(Errc::kFailed, fmt::format("is at {}, whose address is not known here: {}", in_quotes(spec.host),
                                               found.error().text));
    }

    // The server that it became, or that it is already.
    std::optional<std::size_t> add(const Candidate& candidate, const HaproxyProxy& proxy) {
        const HaproxyServerLine& line = *candidate.line;
        const auto [address, status_port] = candidate.status;
        const Port app_port = candidate.app.second;
        if (candidate.is_checked_on_app_port()) {
            note(line,
                 fmt::format("is checked on its app port {}; with a \"check port\" of its own it can be one of zdr's",
                             app_port.host()));
            return std::nullopt;
        }
        const auto same = status_.find(candidate.status);
        if (same != status_.end() && is_same(out_.servers[same->second].server, candidate))
            return merge(same->second, candidate, proxy);
        if (const auto why = clash(candidate.status, AddressPort(address, app_port)); !why.empty()) {
            note(line, why);
            return std::nullopt;
        }
        const auto name = free_name(candidate, proxy);
        if (!name) return std::nullopt;

        Server server;
        server.name = *name;
        server.addresses = {address};
        server.app_port = app_port;
        server.status_port = status_port;
        if (check_name(proxy.name)) server.backends = {proxy.name};
        set_times(line, server);
        const std::size_t index = out_.servers.size();
        names_.emplace(*name, index);
        status_.emplace(candidate.status, index);
        apps_.emplace(AddressPort(address, app_port), index);
        out_.servers.push_back({std::move(server), line.line, candidate.host, ""});
        if (line.settings.is_disabled) note(line, "is disabled in HAProxy");
        if (address != candidate.app.first)
            note(line,
                 fmt::format("is checked at {}, so that is where the app has to listen, too", address.to_string()));
        return index;
    }

    // As its status port, not as its backup status port.
    static bool is_same(const Server& server, const Candidate& candidate) {
        return server.status_port == candidate.status.second && server.app_port == candidate.app.second;
    }

    std::size_t merge(std::size_t index, const Candidate& candidate, const HaproxyProxy& proxy) {
        Server& server = out_.servers[index].server;
        note(*candidate.line, fmt::format("of {} is checked on the same port as {}, so they are one here",
                                          format_haproxy_name(proxy.name), server.name));
        Server other;
        set_times(*candidate.line, other);
        server.fall = std::max(server.fall, other.fall);
        server.rise = std::max(server.rise, other.rise);
        server.inter = std::max(server.inter, other.inter);
        return index;
    }

    static void set_times(const HaproxyServerLine& line, Server& server) {
        server.fall = static_cast<std::uint16_t>(std::min(line.settings.fall, 65535U));
        server.rise = static_cast<std::uint16_t>(std::min(line.settings.rise, 65535U));
        server.inter = std::min(line.settings.inter, kLongestDuration);
    }

    // Why a status port cannot be there; empty: it can.
    std::string clash(const AddressPort& status, const AddressPort& app) const {
        const auto name = [&](std::size_t index) { return out_.servers[index].server.name; };
        if (const auto found = status_.find(status); found != status_.end())
            return fmt::format("is checked on port {}, which is a status port of {} already", status.second.host(),
                               name(found->second));
        if (const auto found = apps_.find(status); found != apps_.end())
            return fmt::format("is checked on port {}, which is the app port of {}", status.second.host(),
                               name(found->second));
        if (const auto found = status_.find(app); found != status_.end())
            return fmt::format("has app port {}, which is a status port of {}", app.second.host(), name(found->second));
        if (out_.servers.size() == kMaxServers) return fmt::format("exceeds the limit of {} servers", kMaxServers);
        return "";
    }

    std::optional<std::string> free_name(const Candidate& candidate, const HaproxyProxy& proxy) {
        if (!names_.contains(candidate.name)) return candidate.name;
        const std::string qualified = proxy.name + "." + candidate.name;
        if (check_name(qualified) && !names_.contains(qualified)) return qualified;
        note(*candidate.line, "has the name of another server, and there is none to tell them apart");
        return std::nullopt;
    }

    void take_backup(const Candidate& candidate, const HaproxyProxy& proxy, const Primaries& primaries) {
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
        add(candidate, proxy);
    }

    // Whether the twin's check port is dealt with.
    bool give_backup(const Candidate& candidate, const Primary& primary) {
        ImportedServer& imported = out_.servers[primary.server];
        Server& server = imported.server;
        const auto [address, port] = candidate.status;
        if (server.addresses.front() != address) return false;
        if (server.status_port == port) {
            note(*candidate.line,
                 fmt::format("is checked on {}'s own status port, so a drain takes both out", server.name));
            return true;
        }
        if (server.backup_status_port) return *server.backup_status_port == port;
        if (const auto why = clash(candidate.status, candidate.status); !why.empty()) {
            note(*candidate.line, why);
            return true;
        }
        server.backup_status_port = port;
        status_.emplace(candidate.status, primary.server);
        imported.backup = candidate.name;
        imported.backup_line = candidate.line->line;
        return true;
    }

    const HaproxyConfig& config_;
    const HaproxyResolver& resolver_;
    HaproxyImport out_;
    std::unordered_map<std::string, std::size_t> names_;
    BySpot status_;  // of both kinds
    BySpot apps_;    // the first on each
};

}  // namespace

HaproxyImport import_haproxy(const HaproxyConfig& config, const HaproxyResolver& resolver) {
    return Importer(config, resolver).import();
}

}  // namespace zdr
