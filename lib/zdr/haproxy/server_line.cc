#include "zdr/haproxy/server_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <climits>
#include <iterator>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/haproxy/server_keywords.h"

namespace zdr {
namespace {

using Words = std::span<const std::string>;

// Settings that are kept as they are written.
struct Text {
    std::string_view name;
    std::string HaproxyServerSettings::*member;
};
constexpr Text kTexts[] = {
    {"ca-file", &HaproxyServerSettings::ca_file},
    {"check-alpn", &HaproxyServerSettings::check_alpn},
    {"check-proto", &HaproxyServerSettings::check_protocol},
    {"check-sni", &HaproxyServerSettings::check_sni},
    {"cookie", &HaproxyServerSettings::cookie},
    {"crt", &HaproxyServerSettings::certificate},
    {"init-addr", &HaproxyServerSettings::init_addr},
    {"init-state", &HaproxyServerSettings::init_state},
    {"namespace", &HaproxyServerSettings::network_namespace},
    {"on-marked-down", &HaproxyServerSettings::on_marked_down},
    {"on-marked-up", &HaproxyServerSettings::on_marked_up},
    {"proto", &HaproxyServerSettings::protocol},
    {"resolvers", &HaproxyServerSettings::resolvers},
    {"track", &HaproxyServerSettings::track},
    {"verify", &HaproxyServerSettings::verify},
};

// One setting with one argument that zdr needs.
class Settings {
  public:
    Settings(const HaproxyVariables& variables, HaproxyServerSettings& settings, HaproxyComplaints& complaints)
        : variables_(variables), settings_(settings), complaints_(complaints) {}

    // Whether the name is one of a setting without argument.
    bool set_switch(std::string_view name) {
        if (name == "check" || name == "no-check")
            settings_.has_check = name == "check";
        else if (name == "backup" || name == "no-backup")
            settings_.is_backup = name == "backup";
        else if (name == "disabled" || name == "enabled")
            settings_.is_disabled = name == "disabled";
        else if (name == "check-reuse-pool" || name == "no-check-reuse-pool")
            settings_.reuses_pool = name == "check-reuse-pool";
        else if (name == "agent-check" || name == "no-agent-check")
            settings_.has_agent_check = name == "agent-check";
        else if (name == "check-via-socks4")
            settings_.checks_via_socks = true;
        else if (name == "ssl" || name == "no-ssl")
            settings_.has_ssl = name == "ssl";
        else if (name == "check-ssl" || name == "no-check-ssl")
            settings_.has_check_ssl = name == "check-ssl";
        else if (name == "check-send-proxy" || name == "no-check-send-proxy")
            settings_.check_sends_proxy = name == "check-send-proxy";
        else if (name.starts_with("send-proxy") || name.starts_with("no-send-proxy"))
            settings_.sends_proxy = !name.starts_with("no-");
        else
            return is_haproxy_switch(name);
        return true;
    }

    // Whether the name is one of a setting with one argument.
    bool set_value(std::string_view name, const std::string& value) {
        if (name == "port")
            set_port(value);
        else if (name == "addr")
            set_place(value);
        else if (name == "fall")
            set_count(name, value, settings_.fall);
        else if (name == "rise")
            set_count(name, value, settings_.rise);
        else if (name == "inter")
            set_time(name, value, settings_.inter);
        else if (name == "fastinter")
            set_time(name, value, settings_.fastinter);
        else if (name == "downinter")
            set_time(name, value, settings_.downinter);
        else
            return set_text(name, value) || is_haproxy_setting(name);
        return true;
    }

  private:
    void complain(std::string_view name, const std::string& value, std::string_view why) {
        complaints_.push_back(fmt::format("{} {} {}", name, in_quotes(value), why));
    }

    bool set_text(std::string_view name, const std::string& value) {
        const auto found =
            std::find_if(std::begin(kTexts), std::end(kTexts), [&](const Text& one) { return one.name == name; });
        if (found == std::end(kTexts)) return false;
        settings_.*(found->member) = value;
        return true;
    }

    void set_port(const std::string& value) {
        const long port = haproxy_number(value);
        settings_.check_port = haproxy_port(port);
        if (port != 0 && !settings_.check_port) complain("port", value, "is no port");
    }

