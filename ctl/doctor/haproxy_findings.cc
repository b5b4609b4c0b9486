#include "ctl/doctor/haproxy_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "ctl/doctor/check_method_findings.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/options.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

using Lines = std::vector<const HaproxyServerLine*>;

// Two servers with the same key are the same app. Empty: it has no port of its own, so it is nobody's twin.
std::string address_key(const HaproxyServerLine& line) {
    const HaproxyAddressSpec& spec = line.spec;
    if (!spec.port) return "";
    return fmt::format("{} {}", spec.address ? spec.address->to_string() : spec.host, spec.port->host());
}

bool tracks(const HaproxyServerLine& line, const HaproxyProxy& proxy, const HaproxyServerLine& other) {
    return line.settings.track == other.name || line.settings.track == proxy.name + "/" + other.name;
}

// Whether both go down together.
bool is_checked_as(const HaproxyHealthChecks& checks, const HaproxyServerLine& line, const HaproxyProxy& proxy,
                   const HaproxyServerLine& other) {
    if (tracks(line, proxy, other)) return true;
    if (!line.settings.has_check || !other.settings.has_check || checks.run_command()) return false;
    const HaproxyCheckTarget one = check_target(checks, line);
    const HaproxyCheckTarget two = check_target(checks, other);
    return one.port == two.port && one.spec.address == two.spec.address && one.spec.host == two.spec.host;
}

// Whether a new process reads from a file which servers were down (configuration manual,
// "load-server-state-from-file").
bool keeps_states(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    const HaproxyLine* line = find_haproxy_line(config, proxy, {"load-server-state-from-file"});
    if (line == nullptr || line->words.size() < 2) return false;
    if (line->words[1] == "local") return true;
    return line->words[1] == "global" &&
           std::any_of(config.globals.begin(), config.globals.end(), [](const HaproxyLine& one) {
               return one.words[0] == "server-state-file" && one.words.size() > 1;
           });
}

// A word as it is written in the file.
std::string format_token(const std::string& word) {
    return word.find_first_of(" \t\"'\\#$") == std::string::npos ? printable(word) : in_quotes(word);
}

// One backend that has servers of zdr.
class Backend {
  public:
    Backend(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view file, const ConcernsZdr& concerns)
        : proxy_(proxy),
          file_(file),
          checks_(health_checks_of(config, proxy)),
          keeps_states_(keeps_states(config, proxy)) {
        for (const HaproxyServerLine& line : proxy.servers) {
            if (!line.settings.is_backup) all_primaries_.insert(address_key(line));
            if (!line.settings.is_backup && concerns(proxy, line)) primaries_[address_key(line)].push_back(&line);
        }
        for (const HaproxyServerLine& line : proxy.servers) {
            if (!line.settings.is_backup) continue;
            const bool is_twin = !at_address_of(primaries_, line).empty();
            if (is_twin) twins_[address_key(line)].push_back(&line);
            if (!is_twin && concerns(proxy, line)) backups_.insert(&line);
        }
        const HaproxyLine* mode = find_haproxy_line(config, proxy, {"mode"});
        const bool is_tcp = mode != nullptr && mode->words.size() > 1 && mode->words[1] == "tcp";
        const HaproxyLine* cookie = find_haproxy_line(config, proxy, {"cookie"});
        if (cookie != nullptr && !is_tcp) {  // in mode tcp HAProxy ignores it
            has_cookie_ = true;
            is_dynamic_ = std::find(cookie->words.begin(), cookie->words.end(), "dynamic") != cookie->words.end();
        }
        redispatches_ = redispatches(config, proxy);
        persists_ = find_haproxy_option(config, proxy, "persist") != nullptr;
        uses_all_backups_ = find_haproxy_option(config, proxy, "allbackups") != nullptr;
    }

    Findings findings() && {
        if (primaries_.empty() && backups_.empty()) return {};
        look_at_backend();
        look_at_reload();
        append(out_, find_in_checks(proxy_, checks_, file_, looked_at()));
        for (const auto& [address, lines] : primaries_)
            for (const HaproxyServerLine* line : lines) look_at_primary(*line);
        for (const auto& [address, lines] : twins_)
            for (const HaproxyServerLine* line : lines) look_at_twin(*line);
        for (const HaproxyServerLine* line : backups_) look_at_server(*line);
        return std::move(out_);
    }

