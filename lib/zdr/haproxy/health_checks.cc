#include "zdr/haproxy/health_checks.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <utility>

#include "zdr/base/text.h"

namespace zdr {
namespace {

constexpr StatusRange kUsualStatuses{200, 399};  // without a rule of its own

// The last of these in a proxy decides how its servers are checked.
constexpr auto kCheckOptions =
    std::to_array<std::string_view>({"httpchk", "tcp-check", "external-check", "ssl-hello-chk", "smtpchk",
                                     "mysql-check", "pgsql-check", "redis-check", "ldap-check", "spop-check"});

bool is_check_option(const HaproxyLine& line) {
    return line.words.size() > 1 && line.words[0] == "option" &&
           std::find(kCheckOptions.begin(), kCheckOptions.end(), line.words[1]) != kCheckOptions.end();
}

bool is_check_rule(const HaproxyLine& line) {
    const auto& words = line.words;
    if (words.size() < 2 || (words[0] != "tcp-check" && words[0] != "http-check")) return false;
    return words[1] != "disable-on-404" && words[1] != "send-state";  // these two are settings, no rules
}

// The word after the first one of that name; null: there is none. The arguments of "connect" and "send" come in pairs,
// but for words without argument.
const std::string* argument(const HaproxyLine& rule, std::string_view name) {
    static constexpr auto kAlone =
        std::to_array<std::string_view>({"default", "linger", "send-proxy", "ssl", "via-socks4"});
    const auto& words = rule.words;
    for (std::size_t i = 2; i < words.size(); ++i) {
        if (std::find(kAlone.begin(), kAlone.end(), words[i]) != kAlone.end()) {
            if (words[i] == name) return &words[i];
        } else if (words[i] == name && i + 1 < words.size()) {
            return &words[i + 1];
        } else {
            i += words[i] == "hdr" ? 2 : 1;
        }
    }
    return nullptr;
}

bool is_all_digits(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// The protocol of a check beside HTTP/1, by its name or as it is offered by TLS.
std::string protocol_of(const std::string& name, const std::string& alpn, bool is_encrypted) {
    if (!name.empty()) return name == "h1" ? "" : name;
    return is_encrypted && alpn.find("h2") != std::string::npos ? "h2" : "";
}

// What of a check comes before its question (HAProxy 2.6, tcpcheck.c: a rule "connect" decides for itself unless it
// says "default"; check.c: "proto" is inherited on any port, "send-proxy" on that of the traffic).
void add_preamble(const HaproxyLine* rule, const HaproxyServerSettings& settings, bool has_own_place,
                  HaproxyCheckTarget& target) {
    const auto word = [&](std::string_view name) {
        const std::string* found = rule == nullptr ? nullptr : argument(*rule, name);
        return found == nullptr ? std::string() : *found;
    };
    const bool is_default = rule == nullptr || argument(*rule, "default") != nullptr;
    target.protocol = protocol_of(word("proto"), word("alpn"), target.is_encrypted);
    target.sends_proxy = !word("send-proxy").empty();
    target.sni = word("sni");
    if (!is_default) return;
    if (target.sni.empty()) target.sni = settings.check_sni;
    target.sends_proxy |= settings.check_sends_proxy || (settings.sends_proxy && !has_own_place);
    const std::string& name = settings.check_protocol.empty() ? settings.protocol : settings.check_protocol;
    if (word("proto").empty()) target.protocol = protocol_of(name, settings.check_alpn, target.is_encrypted);
}

// As HAProxy decides it when it connects: the rule's own place counts before that of the server line.
HaproxyCheckTarget target_of_rule(const HaproxyLine* rule, const HaproxyServerLine& server) {
    const HaproxyServerSettings& settings = server.settings;
    HaproxyCheckTarget out;
    out.spec = server.checked_spec();
    out.port = server.checked_port();
    const bool has_own_place = settings.check_port || &server.checked_spec() != &server.spec;
    out.is_encrypted = settings.has_check_ssl || (settings.has_ssl && !has_own_place);
    if (rule == nullptr) {
        add_preamble(rule, settings, has_own_place, out);
        return out;
    }

    const std::string* address = argument(*rule, "addr");
    const std::string* port = argument(*rule, "port");
    out.connect = rule;
    out.is_by_rule = address != nullptr || port != nullptr;
    if (address != nullptr) out.spec = parse_haproxy_address_spec(*address);
    if (address != nullptr && out.spec.port) out.port = out.spec.port;
    if (port != nullptr && is_all_digits(*port)) out.port = haproxy_port(haproxy_number(*port));
    if (port != nullptr && !is_all_digits(*port))
        out.unclear = fmt::format("is checked on a port that only HAProxy knows (line {})", rule->number);
    out.is_encrypted &= argument(*rule, "default") != nullptr;
    out.is_encrypted |= argument(*rule, "ssl") != nullptr;
    add_preamble(rule, settings, has_own_place, out);
    return out;
}

bool is_same_place(const HaproxyCheckTarget& one, const HaproxyCheckTarget& other) {
    return one.port == other.port && one.spec.address == other.spec.address && one.spec.host == other.spec.host;
}

// What a rule "http-check expect ..." matches: "status", "! rstatus". Its options come in pairs before that.
std::size_t match_of(const HaproxyLine& rule, bool& is_negated) {
    static constexpr auto kOptions = std::to_array<std::string_view>(
        {"min-recv", "comment", "ok-status", "error-status", "tout-status", "on-success", "on-error", "status-code"});
    const auto& words = rule.words;
    std::size_t at = 2;
    while (at < words.size() && std::find(kOptions.begin(), kOptions.end(), words[at]) != kOptions.end()) at += 2;
    is_negated = at < words.size() && words[at].starts_with('!');
    if (is_negated && words[at] == "!") ++at;
    return at;
}

// What the option and its rules ask, whether or not zdr can ask it.
struct HttpQuestion {
    std::string method = "OPTIONS";
    HealthCheck asked{.uri = "/", .host = "", .statuses = {}};
    std::size_t line = 0;
    std::size_t sends = 0;  // rules that ask
    std::string unsent{};   // what zdr does not send with it: "a body in line 3"; empty: nothing
    std::string unclear{};  // why the answers that are good cannot be told; empty: they can
    std::string beside{};   // what else HAProxy looks at; empty: nothing

    void add_unsent(std::string_view what, std::size_t of_line) {
        if (unsent.empty()) unsent = fmt::format("{} in line {}", what, of_line);
    }
    // Headers that no app makes its health depend on are not missed.
    void add_header(const std::string& name, const std::string& value, std::size_t of_line) {
        const auto is = [&](const char* other) { return strcasecmp(name.c_str(), other) == 0; };
        if (is("host") && check_host_name(value))
            asked.host = value;
        else if (!is("accept") && !is("connection") && !is("user-agent"))
            add_unsent("the header " + in_quotes(name), of_line);
    }
};

// A version may have headers and a body behind it: "HTTP/1.1\r\nHost: NAME".
void take_version(std::string_view version, HttpQuestion& into) {
    constexpr std::string_view kEnd = "\r\n";
    for (auto at = version.find(kEnd); at != version.npos; at = version.find(kEnd)) {
        version.remove_prefix(at + kEnd.size());
        const std::string_view header = version.substr(0, version.find(kEnd));
        const auto colon = std::min(header.find(':'), header.size());
        std::string_view value = header.substr(std::min(colon + 1, header.size()));
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        if (!header.empty()) into.add_header(std::string(header.substr(0, colon)), std::string(value), into.line);
    }
}

void take_send(const HaproxyLine& rule, HttpQuestion& into) {
    ++into.sends;
    if (into.sends > 1) return;
    into.line = rule.number;
    const auto& words = rule.words;
    if (const std::string* text = argument(rule, "meth")) into.method = *text;
    if (const std::string* text = argument(rule, "uri")) into.asked.uri = *text;
    if (argument(rule, "uri-lf") != nullptr) into.asked.uri.clear();
    for (std::size_t i = 2; i + 2 < words.size(); i += words[i] == "hdr" ? 3 : 2)
        if (words[i] == "hdr") into.add_header(words[i + 1], words[i + 2], rule.number);
    if (argument(rule, "body") != nullptr || argument(rule, "body-lf") != nullptr)
        into.add_unsent("a body", rule.number);
}

// The answers that a rule takes for good, as far as zdr can tell them apart.
void take_expectation(const HaproxyLine& rule, HttpQuestion& out) {
    bool is_negated = false;
    const std::size_t at = match_of(rule, is_negated);
    const auto& words = rule.words;
    const std::string_view match =
        at < words.size() ? std::string_view(words[at]).substr(words[at].starts_with('!')) : std::string_view();
    if (match.ends_with("status") && at + 1 < words.size() && out.asked.statuses.empty()) {
        if (auto statuses = match == "status" ? parse_statuses(words[at + 1]) : matching_statuses(words[at + 1])) {
            out.asked.statuses = is_negated ? other_statuses(*statuses) : std::move(*statuses);
            if (out.asked.statuses == std::vector{kUsualStatuses}) out.asked.statuses.clear();
            return;
        }
    }
    if (match == "status" || match == "rstatus" || match.empty()) {
        if (out.unclear.empty())
            out.unclear = fmt::format("line {} has HAProxy expect answers that zdr does not tell apart", rule.number);
    } else if (out.beside.empty()) {
        out.beside = fmt::format(
            "line {} has HAProxy look at more than the status, and zdr does not: ready then means that the app "
            "answers, "
            "not what",
            rule.number);
    }
}

// Of an option httpchk.
HttpQuestion question_of(const HaproxyHealthChecks& checks) {
    HttpQuestion out;
    out.line = checks.option->number;
    const auto& words = checks.option->words;
    const std::size_t count = checks.asks_by_option ? words.size() : 2;
    if (count == 3) out.asked.uri = words[2];
    if (count > 3) out.method = words[2];
    if (count > 3) out.asked.uri = words[3];
    if (count > 4) take_version(words[4], out);
    for (const HaproxyLine* rule : checks.rules) {
        if (rule->words[1] == "send") take_send(*rule, out);
        if (rule->words[1] == "expect") take_expectation(*rule, out);
    }
    return out;
}

bool can_be_asked(const std::string& uri) {
    const auto is_plain = [](char byte) { return byte > ' ' && byte <= '~' && byte != '#'; };
    return uri.size() <= 255 && uri.starts_with('/') && std::all_of(uri.begin(), uri.end(), is_plain);
}

}  // namespace

bool HaproxyHealthChecks::speak() const {
    if (option == nullptr || run_command()) return false;
    if (!are("tcp-check")) return true;
    return std::any_of(rules.begin(), rules.end(), [](const HaproxyLine* rule) {
        return rule->words[1].starts_with("send") || rule->words[1] == "expect";
    });
}

HaproxyHealthChecks health_checks_of(const HaproxyConfig& config, const HaproxyProxy& proxy) {
    HaproxyHealthChecks inherited;
    if (proxy.defaults) inherited = health_checks_of(config, config.proxies[*proxy.defaults]);
    HaproxyHealthChecks out;
    const auto own = std::find_if(proxy.lines.rbegin(), proxy.lines.rend(), is_check_option);
    const bool has_own_option = own != proxy.lines.rend();
    out.option = has_own_option ? &*own : inherited.option;
    const std::string_view kind = out.are("httpchk") ? "http-check" : out.are("tcp-check") ? "tcp-check" : "";
    for (const HaproxyLine& line : proxy.lines) {
        if (!is_check_rule(line)) continue;
        if (line.words[0] == kind)
            out.rules.push_back(&line);
        else if (out.ignored == nullptr)
            out.ignored = &line;
    }
    // "option httpchk" begins a set of rules of its own; "option tcp-check" keeps one that is there.
    const bool keeps = !has_own_option || (out.are("tcp-check") && inherited.are("tcp-check"));
    out.asks_by_option = has_own_option || (out.rules.empty() && inherited.asks_by_option);
    if (out.rules.empty() && keeps) out.rules = std::move(inherited.rules);
    return out;
}

HaproxyCheckTarget check_target(const HaproxyHealthChecks& checks, const HaproxyServerLine& server) {
    std::optional<HaproxyCheckTarget> out;
    for (const HaproxyLine* rule : checks.rules) {
        if (rule->words[1] != "connect") continue;
        HaproxyCheckTarget target = target_of_rule(rule, server);
        if (!out) {
            out = std::move(target);
            continue;
        }
        ++out->connections;
        if (out->unclear.empty() && !is_same_place(*out, target))
            out->unclear = fmt::format("is checked in several places (line {} names another one)", rule->number);
    }
    if (!out) out = target_of_rule(nullptr, server);
    out->says_hello = checks.are("ssl-hello-chk");
    return std::move(*out);
}

std::optional<HaproxyHttpCheck> http_check_of(const HaproxyHealthChecks& checks) {
    if (!checks.are("httpchk")) return std::nullopt;
    const HttpQuestion question = question_of(checks);
    HaproxyHttpCheck out{.asked = question.asked, .line = question.line};
    const auto method = parse_http_method(question.method);
    if (question.sends == 0 && !checks.asks_by_option)
        out.note =
            "HAProxy asks nothing here, since rules without \"http-check send\" replace those of the defaults, and "
            "with them what their \"option httpchk\" asks";
    else if (question.sends > 1)
        out.note = "HAProxy asks several things here";
    else if (!method || !can_be_asked(question.asked.uri))
        out.note = fmt::format("HAProxy asks {} here, which zdr cannot ask (GET, HEAD or OPTIONS of a path)",
                               in_quotes(question.method + " " + question.asked.uri));
    else if (!question.unsent.empty())
        out.note = fmt::format("HAProxy asks with {}, which zdr does not send", question.unsent);
    else
        out.note = question.unclear;
    if (out.note.empty()) {
        out.asked.method = *method;
        out.note = question.beside;
        return out;
    }
    out.note += kNoCheckUri;
    out.asked = {};
    return out;
}

}  // namespace zdr
