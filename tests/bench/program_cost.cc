#include "program_cost.h"

#include <bpf/libbpf.h>

#include <memory>
#include <stdexcept>

#include "empty_bpf.skel.h"
#include "kernel_programs.h"

namespace zdr::bench {
namespace {

using test::Bytes;
using test::Packet;

struct DestroyEmpty {
    void operator()(empty_bpf* skeleton) const { empty_bpf::destroy(skeleton); }
};

Server server() {
    Server out;
    out.name = "webA";
    out.app_port = Port(1000);
    out.status_port = Port(2000);
    return out;
}

// As a client's traffic is: data to a port that is no status port.
Packet traffic() {
    return {.dest_port = 8080, .flags = test::kAck, .payload = Bytes(1000)};
}

Bytes of_protocol(Packet packet, std::uint8_t protocol) {
    packet.protocol = protocol;
    return packet.bytes();
}

Bytes arp() {
    Bytes out = traffic().bytes();
    test::write16(out, 12, 0x0806);
    return out;
}

}  // namespace

std::vector<Record> program_costs(const std::string& part, int pairs, int packets) {
    test::enter_new_network();
    const std::unique_ptr<empty_bpf, DestroyEmpty> empty(empty_bpf::open_and_load());
    if (!empty) throw std::runtime_error("load the empty program");
    const int nothing = bpf_program__fd(empty->progs.empty);
    test::KernelPrograms zdr;
    zdr.serve(std::vector{server()});

    std::vector<Record> out;
    const auto measure = [&](const char* name, int program, const Bytes& packet) {
        const auto cost = [&](int fd) { return static_cast<double>(test::nanoseconds_of(fd, packet, packets)); };
        cost(nothing);  // the first runs of all find cold caches
        cost(program);
        const auto runs = run_pairs(
            pairs, [&] { return cost(nothing); }, [&] { return cost(program); });
        const Record head{.part = part, .name = name, .unit = "ns"};
        for (Record& one : records_of(head, "empty program", runs, at_most(kMostOfEmpty, "compared")))
            out.push_back(std::move(one));
    };
    measure("ingress, IPv4 TCP to another port", zdr.ingress(), traffic().bytes());
    measure("ingress, IPv6 TCP to another port", zdr.ingress(), v6_packet(traffic()).bytes());
    measure("ingress, IPv4 UDP", zdr.ingress(), of_protocol(traffic(), test::kUdp));
    measure("ingress, IPv6 UDP", zdr.ingress(), of_protocol(v6_packet(traffic()), test::kUdp));
    measure("ingress, ARP", zdr.ingress(), arp());
    measure("egress, IPv4 TCP", zdr.egress(), traffic().bytes());
    measure("egress, IPv6 TCP", zdr.egress(), v6_packet(traffic()).bytes());
    measure("egress, IPv4 UDP", zdr.egress(), of_protocol(traffic(), test::kUdp));
    zdr.pretend_flows();
    measure("egress after a rewritten check, IPv4 TCP", zdr.egress(), traffic().bytes());
    measure("egress after a rewritten check, IPv6 TCP", zdr.egress(), v6_packet(traffic()).bytes());
    return out;
}

}  // namespace zdr::bench