  private:
    using ByAddress = std::map<std::string, Lines>;

    static const Lines& at_address_of(const ByAddress& lines, const HaproxyServerLine& line) {
        static const Lines none;
        const auto found = lines.find(address_key(line));
        return found == lines.end() || found->first.empty() ? none : found->second;
    }

    void find(FindingId id, std::string subject, std::size_t line, std::string what, std::string why,
              std::string remedy) {
        out_.push_back({id, std::move(subject), format_location(file_, line), std::move(what), std::move(why),
                        std::move(remedy), line});
    }
    void find(FindingId id, const HaproxyServerLine& line, std::string what, std::string why, std::string remedy) {
        find(id, format_server(line), line.line, std::move(what), std::move(why), std::move(remedy));
    }

    void look_at_backend() {
        const std::string name = "backend " + format_name(proxy_.name);
        if (has_cookie_ && !redispatches_)
            find(FindingId::kNoRedispatch, name, proxy_.line, "has cookies, but no \"option redispatch\"",
                 "a client whose cookie names a server that cannot be reached, since its app restarts, is sent to it "
                 "again and again, and gets an error once the retries are used up",
                 "write \"option redispatch\" in this backend or its defaults (\"option redispatch 1\": at the first "
                 "retry)");
        const bool moves_twins = std::any_of(twins_.begin(), twins_.end(), [&](const auto& group) {
            return std::any_of(group.second.begin(), group.second.end(),
                               [&](const HaproxyServerLine* one) { return has_own_check_port(*one, checks_); });
        });
        if (has_cookie_ && persists_ && moves_twins)
            find(FindingId::kPersist, name, proxy_.line, "has \"option persist\"",
                 "HAProxy sends known clients even to a server that is down, so maint moves nobody, and their requests "
                 "meet the restart of the app",
                 "write \"no option persist\" in this backend");
    }

    // A new process starts with every server up.
    void look_at_reload() {
        const Lines lines = looked_at();
        const auto begins_down = [](const HaproxyServerLine* line) {
            return line->settings.init_state.ends_with("down");
        };
        if (keeps_states_ || std::all_of(lines.begin(), lines.end(), begins_down)) return;
        find(
            FindingId::kReloadForgets, "backend " + format_name(proxy_.name), proxy_.line,
            "forgets at a reload which servers are down",
            "a new HAProxy process takes every server for up until its first check, so a drained one gets clients "
            "again for as long as inter",
            "write \"server-state-file PATH\" in global, \"load-server-state-from-file global\" in this backend or its "
            "defaults, and the answer to \"show servers state\" into PATH before each reload; from HAProxy 3.1 "
            "\"init-state down\" in the server lines does, too");
    }

    // The lines that are looked at, in no order.
    Lines looked_at() const {
        Lines out(backups_.begin(), backups_.end());
        for (const ByAddress* lines : {&primaries_, &twins_})
            for (const auto& [address, group] : *lines) out.insert(out.end(), group.begin(), group.end());
        return out;
    }

    void look_at_primary(const HaproxyServerLine& line) {
        look_at_server(line);
        const bool is_sticky = has_cookie_ && (is_dynamic_ || !line.settings.cookie.empty());
        const Lines& twins = at_address_of(twins_, line);
        if (is_sticky && twins.empty() && !persists_)
            find(FindingId::kNoTwin, line, "has no backup twin",
                 "a drain moves its known clients to other servers at once: there is no other way to it that stays up "
                 "for them",
                 fmt::format("if they should stay until the app restarts, write \"server NAME {}{} check port PORT "
                             "backup\", with a PORT that is its backup-status-port in zdr.conf",
                             line.spec.text, is_dynamic_ ? "" : " cookie " + format_token(line.settings.cookie)));
        if (is_only_primary(line) && gives_new_clients_to(twins))
            find(FindingId::kOnlyPrimary, line, "is the only server of its backend that is no backup",
                 fmt::format("once it is down, HAProxy gives new clients to {}, which is the same app: a drain drains "
                             "nothing",
                             format_server(*twins.front())),
                 "add a server at another address, and restart one while the other is ready");
    }

