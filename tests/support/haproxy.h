// A real HAProxy with the configuration of zdr's users, and its own opinion of the servers (stats socket).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/process.h"

namespace zdr::test {

class Haproxy {
  public:
    // servers: the lines of backend srvs, which has "cookie SRV insert indirect nocache". It listens on
    // 127.0.0.1:port; its files are in directory. Returns when its stats socket answers; throws std::runtime_error.
    Haproxy(const std::string& directory, std::uint16_t port, const std::string& servers);

    // The same with a whole configuration, whose stats socket is haproxy.sock in that directory.
    Haproxy(const std::string& directory, const std::string& config);

    // A field of `show stat` for a server of a backend; "" where there is none.
    std::string field(const std::string& server, const std::string& name, const std::string& backend = "srvs") const;
    // "UP", "DOWN", and while that changes "UP 1/3" or "DOWN 1/2".
    std::string status(const std::string& server, const std::string& backend = "srvs") const {
        return field(server, "status", backend);
    }
    // Requests that a server was chosen for, by a cookie or by the balance.
    long chosen(const std::string& server) const;
    // Waits until the status is this one; false after kPatience.
    bool shows(const std::string& server, const std::string& status) const;
    pid_t pid() const { return process_->pid(); }
    // A new process takes over, as "systemctl reload" has it; it takes every server for up until its first check.
    // Returns when it answers, and the old one has ended.
    void reload();
    // The same, but the old one lives as long as it has clients; it is returned. older: processes that still live since
    // earlier reloads.
    std::unique_ptr<Process> reload_beside(const Command& older = {});
    // To a line at its stats socket; "" where there is none.
    std::string answer(const std::string& question) const;

  private:
    void start(const Command& more);

    std::string config_;
    std::string socket_;
    std::unique_ptr<Process> process_;
};

}  // namespace zdr::test
