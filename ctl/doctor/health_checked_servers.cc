#include "ctl/doctor/health_checked_servers.h"

#include <fmt/core.h>

#include "ctl/doctor/haproxy_findings.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/health_checks.h"
#include "zdr/haproxy/import_candidate.h"
#include "zdr/haproxy/options.h"
#include "zdr/haproxy/traffic.h"

namespace zdr::ctl {
namespace {

using SpecKind = HaproxyAddressSpec::Kind;

class Reader {
  public:
    Reader(const HaproxyConfig& config, std::string_view file, const HaproxyResolver& resolver,
           std::vector<std::string>& not_inspected)
        : file_(file),
          resolver_(resolver),
          not_inspected_(not_inspected),
          config_(config),
          traffic_(config, resolver),
          spread_(spread_of_checks(config)) {}

    CheckedServer read(const HaproxyProxy& proxy, const HaproxyServerLine& line, const HaproxyHealthChecks& checks) {
        const HaproxyServerSettings& settings = line.settings;
        const HaproxyCheckTarget target = check_target(checks, line);
        CheckedServer out;
        out.location = format_location(file_, line.line);
        out.line = &line;
        out.spread = spread_;
        HaproxyServer& server = out.server;
        server.backend = proxy.name;
        server.name = line.is_template ? fmt::format("{}{}", line.name, line.first) : line.name;
        server.address = address_of(line, line.spec);
        server.port = line.spec.port;
        server.has_check = settings.has_check && settings.track.empty() && !checks.run_command();
        server.is_backup = settings.is_backup;
        if (target.spec.text != line.spec.text) server.check_address = address_of(line, target.spec);
        if (target.unclear.empty()) server.check_port = target.port;
        out.has_own_port = has_own_check_port(line, checks);
        out.stops_at_404 = find_disable_on_404(config_, proxy, checks) != nullptr;
        if (server.has_check) out.asked = health_of(checks, http_check_of(checks), target, line);
        const auto& checked = server.check_address ? server.check_address : server.address;
        if (!out.has_own_port || !checked || !server.check_port) return out;
        if (const auto use = traffic_.find({*checked, *server.check_port}))
            out.traffic = format_location(file_, use->line);
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
    const HaproxyConfig& config_;
    HaproxyTraffic traffic_;
    HaproxySpread spread_;
};

}  // namespace

std::vector<CheckedServer> checked_servers(const HaproxyConfig& config, std::string_view file,
                                           const HaproxyResolver& resolver, std::vector<std::string>& not_inspected) {
    Reader reader(config, file, resolver, not_inspected);
    std::vector<CheckedServer> out;
    for (const HaproxyProxy& proxy : config.proxies) {
        const HaproxyHealthChecks checks = health_checks_of(config, proxy);
        for (const HaproxyServerLine& line : proxy.servers) out.push_back(reader.read(proxy, line, checks));
    }
    return out;
}

}  // namespace zdr::ctl
