#include "zdr/net/listening_sockets.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

#include "zdr/net/netlink.h"
#include "zdr/net/netlink_attributes.h"

namespace zdr {
namespace {

Address::Words v4_words(std::uint32_t address) {
    return {0, 0, htonl(0xffff), address};
}

bool is_v6_only(const nlmsghdr& message) {
    const rtattr* one = find_attribute(attributes_behind<inet_diag_msg>(message), INET_DIAG_SKV6ONLY);
    return one != nullptr && RTA_PAYLOAD(one) > 0 && *static_cast<const std::uint8_t*>(RTA_DATA(one)) != 0;
}

void take(const nlmsghdr& message, std::vector<ListeningSocket>& out) {
    const auto* socket = fixed_part_of<inet_diag_msg>(message);
    if (socket == nullptr || socket->id.idiag_sport == 0) return;
    ListeningSocket one;
    one.is_v6 = socket->idiag_family == AF_INET6;
    if (one.is_v6)
        std::memcpy(one.words.data(), socket->id.idiag_src, sizeof socket->id.idiag_src);
    else
        one.words = v4_words(socket->id.idiag_src[0]);
    one.port = Port::from_network(socket->id.idiag_sport);
    one.is_v6_only = one.is_v6 && is_v6_only(message);
    one.cookie = std::uint64_t{socket->id.idiag_cookie[1]} << 32 | socket->id.idiag_cookie[0];
    one.inode = socket->idiag_inode;
    one.uid = socket->idiag_uid;
    one.queued = socket->idiag_rqueue;
    out.push_back(one);
}

Result<void> list(__u8 family, std::vector<ListeningSocket>& out) {
    inet_diag_req_v2 message{};
    message.sdiag_family = family;
    message.sdiag_protocol = IPPROTO_TCP;
    message.idiag_states = 1U << TCP_LISTEN;
    auto listed = dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, message, [&](const nlmsghdr& one) { take(one, out); });
    if (!listed) return fail_with("list the listening sockets", std::move(listed));
    return {};
}

}  // namespace

bool ListeningSocket::is_on_any() const {
    return words == Address::Words{} || words == v4_words(0);
}

bool ListeningSocket::takes(const Address& address) const {
    if (!is_on_any()) return Address(words) == address;
    if (!is_v6 || words == v4_words(0)) return address.is_v4();
    return !address.is_v4() || !is_v6_only;
}

Result<std::vector<ListeningSocket>> listening_sockets() {
    std::vector<ListeningSocket> out;
    for (const __u8 family : {__u8{AF_INET}, __u8{AF_INET6}})
        if (auto listed = list(family, out); !listed) return tl::unexpected(listed.error());
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.port.host() < b.port.host(); });
    return out;
}

}  // namespace zdr
