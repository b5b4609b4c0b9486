#include "ctl/doctor/health_checked_servers.h"

#include <fmt/core.h>

#include "ctl/doctor/haproxy_findings.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/options.h"

namespace zdr::ctl {
namespace {

using SpecKind = HaproxyAddressSpec::Kind;

// The port and address that a rule such as "tcp-check connect port 2000 addr 127.0.0.1" names. An expression is none.
struct Target {
    std::optional<Port> port;
    std::optional<Address> address;
};
Target target_of(const HaproxyLine& rule) {
    Target out;
    for (std::size_t i = 2; i + 1 < rule.words.size(); ++i) {
        if (rule.words[i] == "port") out.port = haproxy_port(haproxy_number(rule.words[i + 1]));
        if (rule.words[i] == "addr") out.address = parse_haproxy_address_spec(rule.words[i + 1]).address;
    }
    return out;
}

class Reader {
  public:
    Reader(std::string_view file, const HaproxyResolver& resolver, std::vector<std::string>& not_inspected)
        : file_(file), resolver_(resolver), not_inspected_(not_inspected) {}

    // rule: says where checks go whatever the line says; null: none.
    CheckedServer read(const HaproxyProxy& proxy, const HaproxyServerLine& line, const HaproxyLine* rule) {
        const HaproxyServerSettings& settings = line.settings;
        CheckedServer out{.server = {}, .location = format_location(file_, line.line), .line = &line};
        HaproxyServer& server = out.server;
        server.backend = proxy.name;
        server.name = line.is_template ? fmt::format("{}{}", line.name, line.first) : line.name;
        server.address = address_of(line, line.spec);
        server.port = line.spec.port;
        server.has_check = settings.has_check && settings.track.empty();
        server.is_backup = settings.is_backup;
        if (&line.checked_spec() != &line.spec) server.check_address = address_of(line, line.checked_spec());
        server.check_port = line.checked_port();
        if (rule != nullptr) {
            const Target target = target_of(*rule);
            if (target.port) server.check_port = target.port;
            if (target.address) server.check_address = target.address;
        }
        return out;
    }

  private:
    std::optional<Address> address_of(const HaproxyServerLine& line, const HaproxyAddressSpec& spec) {
        if (spec.kind != SpecKind::kHost) return spec.address;
        const auto found = resolver_(spec.host);
        if (found) return *found;
        not_inspected_.push_back(fmt::format("{} ({}): the address of {} is not known here: {}", format_server(line),
                                             format_location(file_, line.line), in_quotes(spec.host),
                                             found.error().text));
        return std::nullopt;
    }

    std::string_view file_;
    const HaproxyResolver& resolver_;
    std::vector<std::string>& not_inspected_;
};

}  // namespace

std::vector<CheckedServer> checked_servers(const HaproxyConfig& config, std::string_view file,
                                           const HaproxyResolver& resolver, std::vector<std::string>& not_inspected) {
    Reader reader(file, resolver, not_inspected);
    std::vector<CheckedServer> out;
    for (const HaproxyProxy& proxy : config.proxies) {
        const HaproxyLine* rule = find_connect_rule(config, proxy);
        for (const HaproxyServerLine& line : proxy.servers) out.push_back(reader.read(proxy, line, rule));
    }
    return out;
}

}  // namespace zdr::ctl
