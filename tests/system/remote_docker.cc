#include "remote_docker.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "remote_hosts.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

std::string address_of(int family, int number) {
    return (family == 4 ? "172.17.0." : "fd17::") + std::to_string(number);
}

void change_tables(int family, Iptables kind, const Command& arguments) {
    (family == 4 ? iptables : ip6tables)(kind, arguments);
}

bool listens(const char* family) {
    return !run({"ss", family, "-Hltn", "sport", "=", ":1000"}).out.empty();
}

}  // namespace

DockerHost::DockerHost(Iptables kind, Proxy proxy, std::string files)
    : kind_(kind), proxy_(proxy), files_(std::move(files)) {
    set_sysctl("ipv4/ip_forward", "1");
    set_sysctl("ipv6/conf/all/forwarding", "1");
    ip({"link", "add", "docker0", "type", "bridge"});
    ip({"link", "set", "docker0", "up"});
    add_address("172.17.0.1/16", "docker0");
    add_address("fd17::1/64", "docker0");
    for (const int family : {4, 6}) add_chain(family);
    if (proxy_ == Proxy::kUserSpace) std::filesystem::copy_file("/usr/bin/socat", files_ + "/docker-proxy");
}

void DockerHost::add_chain(int family) const {
    const std::string containers = family == 4 ? "172.17.0.0/16" : "fd17::/64";
    const std::string loopback = family == 4 ? "127.0.0.0/8" : "::1/128";
    const Command local{"-m", "addrtype", "--dst-type", "LOCAL", "-j", "DOCKER"};
    change_tables(family, kind_, {"-t", "nat", "-N", "DOCKER"});
    change_tables(family, kind_, Command{"-t", "nat", "-A", "PREROUTING"} + local);
    change_tables(family, kind_, Command{"-t", "nat", "-A", "OUTPUT", "!", "-d", loopback} + local);
    change_tables(family, kind_,
                  {"-t", "nat", "-A", "POSTROUTING", "-s", containers, "!", "-o", "docker0", "-j", "MASQUERADE"});
    if (proxy_ == Proxy::kUserSpace)
        change_tables(family, kind_, {"-t", "nat", "-A", "DOCKER", "-i", "docker0", "-j", "RETURN"});
}

void DockerHost::connect(const NetNamespace& container, int number) const {
    const std::string here = "veth" + std::to_string(number);
    container.run(skip_duplicate_address_detection);
    ip({"link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", container.path()});
    ip({"link", "set", here, "master", "docker0"});
    ip({"link", "set", here, "up"});
    container.run([&] {
        ip({"link", "set", "eth0", "up"});
        add_address(address_of(4, number) + "/16", "eth0");
        add_address(address_of(6, number) + "/64", "eth0");
        ip({"route", "add", "default", "via", "172.17.0.1"});
        ip({"-6", "route", "add", "default", "via", "fd17::1"});
    });
}

void DockerHost::disconnect(int number) const {
    ip({"link", "del", "veth" + std::to_string(number)});
}

// The rules of one published port.
void DockerHost::change_rules(const std::string& change, int number) const {
    for (const int family : {4, 6}) {
        const std::string address = address_of(family, number);
        const std::string target = (family == 4 ? address : "[" + address + "]") + ":1000";
        Command forward{"-t", "nat", change, "DOCKER"};
        if (proxy_ == Proxy::kUserSpace) forward = forward + Command{"!", "-i", "docker0"};
        change_tables(family, kind_,
                      forward + Command{"-p", "tcp", "--dport", "1000", "-j", "DNAT", "--to-destination", target});
        change_tables(family, kind_,
                      {"-t", "nat", change, "POSTROUTING", "-s", address, "-d", address, "-p", "tcp", "--dport", "1000",
                       "-j", "MASQUERADE"});
    }
}

// Accepts whatever the container does, and then connects to it.
void DockerHost::start_proxy(int number) {
    const std::string program = files_ + "/docker-proxy";
    for (const auto& [listen, target] :
         {std::pair<std::string, std::string>{"TCP4-LISTEN:1000", "TCP4:" + address_of(4, number) + ":1000"},
          {"TCP6-LISTEN:1000,ipv6only=1", "TCP6:[" + address_of(6, number) + "]:1000"}})
        proxies_.push_back(std::make_unique<Process>(Command{program, listen + ",reuseaddr,fork", target}));
    if (!eventually([] { return listens("-4") && listens("-6"); }))
        throw std::runtime_error("the proxy does not listen");
}

void DockerHost::publish(int number) {
    if (proxy_ == Proxy::kUserSpace) start_proxy(number);
    change_rules("-A", number);
}

void DockerHost::unpublish(int number) {
    change_rules("-D", number);
    proxies_.clear();
}

}  // namespace zdr::test
