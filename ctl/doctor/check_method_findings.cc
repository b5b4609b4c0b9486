#include "ctl/doctor/check_method_findings.h"

#include <fmt/core.h>

#include <utility>

#include "ctl/doctor/haproxy_findings.h"
#include "zdr/model/server.h"

namespace zdr::ctl {
namespace {

class CheckMethod {
  public:
    CheckMethod(const HaproxyHealthChecks& checks, std::string_view file) : checks_(checks), file_(file) {}

    Findings findings(const HaproxyProxy& proxy, const std::vector<const HaproxyServerLine*>& lines) && {
        for (const HaproxyServerLine* line : lines) {
            look_at(*line);
            if (line->settings.has_check && !checks_.run_command()) look_at_encryption(*line);
        }
        if (checks_.ignored != nullptr) {
            const HaproxyLine& rule = *checks_.ignored;
            const std::string_view option = rule.words[0] == "tcp-check" ? "option tcp-check" : "option httpchk";
            out_.push_back(
                {FindingId::kRuleIgnored, "backend " + format_name(proxy.name), format_location(file_, rule.number),
                 fmt::format("has a rule \"{} {}\" that HAProxy ignores", rule.words[0], rule.words[1]),
                 fmt::format("such rules count with \"{}\" alone, and that is not what is in force here", option),
                 fmt::format("take the rules out, or write \"{}\" in this backend", option), rule.number});
        }
        return std::move(out_);
    }

  private:
    void find(FindingId id, const HaproxyServerLine& line, std::string what, std::string why, std::string remedy) {
        out_.push_back({id, format_server(line), format_location(file_, line.line), std::move(what), std::move(why),
                        std::move(remedy), line.line});
    }

    void look_at(const HaproxyServerLine& line) {
        const HaproxyServerSettings& settings = line.settings;
        if (settings.reuses_pool && settings.has_check)
            find(FindingId::kCheckReusePool, line, "has \"check-reuse-pool\"",
                 "zdr decides when a connection is made: a check on a connection that is open already is neither "
                 "refused nor counted",
                 "write \"no-check-reuse-pool\" in this line");
        if (checks_.run_command() && settings.has_check && settings.check_port)
            find(FindingId::kExternalCheck, line,
                 fmt::format("is checked by a command (line {}), not on its check port {}", checks_.option->number,
                             settings.check_port->host()),
                 "HAProxy never connects to that port, so it does not learn of a drain",
                 fmt::format("take line {} out, or give this server a backend with another kind of check",
                             checks_.option->number));
        if (settings.check_port && has_own_check_port(line, checks_) && !settings.has_check && settings.track.empty())
            find(FindingId::kNoCheck, line, "has a check port, but no \"check\"",
                 "HAProxy does not check it, so it never takes it out",
                 fmt::format("write \"check port {}\" in this line", settings.check_port->host()));
        const HaproxyCheckTarget target = check_target(checks_, line);
        if (settings.check_port && settings.has_check && target.is_by_rule && target.port != settings.check_port)
            find(FindingId::kConnectRule, line,
                 fmt::format("has a check port, but line {} says where checks go", target.connect->number),
                 "HAProxy does as that line says, for all servers of the backend",
                 fmt::format("take the port and the address out of line {}", target.connect->number));
    }

    void look_at_encryption(const HaproxyServerLine& line) {
        const HaproxyCheckTarget target = check_target(checks_, line);
        // A TLS hello in the clear is what an app that speaks TLS understands.
        if (!line.settings.has_ssl || target.is_encrypted || target.says_hello) return;
        std::string remedy = target.connect == nullptr
                                 ? "write \"check-ssl\" in this line"
                                 : fmt::format("write \"ssl\" in line {}", target.connect->number);
        if (checks_.speak())
            find(FindingId::kChecksInTheClear, line, "is checked in the clear, though its traffic is encrypted",
                 "the app does not understand such a check, so HAProxy has it down, whatever state zdr shows",
                 std::move(remedy));
        else
            find(FindingId::kConnectionsInTheClear, line,
                 "is checked by a connection alone, though its traffic is encrypted",
                 "it is up as soon as its port is open, and its log may tell of handshakes that failed",
                 std::move(remedy));
    }

    const HaproxyHealthChecks& checks_;
    std::string_view file_;
    Findings out_;
};

}  // namespace

Findings find_in_checks(const HaproxyProxy& proxy, const HaproxyHealthChecks& checks, std::string_view file,
                        const std::vector<const HaproxyServerLine*>& lines) {
    return CheckMethod(checks, file).findings(proxy, lines);
}

}  // namespace zdr::ctl
