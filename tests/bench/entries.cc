#include "entries.h"

#include <fmt/core.h>

namespace zdr::bench {
namespace {

constexpr std::uint16_t kFirstStatusPort = 20000;
constexpr long kStatusPorts = 1000;  // on each address
constexpr long kOfABackend = 4;

Address address_of(long number) {
    return *Address::parse(fmt::format("127.1.{}.{}", number / 250, number % 250 + 1));
}

Server server(std::string name, const Address& address, std::uint16_t status_port) {
    Server out;
    out.name = std::move(name);
    out.addresses = {address};
    out.app_port = Port(1000);
    out.status_port = Port(status_port);
    return out;
}

std::string address(const Server& server) {
    return server.addresses.front().to_string();
}

}  // namespace

std::vector<Server> servers_beside(long others, bool is_grouped) {
    std::vector<Server> out;
    out.push_back(server("webA", *Address::parse("127.0.0.1"), 2000));
    for (long i = 1; i <= others; ++i)
        out.push_back(server(fmt::format("s{:05}", i), address_of(i / kStatusPorts),
                             static_cast<std::uint16_t>(kFirstStatusPort + i % kStatusPorts)));
    if (is_grouped)
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i].backends = {fmt::format("b{:05}", i / static_cast<std::size_t>(kOfABackend))};
    return out;
}

std::string zdr_conf(const std::vector<Server>& servers) {
    std::string out;
    for (const Server& one : servers) {
        out += fmt::format("[server.{}]\naddress = {}\nport = {}\nstatus-port = {}\n", one.name, address(one),
                           one.app_port.host(), one.status_port.host());
        for (const std::string& backend : one.backends) out += fmt::format("backend = {}\n", backend);
    }
    return out;
}

std::string iptables_rules(const std::vector<Server>& servers) {
    std::string out = "*nat\n";
    for (const char* chain : {"OUTPUT", "PREROUTING"})
        for (const Server& one : servers)
            out += fmt::format("-A {} -d {}/32 -p tcp -m tcp --dport {} -j REDIRECT --to-ports {}\n", chain,
                               address(one), one.status_port.host(), one.app_port.host());
    return out + "COMMIT\n";
}

std::string nft_rules(const std::vector<Server>& servers) {
    std::string elements;
    for (const Server& one : servers)
        elements += fmt::format("{} . {} : {},\n", address(one), one.status_port.host(), one.app_port.host());
    if (!elements.empty()) elements = "elements = {\n" + elements + "}\n";
    const auto chain = [](const char* hook) {
        return fmt::format(
            "chain {0} {{ type nat hook {0} priority -100; meta l4proto tcp redirect to :ip daddr . tcp dport map "
            "@apps; }}\n",
            hook);
    };
    return "table ip peer {}\nflush table ip peer\ndelete table ip peer\ntable ip peer {\n"
           "map apps { type ipv4_addr . inet_service : inet_service;\n" +
           elements + "}\n" + chain("output") + chain("prerouting") + "}\n";
}

std::string haproxy_servers(const std::vector<Server>& servers) {
    std::string out;
    for (const Server& one : servers)
        out += fmt::format("    server {} {}:{}\n", one.name, address(one), one.app_port.host());
    return out;
}

}  // namespace zdr::bench
