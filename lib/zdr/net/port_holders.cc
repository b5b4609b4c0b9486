#include "zdr/net/port_holders.h"

#include <algorithm>
#include <string_view>

namespace zdr {
namespace {

// By the name of the program. Some only hold the port, while NAT takes the traffic past them; others accept whatever
// the container does. Of both, a connection to the listener says nothing about the app.
constexpr std::string_view kPortHolders[] = {
    "conmon",        // Podman and CRI-O: it watches a container, and holds its ports
    "podman",        // Podman, while it starts a container
    "crio",          // CRI-O
    "docker-proxy",  // Docker
    "dockerd",       // Docker 28 without docker-proxy
    "kube-proxy",    // Kubernetes up to 1.26: node ports
    "lxd",           // LXD: "lxd forkproxy"
    "incusd",        // Incus: "incusd forkproxy"
    // Containers of users that are not root:
    "rootlessport",
    "containers-rootlessport",
    "rootlesskit",
    "rootlesskit-docker-proxy",
    "slirp4netns",
    "pasta",
    "pasta.avx2",
    "passt",
    "passt.avx2",
    "vpnkit",
    "gvproxy",
};

constexpr std::size_t kLongestName = 15;  // of a process, as the kernel keeps it

}  // namespace

std::vector<std::string> port_holder_names() {
    std::vector<std::string> out;
    for (const std::string_view one : kPortHolders) out.emplace_back(one.substr(0, kLongestName));
    return out;
}

bool is_port_holder(const RunningProcess& process) {
    return std::any_of(std::begin(kPortHolders), std::end(kPortHolders), [&](std::string_view one) {
        return process.program == one || process.name == one.substr(0, kLongestName);
    });
}

std::vector<ListeningSocket> held_for_containers(const std::vector<ListeningSocket>& listening) {
    // Most hosts have none; then nobody's descriptors are read, of which a proxy may have very many.
    const auto running = running_processes();
    if (std::none_of(running.begin(), running.end(), is_port_holder)) return {};
    SocketOwners owners;
    std::vector<ListeningSocket> out;
    for (const ListeningSocket& one : listening) {
        // An app that shares the socket accepts from it: one that was handed to a container.
        const auto processes = owners.of(one);
        if (!processes.empty() && std::all_of(processes.begin(), processes.end(), is_port_holder)) out.push_back(one);
    }
    return out;
}

}  // namespace zdr
