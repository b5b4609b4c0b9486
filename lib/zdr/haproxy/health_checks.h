// How and where HAProxy checks the servers of a proxy (configuration manual, 4.2: "option httpchk" and its like,
// "http-check", "tcp-check").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/haproxy/config_file.h"
#include "zdr/model/health_check.h"

namespace zdr {

struct HaproxyHealthChecks {
    const HaproxyLine* option = nullptr;    // that says how they are checked; null: by a connection alone
    bool asks_by_option = true;             // what "option httpchk" asks counts; not beside rules that replace its own
    std::vector<const HaproxyLine*> rules;  // in force, in their order
    const HaproxyLine* ignored = nullptr;   // the proxy's first rule that HAProxy ignores, since its option is missing

    // Whether that is the option: "httpchk".
    bool are(std::string_view name) const { return option != nullptr && option->words[1] == name; }
    // HAProxy runs a program, which does not know the check port.
    bool run_command() const { return are("external-check"); }
    // Whether a check says something once it is connected.
    bool speak() const;
};

// A proxy's own rules stand for all those of its defaults. Rules without their option are ignored.
HaproxyHealthChecks health_checks_of(const HaproxyConfig& config, const HaproxyProxy& proxy);

// Where the checks of one server go.
struct HaproxyCheckTarget {
    HaproxyAddressSpec spec;
    std::optional<Port> port;              // none: it has no port of its own
    const HaproxyLine* connect = nullptr;  // the first connect rule, which decides before the server line; null: none
    std::size_t connections = 1;           // that one check makes there, if all end well
    bool is_by_rule = false;               // that rule names the port or the address
    bool is_encrypted = false;
    bool says_hello = false;   // "option ssl-hello-chk": it begins TLS as if it were encrypted
    std::string sni;           // the name by which it asks for the server's certificate; empty: none
    bool sends_proxy = false;  // a PROXY line in front of all else
    std::string protocol;      // that zdr does not speak ("h2"); empty: HTTP/1
    std::string unclear;       // why it is not one place that is known here ("is checked at ..."); empty: it is
};
HaproxyCheckTarget check_target(const HaproxyHealthChecks& checks, const HaproxyServerLine& server);

// How a note ends that says why zdr does not ask what HAProxy asks.
inline constexpr std::string_view kNoCheckUri =
    ", so there is no check-uri: ready then means that the app takes connections";

// What "option httpchk" and its rules ask, as far as zdr can ask the same.
struct HaproxyHttpCheck {
    HealthCheck asked;     // of it whether it is encrypted is left open; without a uri: nothing that zdr can ask
    std::size_t line = 0;  // that says what is asked
    std::string note{};    // why there is no uri, or what HAProxy looks at beside the status; empty: nothing
};
// None: no HTTP is spoken.
std::optional<HaproxyHttpCheck> http_check_of(const HaproxyHealthChecks& checks);

}  // namespace zdr
