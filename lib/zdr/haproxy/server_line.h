// What a "server", "server-template" or "default-server" line of a HAProxy configuration says, as far as it concerns
// zdr: where the server is, and how it is checked (configuration manual, 5.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/haproxy/address_spec.h"
#include "zdr/haproxy/tokens.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// The settings that a default-server line gives to all that follow.
struct HaproxyServerSettings {
    bool has_check = false;
    bool is_backup = false;
    bool is_disabled = false;
    bool reuses_pool = false;                      // "check-reuse-pool"
    std::optional<HaproxyAddressSpec> check_spec;  // "addr"; its port counts where check_port is not set
    std::optional<Port> check_port;
    std::string cookie;  // empty: none
    std::string track;   // empty: none
    std::uint32_t fall = 3;
    std::uint32_t rise = 2;
    std::chrono::milliseconds inter{2000};
    std::optional<std::chrono::milliseconds> fastinter;
    std::optional<std::chrono::milliseconds> downinter;
    std::string on_marked_down;
    std::string on_marked_up;
    bool has_ssl = false;          // the traffic is encrypted
    bool has_check_ssl = false;    // checks on a port of their own are, too
    bool has_agent_check = false;  // an agent beside the app says, too, whether it is up
    bool checks_via_socks = false;
    bool sends_proxy = false;  // a PROXY line in front of the traffic
    bool check_sends_proxy = false;
    std::string protocol;           // "proto": of the traffic, and of checks that have none; empty: HTTP/1
    std::string check_protocol;     // "check-proto"
    std::string check_sni;          // the name by which a check asks for the server's certificate; empty: none
    std::string certificate;        // that HAProxy shows the server ("crt"); empty: none
    std::string verify;             // "none", "required"; empty: HAProxy's default
    std::string ca_file;            // empty: none
    std::string check_alpn;         // what a check offers by TLS: "h2,http/1.1"; empty: nothing
    std::string resolvers;          // that ask for the server's address at run time; empty: none
    std::string init_addr;          // empty: HAProxy's default (last,libc)
    std::string init_state;         // HAProxy 3.1 and later; empty: up
    std::string network_namespace;  // empty: HAProxy's own
};

struct HaproxyServerLine {
    std::size_t line = 0;
    std::string name;  // of a template: what its servers' names begin with
    HaproxyAddressSpec spec;
    std::uint32_t first = 0;  // of a template: the numbers in its servers' names
    std::uint32_t last = 0;
    bool is_template = false;
    HaproxyServerSettings settings;

    // How many servers of HAProxy's it stands for.
    std::size_t count() const { return is_template ? std::size_t(last) - first + 1 : 1; }

    // What is checked, if anything is.
    const HaproxyAddressSpec& checked_spec() const;
    std::optional<Port> checked_port() const;
};

// What could not be read, each as a sentence without place.
using HaproxyComplaints = std::vector<std::string>;

// Applies words to settings, up to the first that is empty, as HAProxy does. A word that is not known is taken for one
// without argument, and complained about.
void apply_haproxy_settings(std::span<const std::string> words, const HaproxyVariables& variables,
                            HaproxyServerSettings& settings, HaproxyComplaints& complaints);

// A whole line, from "server" or "server-template" on; none where it has too few words, or no range.
std::optional<HaproxyServerLine> parse_haproxy_server(std::span<const std::string> words,
                                                      const HaproxyVariables& variables,
                                                      const HaproxyServerSettings& defaults,
                                                      HaproxyComplaints& complaints);

}  // namespace zdr