    void set_place(const std::string& value) {
        std::vector<std::string> unset;
        settings_.check_spec = parse_haproxy_address_spec(expand_haproxy_address(value, variables_, unset));
        for (const std::string& name : unset) complaints_.push_back("variable " + in_quotes(name) + " is not set here");
    }

    void set_count(std::string_view name, const std::string& value, std::uint32_t& into) {
        const long count = haproxy_number(value);
        if (count < 1 || count > INT_MAX)
            complain(name, value, "is no number of checks");
        else
            into = static_cast<std::uint32_t>(count);
    }

    template <class T>
    void set_time(std::string_view name, const std::string& value, T& into) {
        const auto time = parse_duration(value, BareNumber::kMilliseconds);
        if (time && time->count() > 0)
            into = *time;
        else
            complain(name, value, "is no time that zdr can hold");
    }

    const HaproxyVariables& variables_;
    HaproxyServerSettings& settings_;
    HaproxyComplaints& complaints_;
};

}  // namespace

const HaproxyAddressSpec& HaproxyServerLine::checked_spec() const {
    return settings.check_spec && settings.check_spec->kind != HaproxyAddressSpec::Kind::kAny ? *settings.check_spec
                                                                                              : spec;
}

std::optional<Port> HaproxyServerLine::checked_port() const {
    if (settings.check_port) return settings.check_port;
    if (settings.check_spec && settings.check_spec->port) return settings.check_spec->port;
    return spec.port;
}

void apply_haproxy_settings(Words words, const HaproxyVariables& variables, HaproxyServerSettings& settings,
                            HaproxyComplaints& complaints) {
    Settings into(variables, settings, complaints);
    for (std::size_t i = 0; i < words.size() && !words[i].empty(); ++i) {
        const std::string& name = words[i];
        if (into.set_switch(name)) continue;
        const bool has_more = i + 1 < words.size() && !words[i + 1].empty();
        if (name == "source" || name == "usesrc" || name == "interface") {
            ++i;  // "source" may be followed by the two others, each with its argument
        } else if (into.set_value(name, has_more ? words[i + 1] : "")) {
            if (!has_more) complaints.push_back(fmt::format("{} has no value", in_quotes(name)));
            ++i;
        } else {
            complaints.push_back(fmt::format("{} is no setting that zdr knows", in_quotes(name)));
        }
    }
}

std::optional<HaproxyServerLine> parse_haproxy_server(Words words, const HaproxyVariables& variables,
                                                      const HaproxyServerSettings& defaults,
                                                      HaproxyComplaints& complaints) {
    HaproxyServerLine out;
    out.is_template = !words.empty() && words[0] == "server-template";
    const std::size_t spec_at = out.is_template ? 3 : 2;
    const auto is_empty = [](const std::string& word) { return word.empty(); };
    if (words.size() <= spec_at ||
        std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(spec_at) + 1, is_empty)) {
        complaints.emplace_back(out.is_template ? "a server-template has a prefix, a number or range, and an address"
                                                : "a server has a name and an address");
        return std::nullopt;
    }
    out.name = words[1];
    if (out.is_template) {
        // "3" is 1 to 3; "2-5" is 2 to 5.
        const std::size_t dash = words[2].find('-');
        const long low = dash == std::string::npos ? 1 : haproxy_number(words[2].substr(0, dash));
        const long high = haproxy_number(dash == std::string::npos ? words[2] : words[2].substr(dash + 1));
        if (low < 0 || high < low || high > INT_MAX) {
            complaints.push_back(in_quotes(words[2]) + " is no range of servers");
            return std::nullopt;
        }
        out.first = static_cast<std::uint32_t>(low);
        out.last = static_cast<std::uint32_t>(high);
    }
    std::vector<std::string> unset;
    out.spec = parse_haproxy_address_spec(expand_haproxy_address(words[spec_at], variables, unset));
    for (const std::string& name : unset) complaints.push_back("variable " + in_quotes(name) + " is not set here");
    out.settings = defaults;
    apply_haproxy_settings(words.subspan(spec_at + 1), variables, out.settings, complaints);
    return out;
}

}  // namespace zdr
