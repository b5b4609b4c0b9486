// One question to the kernel by netlink(7): for all of a kind. The answers are read by who asks.
#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstdint>

#include "zdr/base/unique_fd.h"

namespace zdr {

// A socket on which the answers to a dump request arrive: protocol is NETLINK_ROUTE, type RTM_GETLINK and the like, and
// message what follows the header for it. No socket, and errno, where it cannot be asked.
template <class Message>
UniqueFd request_dump(int protocol, std::uint16_t type, const Message& message) {
    struct {
        nlmsghdr header;
        Message message;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.message = message;
    UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (socket && send(socket.get(), &request, sizeof request, 0) != sizeof request) return UniqueFd();
    return socket;
}

}  // namespace zdr
