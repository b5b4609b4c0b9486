// What tests of waiting and of restarts share: services on this host and HAProxy
// checking them.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/haproxy.h"
#include "support/service.h"
#include "support/system_test.h"

namespace zdr::test {

// webA and webB of backend srvs, each with a status port and a backup status port.
inline constexpr std::string_view kTwoPortServers =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "inter = 100ms\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackup-status-port = 3001\nbackend = srvs\n"
    "inter = 100ms\n";

// HAProxy's lines for them, and for their twins.
inline constexpr const char* kTwinLines =
    "    option redispatch 1\n    retries 3\n"
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 inter 100 backup\n"
    "    server bkpB 127.0.0.1:1001 cookie B check port 3001 inter 100 backup\n";

// Where clients find HAProxy.
inline constexpr const char* kBalancer = "http://127.0.0.1:8080/";

// The lines of restart --json; and the last one, which has what became of the servers. Throw where one is no JSON.
std::vector<nlohmann::json> events(const Output& output);
nlohmann::json last_event(const Output& output);

class RestartTest : public SystemTest {
  protected:
    // Loads the servers, starts their services and HAProxy, and waits until it has all of them up.
    void start(std::string_view servers = kTwoPortServers, const std::string& lines = kTwinLines);

    // Waits until it has all of them up.
    void start_haproxy(const std::string& lines = kTwinLines);

    // zdrctl restart NAMES... with these options, and the services' command.
    Command restart(const Command& names_and_options) const;
    Command restart_with(const Command& names_and_options, const Command& command) const;

    const Haproxy& haproxy() const { return *haproxy_; }
    void reload_haproxy() { haproxy_->reload(); }
    void stop_haproxy() { haproxy_.reset(); }

  private:
    std::unique_ptr<Haproxy> haproxy_;
};

}  // namespace zdr::test
