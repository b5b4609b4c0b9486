// What tests of the handover share: a server whose app may have instances on several ports, and those who connect to
// it, on its own host and on another one, over both families.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "remote_hosts.h"
#include "support/haproxy.h"
#include "support/load.h"

namespace zdr::test {

// webA on the sandbox's end of the cable, with handover ports 21000 to 21009.
inline constexpr std::string_view kHandoverWebA =
    "[server.webA]\n"
    "address = 10.9.0.1\n"
    "address = fd09::1\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "backup-status-port = 3000\n"
    "handover-ports = 21000-21009\n"
    "inter = 100ms\n";

// Who connects: from where, and to which of the server's addresses.
struct Side {
    const char* name;
    bool is_remote;
    const char* address;
};

inline constexpr Side kSides[] = {{"LocalV4", false, "10.9.0.1"},
                                  {"LocalV6", false, "fd09::1"},
                                  {"RemoteV4", true, "10.9.0.1"},
                                  {"RemoteV6", true, "fd09::1"}};

std::string name_of_side(const testing::TestParamInfo<Side>& info);

// "10.9.0.1:1000" or "[fd09::1]:1000"
std::string place_of(const Side& side, std::uint16_t port);
// What an nginx listens on that serves both of the server's addresses.
std::string listen_on_both(std::uint16_t port);

class HandoverTest : public RemoteTest {
  protected:
    // Who answers there.
    std::string ask_at(const Side& side, std::uint16_t port) const;
    Attempt connect_at(const Side& side, std::uint16_t port) const;
    // That on every side the app of that name answers on the app port and, where it is not empty, on the status port.
    void expect_led_to(const std::string& app, const std::string& by_status_port) const;
    void expect_led_to(const std::string& app) const { expect_led_to(app, app); }

    // zdrctl handover webA with these options.
    Output handover(const Command& options) const;
    // The same, which must succeed, without a wait for a connection.
    void lead_to(std::uint16_t port) const;

    // Of webA, as status --json has it.
    nlohmann::json status_of_server() const;
    int active_port() const { return status_of_server()["active_port"]; }
    // Sessions of the instance at that port, active and idle.
    int sessions_at(int port) const;

    // HAProxy with webA as its only server, on that side. lines: more of its backend.
    std::unique_ptr<Haproxy> start_haproxy(const Side& side, const std::string& lines = "") const;
    std::unique_ptr<Load> start_clients(const Side& side, const LoadOptions& options) const;
    // That it has had the server up at every moment since it found it up.
    static void expect_always_up(const Haproxy& haproxy);
};

}  // namespace zdr::test
