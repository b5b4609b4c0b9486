#include "remote_firewall.h"

#include <filesystem>

#include "remote_hosts.h"

namespace zdr::test {
namespace {

std::string suffix(Iptables kind) {
    return kind == Iptables::kLegacy ? "-legacy" : "-nft";
}

}  // namespace

void nft(const std::string& rules) {
    must_run({"nft", rules});
}

void iptables(Iptables kind, const Command& arguments) {
    must_run(Command{"iptables" + suffix(kind), "-w"} + arguments);
}

void ip6tables(Iptables kind, const Command& arguments) {
    must_run(Command{"ip6tables" + suffix(kind), "-w"} + arguments);
}

bool filter_bridged_packets() {
    run({"modprobe", "br_netfilter"});  // it may be part of the kernel
    if (!std::filesystem::exists("/proc/sys/net/bridge/bridge-nf-call-iptables")) return false;
    set_sysctl("bridge/bridge-nf-call-iptables", "1");
    set_sysctl("bridge/bridge-nf-call-ip6tables", "1");
    return true;
}

void put_under_bridge() {
    ip({"link", "add", "zdrbr0", "type", "bridge"});
    ip({"link", "set", "zdr0", "master", "zdrbr0"});
    ip({"link", "set", "zdrbr0", "up"});
    for (const char* address : {"10.9.0.1/24", "fd09::1/64"}) {
        ip({"addr", "del", address, "dev", "zdr0"});
        add_address(address, "zdrbr0");
    }
}

}  // namespace zdr::test
