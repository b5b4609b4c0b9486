#include "zdr/net/port_clients.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstring>

#include "zdr/net/netlink.h"
#include "zdr/net/netlink_attributes.h"

namespace zdr {
namespace {

// Also those that are about to end, or have: short connections are seldom seen while they last.
constexpr __u32 kStates = 1U << TCP_ESTABLISHED | 1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_TIME_WAIT |
                          1U << TCP_CLOSE_WAIT | 1U << TCP_LAST_ACK | 1U << TCP_CLOSING;

Address::Words remote_address(const inet_diag_msg& socket) {
    Address::Words out{0, 0, htonl(0xffff), socket.id.idiag_dst[0]};
    if (socket.idiag_family == AF_INET6) std::memcpy(out.data(), socket.id.idiag_dst, sizeof socket.id.idiag_dst);
    return out;
}

void take(const nlmsghdr& message, const std::set<Port>& ports, PortClients& out) {
    const auto* socket = fixed_part_of<inet_diag_msg>(message);
    if (socket == nullptr) return;
    const bool is_from_here = std::memcmp(socket->id.idiag_src, socket->id.idiag_dst, sizeof socket->id.idiag_src) == 0;
    const bool is_server = ports.contains(Port::from_network(socket->id.idiag_sport));
    const bool is_client = ports.contains(Port::from_network(socket->id.idiag_dport));
    const bool has_owner = socket->idiag_state != TCP_TIME_WAIT;
    if (is_server) out.addresses.insert(remote_address(*socket));
    if (is_client && has_owner) out.uids.insert(socket->idiag_uid);
    if (!has_owner && (is_client || (is_server && is_from_here))) out.has_ended_here = true;
}

}  // namespace

Result<PortClients> port_clients(const std::set<Port>& ports) {
    PortClients out;
    for (const __u8 family : {__u8{AF_INET}, __u8{AF_INET6}}) {
        inet_diag_req_v2 message{};
        message.sdiag_family = family;
        message.sdiag_protocol = IPPROTO_TCP;
        message.idiag_states = kStates;
        auto listed =
            dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, message, [&](const nlmsghdr& one) { take(one, ports, out); });
        if (!listed) return fail_with("list the connections", std::move(listed));
    }
    return out;
}

}  // namespace zdr
