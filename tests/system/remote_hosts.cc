#include "remote_hosts.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace zdr::test {

Attempt connect_from(const NetNamespace& host, const std::string& address, std::uint16_t port, const Prepare& prepare) {
    Attempt out;
    host.run([&] {
        const Place place(address, port);
        out = open_socket(place.family());
        if (out.error != 0) return;
        if (prepare) prepare(out.fd.get());
        const auto begin = std::chrono::steady_clock::now();
        out.error = connect(out.fd.get(), place.address(), place.size()) == 0 ? 0 : errno;
        out.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    });
    return out;
}

std::string ask_from(const NetNamespace& host, const std::string& address, std::uint16_t port) {
    const Attempt connected = connect_from(host, address, port);
    return connected.error == 0 ? read_all(connected.fd) : connected.refusal();
}

Prepare from_port(sa_family_t family, std::uint16_t port) {
    return [family, port](int fd) {
        const int one = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        const Place any(family == AF_INET6 ? "::" : "0.0.0.0", port);
        if (bind(fd, any.address(), any.size()) != 0) throw std::system_error(errno, std::generic_category(), "bind");
    };
}

std::uint16_t local_port_of(const UniqueFd& fd) {
    sockaddr_in6 address{};  // the port is at the same place in IPv4's
    socklen_t size = sizeof address;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin6_port);
}

void set_sysctl(const std::string& path, const std::string& value) {
    std::ofstream file("/proc/sys/net/" + path);
    file << value << std::flush;
    if (!file) throw std::runtime_error("set sysctl net/" + path);
}

void skip_duplicate_address_detection() {
    set_sysctl("ipv6/conf/default/accept_dad", "0");
}

void connect_behind(const NetNamespace& there) {
    set_sysctl("ipv4/ip_forward", "1");
    set_sysctl("ipv6/conf/all/forwarding", "1");
    there.run(skip_duplicate_address_detection);
    ip({"link", "add", "zdr2", "type", "veth", "peer", "name", "zdr3", "netns", there.path()});
    ip({"addr", "add", "10.8.0.1/24", "dev", "zdr2"});
    ip({"addr", "add", "fd08::1/64", "dev", "zdr2", "nodad"});
    ip({"link", "set", "zdr2", "up"});
    there.run([] {
        ip({"addr", "add", "10.8.0.2/24", "dev", "zdr3"});
        ip({"addr", "add", "fd08::2/64", "dev", "zdr3", "nodad"});
        ip({"link", "set", "zdr3", "up"});
        ip({"route", "add", "default", "via", "10.8.0.1"});
        ip({"-6", "route", "add", "default", "via", "fd08::1"});
    });
}

void RemoteTest::SetUp() {
    SystemTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    client_ = std::make_unique<NetNamespace>();
    skip_duplicate_address_detection();
    client_->run(skip_duplicate_address_detection);
    connect_hosts(*client_);
    client_->run([] {
        ip({"route", "add", "default", "via", "10.9.0.1"});
        ip({"-6", "route", "add", "default", "via", "fd09::1"});
    });
}

}  // namespace zdr::test