    bool is_only_primary(const HaproxyServerLine& line) const {
        return all_primaries_.size() == 1 && !address_key(line).empty();
    }
    // The last primary's new clients go to the first backup, or to all.
    bool gives_new_clients_to(const Lines& twins) const {
        if (twins.empty()) return false;
        const auto first = std::find_if(proxy_.servers.begin(), proxy_.servers.end(),
                                        [](const HaproxyServerLine& one) { return one.settings.is_backup; });
        return uses_all_backups_ || std::find(twins.begin(), twins.end(), &*first) != twins.end();
    }

    void look_at_twin(const HaproxyServerLine& line) {
        look_at_server(line);
        const Lines& primaries = at_address_of(primaries_, line);
        const HaproxyServerLine& first = *primaries.front();
        const auto has_its_cookie = [&](const HaproxyServerLine* one) {
            return one->settings.cookie == line.settings.cookie;
        };
        if (has_cookie_ && !is_dynamic_ && !first.settings.cookie.empty() &&
            std::none_of(primaries.begin(), primaries.end(), has_its_cookie))
            find(
                FindingId::kTwinCookie, line,
                line.settings.cookie.empty()
                    ? fmt::format("has no cookie, and its primary {} has", format_server(first))
                    : fmt::format("has another cookie than its primary {}", format_server(first)),
                fmt::format("clients that hold the cookie of {0} do not find it, so a drain of {0} moves them to other "
                            "servers",
                            format_server(first)),
                fmt::format("write \"cookie {}\" in this line", format_token(first.settings.cookie)));
        for (const HaproxyServerLine* primary : primaries)
            if (is_checked_as(checks_, line, proxy_, *primary))
                find(FindingId::kTwinSameCheck, line,
                     fmt::format("goes down together with its primary {}", format_server(*primary)),
                     "both depend on the same check, so a drain takes both out, and known clients have to move",
                     "give it a \"check port\" of its own, which is the server's backup-status-port in zdr.conf");
    }

    void look_at_server(const HaproxyServerLine& line) {
        const HaproxyServerSettings& settings = line.settings;
        if (settings.on_marked_down == "shutdown-sessions")
            find(FindingId::kShutdownSessions, line, "has \"on-marked-down shutdown-sessions\"",
                 "when a drain or maint takes it out, HAProxy cuts the sessions that are under way, which could have "
                 "ended well",
                 "take that out of this line, or of the default-server line that it comes from");
        if (settings.on_marked_up == "shutdown-backup-sessions" && !settings.is_backup)
            find(FindingId::kShutdownBackupSessions, line, "has \"on-marked-up shutdown-backup-sessions\"",
                 "when it is ready again, HAProxy cuts all sessions that are under way on backup servers, its twin's "
                 "included",
                 "take that out of this line, or of the default-server line that it comes from");
        if (settings.is_disabled)
            find(FindingId::kDisabled, line, "is disabled in HAProxy",
                 "HAProxy does not use it, whatever its checks say",
                 fmt::format("take \"disabled\" out of this line, or \"enable server {}/{}\" at HAProxy's socket",
                             proxy_.name, line.name));
    }

    const HaproxyProxy& proxy_;
    std::string_view file_;
    HaproxyHealthChecks checks_;
    bool keeps_states_;
    bool has_cookie_ = false;
    bool is_dynamic_ = false;
    bool redispatches_ = false;
    bool persists_ = false;
    bool uses_all_backups_ = false;
    std::set<std::string> all_primaries_;  // their addresses, those that do not concern zdr included
    ByAddress primaries_;
    ByAddress twins_;                             // backups at the address of a primary
    std::set<const HaproxyServerLine*> backups_;  // other backups of zdr
    Findings out_;
};

}  // namespace

bool has_own_check_port(const HaproxyServerLine& line, const HaproxyHealthChecks& checks) {
    const HaproxyCheckTarget target = check_target(checks, line);
    return target.unclear.empty() && target.port && line.spec.port && target.port != line.spec.port;
}

Findings find_in_haproxy_config(const HaproxyConfig& config, std::string_view file, const ConcernsZdr& concerns) {
    Findings out;
    for (const HaproxyProxy& proxy : config.proxies) append(out, Backend(config, proxy, file, concerns).findings());
    return out;
}

std::string format_server(const HaproxyServerLine& line) {
    if (!line.is_template) return format_name(line.name);
    return format_name(fmt::format("{}{}-{}", line.name, line.first, line.last));
}

}  // namespace zdr::ctl
