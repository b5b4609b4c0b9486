// HAProxy's configuration: read, made into a zdr.conf, and judged by doctor.
#include <string>
#include <vector>

#include "ctl/doctor/haproxy_findings.h"
#include "fuzz_target.h"
#include "support/haproxy_invariants.h"
#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

Result<Address> resolve(const std::string& host) {
    if (host == "localhost") return Address::parse("127.0.0.1");
    if (host == "web") return Address::parse("2001:db8::1");
    return fail(Errc::kFailed, "no such host");
}

std::optional<std::string> variable(const std::string& name) {
    if (name == "PORT") return "2000";
    if (name == "LIST") return "a  b";
    return std::nullopt;
}

void try_import(const HaproxyConfig& config) {
    const HaproxyImport import = import_haproxy(config, resolve);
    std::vector<Server> servers;
    for (const ImportedServer& one : import.servers) servers.push_back(one.server);
    const std::string text = format_zdr_conf(import, "h.cfg");

    const auto again = parse_config(text, "zdr.conf");

    require(again.has_value(), "what import writes is refused", again ? "" : again.error().text + "\n" + text);
    require(again->servers == servers, "what import writes reads as something else", text);
}

void try_doctor(const HaproxyConfig& config) {
    const auto any = [](const HaproxyProxy&, const HaproxyServerLine&) { return true; };
    ctl::Diagnosis diagnosis;
    diagnosis.findings = ctl::find_in_haproxy_config(config, "h.cfg", any);
    ctl::sort_findings(diagnosis.findings);
    std::string text = ctl::format_diagnosis(diagnosis);
    for (char& byte : text)
        if (byte == '\n') byte = ' ';
    require_printable(text);
}

}  // namespace

void try_input(std::string_view input) {
    const auto config = parse_haproxy_config(input, "h.cfg", variable);
    if (!config) {
        require_sentence(config.error().text);
        require(haproxy_complaint(config.error().text, input).empty(), "a bad error", config.error().text);
        return;
    }
    const std::string complaint = haproxy_complaint(*config, input);
    require(complaint.empty(), complaint, input);
    try_import(*config);
    try_doctor(*config);
}

}  // namespace zdr::test
