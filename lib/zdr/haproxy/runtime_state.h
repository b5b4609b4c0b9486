// A server as HAProxy itself has it, read from what its runtime socket answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// srv_op_state of "show servers state" (HAProxy's management guide, 9.3).
enum class HaproxyOpState {
    kStopped = 0,   // down
    kStarting = 1,  // up, and throttled ("slowstart")
    kRunning = 2,   // up
    kStopping = 3,  // up, but its check asks for no new clients (NOLB: "http-check disable-on-404")
};

// Bits of srv_admin_state, by whom a server was taken out beside its checks.
inline constexpr std::uint32_t kHaproxyMaint = 0x01 | 0x02 | 0x04 | 0x20;  // by hand, tracked, configured, unresolved
inline constexpr std::uint32_t kHaproxyDrain = 0x08 | 0x10;                // by hand, tracked

struct HaproxyServer {
    std::string backend;
    std::string name;
    std::optional<Address> address;        // none: a name that is not resolved, a Unix socket, any address
    std::optional<Address> check_address;  // where the checks go, if the server has an "addr" of its own
    std::optional<Port> port;
    std::optional<Port> check_port;  // where the checks go; none: HAProxy before 2.4 does not say it
    bool has_check = false;          // false: no check ever takes it down
    bool is_backup = false;
    HaproxyOpState op_state = HaproxyOpState::kStopped;
    std::uint32_t admin_state = 0;
    std::uint32_t weight = 1;  // 0: known clients only
    std::string status;        // as "show stat" has it, for people: "UP", "DOWN 1/2", "no check"; empty: it has none
    // How many refused checks take it out, and how many good ones put it back; none: no check, or HAProxy before 1.7.
    std::optional<std::uint32_t> fall;
    std::optional<std::uint32_t> rise;

    bool operator==(const HaproxyServer&) const = default;
};

// The question that parse_haproxy_answer() understands the answer of.
inline constexpr std::string_view kHaproxyQuestion = "show servers state; show stat -1 4 -1";

// All servers, in HAProxy's order. Columns are found by their names, since versions differ in them. Errors: HAProxy's
// own, a format version other than 1, an answer that was cut, and whatever is not of the format.
Result<std::vector<HaproxyServer>> parse_haproxy_answer(std::string_view answer);

}  // namespace zdr
