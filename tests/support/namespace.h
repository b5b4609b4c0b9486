// A second network namespace inside a test: another host on a cable, or a container in the same cgroup.
#pragma once

#include <functional>
#include <string>

#include "support/process.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

class NetNamespace {
  public:
    // A new one, with lo up.
    NetNamespace();

    // Runs a function on a thread inside it; sockets, threads and processes made there stay there. Its exceptions come
    // out.
    void run(const std::function<void()>& function) const;
    // As iproute2 takes it for "netns".
    std::string path() const;

  private:
    UniqueFd fd_;
};

// Runs ip with these arguments; throws std::runtime_error where it fails.
void ip(const Command& arguments);

// Adds an address ("192.0.2.7/32") to an interface and waits until it can be reached from here.
void add_address(const std::string& address, const std::string& interface);

// A cable between here (interface zdr0: 10.9.0.1, fd09::1) and there (zdr1: 10.9.0.2, fd09::2).
void connect_hosts(const NetNamespace& there);

}  // namespace zdr::test
