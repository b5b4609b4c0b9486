// Questions to the kernel by netlink(7) for all of a kind (a dump): one whole answer, or an error that says why not.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "zdr/base/error.h"

namespace zdr {

// Takes one message of an answer: its payload follows the header (NLMSG_DATA), nlmsg_len bytes with it.
using VisitMessage = std::function<void(const nlmsghdr& message)>;

// Sends a request (a whole message, aligned as nlmsghdr) by a socket and visits each message of the answer once it is
// whole. Sets the request's sequence number. Asks again when the list changed while the kernel wrote it down
// (NLM_F_DUMP_INTR). Messages of other senders than the kernel, or with other sequence numbers, are skipped. Errors: of
// send() and recv(), what the kernel answers instead (its errno), a list that changes during each of five attempts.
Result<void> dump_by(int socket, std::span<std::byte> request, const VisitMessage& visit);

// The same by a socket of its own; protocol is NETLINK_ROUTE and the like.
Result<void> dump_request(int protocol, std::span<std::byte> request, const VisitMessage& visit);

// The same; type is RTM_GETLINK and the like, payload what follows the header for it.
template <class Payload>
Result<void> dump(int protocol, std::uint16_t type, const Payload& payload, const VisitMessage& visit) {
    struct {
        nlmsghdr header;
        Payload payload;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.payload = payload;
    return dump_request(protocol, std::as_writable_bytes(std::span(&request, 1)), visit);
}

}  // namespace zdr
