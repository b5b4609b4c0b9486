// A container engine on the server, as Docker leaves the host: a bridge (docker0: 172.17.0.1, fd17::1), containers on
// it (172.17.0.N, fd17::N), its rules in iptables, and where asked its user-space proxy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "remote_firewall.h"
#include "support/namespace.h"
#include "support/process.h"

namespace zdr::test {

enum class Proxy { kNone, kUserSpace };

class DockerHost {
  public:
    // files: where the proxy's program is put. It all goes with the network namespace.
    DockerHost(Iptables kind, Proxy proxy, std::string files);

    // Puts a container on the bridge, until it is taken off.
    void connect(const NetNamespace& container, int number) const;
    void disconnect(int number) const;

    // Publishes port 1000 of a container as port 1000 of the host, and takes that back.
    void publish(int number);
    void unpublish(int number);

  private:
    void add_chain(int family) const;
    void change_rules(const std::string& change, int number) const;
    void start_proxy(int number);

    Iptables kind_;
    Proxy proxy_;
    std::string files_;
    std::vector<std::unique_ptr<Process>> proxies_;
};

}  // namespace zdr::test
