// The servers of a HAProxy configuration, and where HAProxy checks them.
#include <fmt/core.h>

#include "ctl/doctor/check_findings.h"
#include "ctl/doctor/haproxy_findings.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/options.h"

namespace zdr::ctl {
namespace {

using PlaceKind = HaproxyPlace::Kind;

// The port and address that a rule such as "tcp-check connect port 2000 addr 127.0.0.1" names. An expression is none.
struct Target {
    std::optional<Port> port;
    std::optional<Address> address;
};
Target target_of(const HaproxyLine& rule) {
    Target out;
    for (std::size_t i = 2; i + 1 < rule.words.size(); ++i) {
        if (rule.words[i] == "port") out.port = haproxy_port(haproxy_number(rule.words[i + 1]));
        if (rule.words[i] == "addr") out.address = parse_haproxy_place(rule.words[i + 1]).address;
    }
    return out;
}

class Reader {
  public:
    Reader(std::string_view file, const HaproxyResolver& resolver, std::vector<std::string>& unseen)
        : file_(file), resolver_(resolver), unseen_(unseen) {}

    // rule: says where checks go whatever the line says; null: none.
    CheckedServer read(const HaproxyProxy& proxy, const HaproxyServerLine& line, const HaproxyLine* rule) {
        const HaproxyServerSettings& settings = line.settings;
        CheckedServer out{.server = {}, .place = place_in(file_, line.line), .line = &line};
        HaproxyServer& server = out.server;
        server.backend = proxy.name;
        server.name = line.is_template ? fmt::format("{}{}", line.name, line.first) : line.name;
        server.address = address_of(line, line.place);
        server.port = line.place.port;
        server.has_check = settings.has_check && settings.track.empty();
        server.is_backup = settings.is_backup;
        if (&line.checked_place() != &line.place) server.check_address = address_of(line, line.checked_place());
        server.check_port = line.checked_port();
        if (rule != nullptr) {
            const Target target = target_of(*rule);
            if (target.port) server.check_port = target.port;
            if (target.address) server.check_address = target.address;
        }
        return out;
    }

  private:
    std::optional<Address> address_of(const HaproxyServerLine& line, const HaproxyPlace& place) {
        if (place.kind != PlaceKind::kHost) return place.address;
        const auto found = resolver_(place.host);
        if (found) return *found;
        unseen_.push_back(fmt::format("{} ({}): the address of {} is not known here: {}", shown_server(line),
                                      place_in(file_, line.line), in_quotes(place.host), found.error().text));
        return std::nullopt;
    }

    std::string_view file_;
    const HaproxyResolver& resolver_;
    std::vector<std::string>& unseen_;
};

}  // namespace

std::vector<CheckedServer> checked_servers(const HaproxyConfig& config, std::string_view file,
                                           const HaproxyResolver& resolver, std::vector<std::string>& unseen) {
    Reader reader(file, resolver, unseen);
    std::vector<CheckedServer> out;
    for (const HaproxyProxy& proxy : config.proxies) {
        const HaproxyLine* rule = find_connect_rule(config, proxy);
        for (const HaproxyServerLine& line : proxy.servers) out.push_back(reader.read(proxy, line, rule));
    }
    return out;
}

}  // namespace zdr::ctl
