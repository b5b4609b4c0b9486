// Sockets as the tests need them: what happened to a call is a value to compare, not an error to handle.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "zdr/base/unique_fd.h"

namespace zdr::test {

// An address and port of either family; ip is numeric: "127.0.0.1", "::1", "::ffff:127.0.0.1".
class Place {
  public:
    Place(const std::string& ip, std::uint16_t port);

    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    sa_family_t family() const { return storage_.ss_family; }

  private:
    sockaddr_storage storage_{};
    socklen_t size_;
};

// What a call on a new socket came to.
struct Attempt {
    UniqueFd fd;
    int error = 0;  // errno; 0: done
    std::chrono::milliseconds took{0};

    // "" where it was done, else the name of the error: "ECONNREFUSED".
    std::string refusal() const;
};

struct SocketOptions {
    int type = SOCK_STREAM;  // and SOCK_NONBLOCK
    int protocol = 0;
    bool reuse_address = false;
    bool reuse_port = false;
    bool only_v6 = false;
};

Attempt open_socket(sa_family_t family, const SocketOptions& options = {});
Attempt connect_to(const std::string& ip, std::uint16_t port, const SocketOptions& options = {});
Attempt bind_to(const std::string& ip, std::uint16_t port, const SocketOptions& options = {});
Attempt listen_on(const std::string& ip, std::uint16_t port, const SocketOptions& options = {});

// "127.0.0.1:2000" or "[::1]:2000", as getpeername() shows it.
std::string peer_of(const UniqueFd& fd);

// Connects and reads until the other side ends: what it said, or the name of the error ("ECONNREFUSED").
std::string ask(const std::string& ip, std::uint16_t port);
std::string read_all(const UniqueFd& fd);

// Whether the descriptor becomes readable within kPatience.
bool becomes_readable(const UniqueFd& fd);

}  // namespace zdr::test
