// A tiny app inside the test's process: it accepts TCP connections, says its name and ends them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "support/net.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

class App {
  public:
    // Listens from here on, in the network namespace of the calling thread. Throws std::system_error.
    App(std::string name, const std::string& ip, std::uint16_t port, SocketOptions options = {});
    App(const App&) = delete;
    App& operator=(const App&) = delete;
    ~App();

    // The fd of its listening socket, which stays its own.
    int listener() const { return listener_.get(); }
    // Connections that were accepted.
    int accepted() const { return accepted_; }

  private:
    void serve();

    std::string name_;
    UniqueFd listener_;
    UniqueFd stop_;
    std::atomic<int> accepted_{0};
    std::thread thread_;
};

}  // namespace zdr::test
