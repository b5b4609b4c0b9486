// A server as its user describes it, its states, and what makes a set of servers impossible.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/health_check.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// Of one zdr.
inline constexpr std::size_t kMaxServers = 65536;

inline constexpr std::chrono::milliseconds kShortestInterval(10);  // between two checks

enum class State { kReady, kDrain, kMaint };
enum class Start { kReady, kDrain, kMaint, kLast };
// Whether the app port is published from a container: then remote checks are rewritten before NAT. Automatic: while
// nothing of this host listens there.
enum class Published { kAuto, kYes, kNo };

std::string_view to_string(State state);
std::string_view to_string(Start start);
std::string_view to_string(Published published);
Result<State> parse_state(std::string_view text);
Result<Start> parse_start(std::string_view text);
Result<Published> parse_published(std::string_view text);

// "21000-21099", "21000": from the first to the last. Errors: of usage.
Result<PortRange> parse_handover_ports(std::string_view text);
std::string to_string(const PortRange& ports);

// Who checks, as the key checkers names it: "10.0.0.9", "local:haproxy".
struct CheckerName {
    std::string from;  // an address as Address prints it, or the name of a process
    bool is_local = false;

    bool operator==(const CheckerName&) const = default;
};
std::string to_string(const CheckerName& checker);
// "10.0.0.9, local:haproxy", with what is to stand between them.
std::string format_checkers(std::span<const CheckerName> checkers, std::string_view between);
Result<CheckerName> parse_checker_name(std::string_view text);

struct Server {
    std::string name;
    std::vector<Address> addresses;  // empty: every address of this host
    Port app_port{1};
    Port status_port{1};
    std::optional<Port> backup_status_port;
    std::optional<PortRange> handover_ports;  // where instances of the app may listen beside the app port
    std::optional<Port> drain_port;           // where the status port leads in state drain; none: it is refused
    std::vector<std::string> backends;        // all that list it; empty: none
    std::uint16_t checks = 1;                 // server lines of one HAProxy that check one of its status ports
    std::uint16_t fall = 3;
    std::uint16_t rise = 2;
    std::chrono::milliseconds inter{2000};
    std::optional<std::chrono::milliseconds> fastinter;  // while HAProxy is about to change its mind; none: inter
    std::optional<std::chrono::milliseconds> downinter;  // while HAProxy has it down; none: inter
    HealthCheck health;                                  // what HAProxy's checks ask beyond a connection
    std::vector<CheckerName> checkers;                   // exactly these confirm a flip; empty: whoever checks
    bool unchecked = false;                              // a wait does not need a checker
    bool replace_listener = false;                       // the status port is taken although something listens there
    Start start = Start::kReady;
    Published published = Published::kAuto;

    bool operator==(const Server&) const = default;
};

// The ports of its that HAProxy checks: the status port, and the backup status port where it has one.
std::vector<Port> status_ports(const Server& server);

// Whether its app may be at that port.
bool may_be_active(const Server& server, Port port);

// Whether its own settings go together, as one after the other they cannot tell. Errors: of usage.
Result<void> check_ways(const Server& server);

// "*", or the addresses with commas between.
std::string addresses_to_string(const Server& server);

// "srvs,mirror", or "" where there is none.
std::string backends_to_string(const Server& server);

// The first of its backends, or "".
std::string first_backend(const Server& server);

// HAProxy's own rule for names (letters, digits, and - _ . :), 1 to 63 bytes. The same for backends. Errors are of
// usage and show odd bytes escaped.
Result<void> check_name(std::string_view name);

// A server's name as messages show it: as it is where it can be a name, else quoted, escaped and cut.
std::string format_name(std::string_view name);

// "webA, webB": what an error is about; many are cut to the first three and their number.
std::string format_names(std::span<const std::string> names);

// How many of the words that a server has for its addresses this one takes: 1 for IPv4, 4 for IPv6.
std::size_t address_words(const Address& address);

// The longest time between two checks that HAProxy makes on purpose, while it has the server up or down.
std::chrono::milliseconds longest_interval(const Server& server, bool is_down);

// Whether the addresses of one server fit (ZDR_ADDRESS_WORDS). Errors: of usage.
Result<void> check_addresses(std::span<const Address> addresses);

// The first server of a set that cannot stand beside an earlier one, and why: the same name, an address and status port
// twice, or a status port that is an app port on the same address. Positions are indices into the set; they may be
// equal.
struct Clash {
    std::size_t earlier;
    std::size_t later;
    std::string text;  // names both
};
std::optional<Clash> find_clash(std::span<const Server> servers);

}  // namespace zdr
