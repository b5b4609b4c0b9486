// An app that keeps its connections and says back what it hears, and the client's side of that.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "support/net.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

class Echo {
  public:
    // Listens from here on, in the network namespace of the calling thread. Throws std::system_error.
    Echo(const std::string& address, std::uint16_t port);
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;
    ~Echo();

    // Connections that are open at the app.
    int open_connections() const { return open_; }

  private:
    struct Connection {
        UniqueFd fd;
        std::thread thread;
    };

    void accept_all();
    void repeat(int fd);

    UniqueFd listener_;
    UniqueFd stop_;
    std::atomic<int> open_{0};
    std::list<Connection> connections_;
    std::thread thread_;
};

// Sends and receives as much: what came back, or the name of the error ("ECONNRESET").
std::string say(const UniqueFd& fd, const std::string& text);

// Whether a kept connection is reset when it goes on sending, within some seconds.
bool is_reset_soon(const UniqueFd& fd);

// So many bytes that no two places look alike.
std::string many_bytes(std::size_t count);

}  // namespace zdr::test
