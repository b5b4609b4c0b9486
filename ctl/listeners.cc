// The listening sockets of an app port, as sock_diag(7) lists them.
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ctl/app.h"
#include "zdr/netlink.h"
#include "zdr/unique_fd.h"

namespace zdr::ctl {
namespace {

// Whether a listener on this address takes what comes to the server's.
bool serves(const inet_diag_msg& socket, const Server& server) {
    Address::Words words{};
    std::memcpy(words.data(), socket.id.idiag_src, sizeof socket.id.idiag_src);
    if (socket.idiag_family == AF_INET) words = {0, 0, htonl(0xffff), words[0]};
    const bool is_any = words[0] == 0 && words[1] == 0 && words[3] == 0 && (words[2] == 0 || words[2] == htonl(0xffff));
    if (is_any || server.addresses.empty()) return true;
    return std::find(server.addresses.begin(), server.addresses.end(), Address(words)) != server.addresses.end();
}

void take(const nlmsghdr* header, const Server& server, std::set<std::uint64_t>& out) {
    const auto* socket = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
    if (socket->id.idiag_sport != server.app_port.network() || !serves(*socket, server)) return;
    out.insert(std::uint64_t{socket->id.idiag_cookie[1]} << 32 | socket->id.idiag_cookie[0]);
}

Result<void> list(__u8 family, const Server& server, std::set<std::uint64_t>& out) {
    inet_diag_req_v2 message{};
    message.sdiag_family = family;
    message.sdiag_protocol = IPPROTO_TCP;
    message.idiag_states = 1U << TCP_LISTEN;
    const UniqueFd socket = request_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, message);
    if (!socket) return fail_errno("list the listening sockets");

    alignas(nlmsghdr) char answer[32 * 1024];
    for (;;) {
        const ssize_t got = recv(socket.get(), answer, sizeof answer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_errno("list the listening sockets");
        auto size = static_cast<unsigned>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(header, size);
             header = NLMSG_NEXT(header, size)) {
            if (header->nlmsg_type == NLMSG_DONE) return {};
            if (header->nlmsg_type == NLMSG_ERROR)
                return fail(Errc::kFailed, "list the listening sockets: the kernel refused");
            take(header, server, out);
        }
    }
}

}  // namespace

Result<std::set<std::uint64_t>> listeners(const Server& server) {
    std::set<std::uint64_t> out;
    for (const __u8 family : {__u8{AF_INET}, __u8{AF_INET6}})
        if (auto listed = list(family, server, out); !listed) return tl::unexpected(listed.error());
    return out;
}

}  // namespace zdr::ctl
