#include "ctl/doctor/haproxy_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "zdr/base/text.h"
#include "zdr/haproxy/options.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

using Kind = Finding::Kind;
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
bool is_checked_as(const HaproxyServerLine& line, const HaproxyProxy& proxy, const HaproxyServerLine& other) {
    if (tracks(line, proxy, other)) return true;
    return line.settings.has_check && other.settings.has_check && line.checked_port() == other.checked_port() &&
           line.checked_spec().address == other.checked_spec().address &&
           line.checked_spec().host == other.checked_spec().host;
}

// A word as it is written in the file.
std::string format_token(const std::string& word) {
    return word.find_first_of(" \t\"'\\#$") == std::string::npos ? printable(word) : in_quotes(word);
}

bool names_port(const HaproxyLine& rule, Port port) {
    return std::find(rule.words.begin(), rule.words.end(), fmt::format("{}", port.host())) != rule.words.end();
}

// One backend that has servers of zdr.
class Backend {
  public:
    Backend(const HaproxyConfig& config, const HaproxyProxy& proxy, std::string_view file, const ConcernsZdr& concerns)
        : proxy_(proxy), file_(file), rule_(find_connect_rule(config, proxy)) {
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

    void find(Kind kind, std::string subject, std::size_t line, std::string what, std::string why, std::string remedy) {
        out_.push_back({kind, std::move(subject), format_location(file_, line), std::move(what), std::move(why),
                        std::move(remedy), line});
    }
    void find(Kind kind, const HaproxyServerLine& line, std::string what, std::string why, std::string remedy) {
        find(kind, format_server(line), line.line, std::move(what), std::move(why), std::move(remedy));
    }

    void look_at_backend() {
        const std::string name = "backend " + format_name(proxy_.name);
        if (has_cookie_ && !redispatches_)
            find(Kind::kNote, name, proxy_.line, "has cookies, but no \"option redispatch\"",
                 "a client whose cookie names a server that cannot be reached, since its app restarts, is sent to it "
                 "again and again, and gets an error once the retries are used up",
                 "write \"option redispatch\" in this backend or its defaults (\"option redispatch 1\": at the first "
                 "retry)");
        const bool moves_twins = std::any_of(twins_.begin(), twins_.end(), [](const auto& group) {
            return std::any_of(group.second.begin(), group.second.end(),
                               [](const HaproxyServerLine* one) { return has_own_check_port(*one); });
        });
        if (has_cookie_ && persists_ && moves_twins)
            find(Kind::kProblem, name, proxy_.line, "has \"option persist\"",
                 "HAProxy sends known clients even to a server that is down, so maint moves nobody, and their requests "
                 "meet the restart of the app",
                 "write \"no option persist\" in this backend");
    }

    void look_at_primary(const HaproxyServerLine& line) {
        look_at_server(line);
        const bool is_sticky = has_cookie_ && (is_dynamic_ || !line.settings.cookie.empty());
        const Lines& twins = at_address_of(twins_, line);
        if (is_sticky && twins.empty() && !persists_)
            find(Kind::kNote, line, "has no backup twin",
                 "a drain moves its known clients to other servers at once: there is no other way to it that stays up "
                 "for them",
                 fmt::format("if they should stay until the app restarts, write \"server NAME {}{} check port PORT "
                             "backup\", with a PORT that is its backup-status-port in zdr.conf",
                             line.spec.text, is_dynamic_ ? "" : " cookie " + format_token(line.settings.cookie)));
        if (is_only_primary(line) && gives_new_clients_to(twins))
            find(Kind::kProblem, line, "is the only server of its backend that is no backup",
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
                Kind::kProblem, line,
                line.settings.cookie.empty()
                    ? fmt::format("has no cookie, and its primary {} has", format_server(first))
                    : fmt::format("has another cookie than its primary {}", format_server(first)),
                fmt::format("clients that hold the cookie of {0} do not find it, so a drain of {0} moves them to other "
                            "servers",
                            format_server(first)),
                fmt::format("write \"cookie {}\" in this line", format_token(first.settings.cookie)));
        for (const HaproxyServerLine* primary : primaries)
            if (is_checked_as(line, proxy_, *primary))
                find(Kind::kProblem, line,
                     fmt::format("goes down together with its primary {}", format_server(*primary)),
                     "both depend on the same check, so a drain takes both out, and known clients have to move",
                     "give it a \"check port\" of its own, which is the server's backup-status-port in zdr.conf");
    }

    void look_at_server(const HaproxyServerLine& line) {
        const HaproxyServerSettings& settings = line.settings;
        if (settings.on_marked_down == "shutdown-sessions")
            find(Kind::kProblem, line, "has \"on-marked-down shutdown-sessions\"",
                 fmt::format("{} makes HAProxy cut the sessions that are under way, which could have ended well",
                             settings.is_backup ? "maint" : "a drain"),
                 "take that out of this line, or of the default-server line that it comes from");
        if (settings.on_marked_up == "shutdown-backup-sessions" && !settings.is_backup)
            find(Kind::kProblem, line, "has \"on-marked-up shutdown-backup-sessions\"",
                 "when it is ready again, HAProxy cuts all sessions that are under way on backup servers, its twin's "
                 "included",
                 "take that out of this line, or of the default-server line that it comes from");
        if (settings.reuses_pool && settings.has_check)
            find(Kind::kProblem, line, "has \"check-reuse-pool\"",
                 "zdr decides when a connection is made: a check on a connection that is open already is neither "
                 "refused nor counted",
                 "write \"no-check-reuse-pool\" in this line");
        if (settings.check_port && has_own_check_port(line) && !settings.has_check && settings.track.empty())
            find(Kind::kProblem, line, "has a check port, but no \"check\"",
                 "HAProxy does not check it, so it never takes it out",
                 fmt::format("write \"check port {}\" in this line", settings.check_port->host()));
        if (settings.check_port && settings.has_check && rule_ != nullptr && !names_port(*rule_, *settings.check_port))
            find(Kind::kProblem, line, fmt::format("has a check port, but line {} says where checks go", rule_->number),
                 "HAProxy does as that line says, for all servers of the backend",
                 fmt::format("take the port and the address out of line {}", rule_->number));
        if (settings.is_disabled)
            find(Kind::kNote, line, "is disabled in HAProxy", "HAProxy does not use it, whatever its checks say",
                 fmt::format("take \"disabled\" out of this line, or \"enable server {}/{}\" at HAProxy's socket",
                             proxy_.name, line.name));
    }

    const HaproxyProxy& proxy_;
    std::string_view file_;
    const HaproxyLine* rule_;
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

bool has_own_check_port(const HaproxyServerLine& line) {
    const auto port = line.checked_port();
    return port && line.spec.port && port != line.spec.port;
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
