// Hosts around the sandbox, which is the server: a client on a cable, and what it does from there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/namespace.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {

// The server of most remote tests, on the sandbox's end of the cable.
inline constexpr std::string_view kRemoteWebA =
    "[server.webA]\n"
    "address = 10.9.0.1\n"
    "address = fd09::1\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "backup-status-port = 3000\n";

// The same on every address.
inline constexpr std::string_view kRemoteEverywhere =
    "[server.webA]\n"
    "address = *\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "backup-status-port = 3000\n";

// Both families of the sandbox's end of the cable.
inline constexpr const char* kServerAddresses[] = {"10.9.0.1", "fd09::1"};

// Something of a type that lives in another network namespace: an app, a process.
template <class T, class... Args>
std::unique_ptr<T> make_in(const NetNamespace& host, Args&&... args) {
    std::unique_ptr<T> out;
    host.run([&] { out = std::make_unique<T>(std::forward<Args>(args)...); });
    return out;
}

// What happens to a new socket before it connects: options, a source port.
using Prepare = std::function<void(int fd)>;

Attempt connect_from(const NetNamespace& host, const std::string& address, std::uint16_t port,
                     const Prepare& prepare = nullptr);
// Connects and reads until the other side ends: what it said, or the name of the error.
std::string ask_from(const NetNamespace& host, const std::string& address, std::uint16_t port);
// Makes connect() come from this port, which may be in use for another destination.
Prepare from_port(sa_family_t family, std::uint16_t port);
std::uint16_t local_port_of(const UniqueFd& fd);

// Writes one of this network namespace's sysctls; throws std::runtime_error.
void set_sysctl(const std::string& path, const std::string& value);

// For interfaces that come later: their link-local addresses, too, work at once rather than seconds later.
void skip_duplicate_address_detection();

// A second cable between here (zdr2: 10.8.0.1, fd08::1), which forwards, and there (zdr3: 10.8.0.2, fd08::2).
void connect_behind(const NetNamespace& there);

// The client (10.9.0.2, fd09::2) and the server (the sandbox).
class RemoteTest : public SystemTest {
  protected:
    void SetUp() override;

    const NetNamespace& client() const { return *client_; }
    Attempt connect_client(const std::string& address, std::uint16_t port) const {
        return connect_from(*client_, address, port);
    }
    std::string ask_client(const std::string& address, std::uint16_t port) const {
        return ask_from(*client_, address, port);
    }

  private:
    std::unique_ptr<NetNamespace> client_;
};

}  // namespace zdr::test
