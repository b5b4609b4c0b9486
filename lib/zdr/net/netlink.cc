#include "zdr/net/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <vector>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

constexpr unsigned kAttempts = 5;

// Headers lie at multiples of their alignment in it.
using Buffer = std::vector<nlmsghdr>;

struct Answer {
    std::vector<Buffer> parts;
    bool is_interrupted = false;  // the list changed meanwhile: some entries may be missing, or there twice
};

template <class Call>
ssize_t retry(Call call) {
    for (;;) {
        const ssize_t done = call();
        if (done >= 0 || errno != EINTR) return done;
    }
}

bool is_from_kernel(const sockaddr_nl& from, socklen_t size) {
    return size < sizeof from || from.nl_family != AF_NETLINK || from.nl_pid == 0;
}

// The next datagram, however long it is; empty: it counts for nothing.
Result<Buffer> receive(int socket) {
    constexpr const char* kWhat = "read the answer";
    const ssize_t size = retry([&] { return recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC); });
    if (size < 0) return fail_errno(kWhat);
    Buffer out((static_cast<std::size_t>(size) + sizeof(nlmsghdr) - 1) / sizeof(nlmsghdr));
    sockaddr_nl from{};
    iovec place{out.data(), out.size() * sizeof(nlmsghdr)};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    const ssize_t got = retry([&] { return recvmsg(socket, &message, 0); });
    if (got < 0) return fail_errno(kWhat);
    if (got == 0) return fail(Errc::kFailed, "the answer ends before its last message");
    if ((message.msg_flags & MSG_TRUNC) != 0) return fail(Errc::kFailed, "the answer is longer than announced");
    if (!is_from_kernel(from, message.msg_namelen)) out.clear();
    return out;
}

// The errno that follows the header of NLMSG_ERROR and NLMSG_DONE, there below 0; 0: none.
int error_in(const nlmsghdr& message) {
    int out = 0;
    if (message.nlmsg_len >= NLMSG_LENGTH(sizeof out)) std::memcpy(&out, NLMSG_DATA(&message), sizeof out);
    return -std::max(out, -INT_MAX);
}

bool is_control(const nlmsghdr& message) {
    return message.nlmsg_type < NLMSG_MIN_TYPE;
}

// Calls visit for each message of the answer until it returns false.
template <class Visit>
void for_each(const Buffer& part, std::uint32_t sequence, Visit visit) {
    auto left = static_cast<unsigned>(part.size() * sizeof(nlmsghdr));
    for (const nlmsghdr* one = part.data(); NLMSG_OK(one, left); one = NLMSG_NEXT(one, left))
        if (one->nlmsg_seq == sequence && !visit(*one)) return;
}

Result<Answer> read_answer(int socket, std::uint32_t sequence) {
    Answer out;
    for (;;) {
        auto part = receive(socket);
        if (!part) return tl::unexpected(std::move(part.error()));
        std::optional<int> end;
        for_each(*part, sequence, [&](const nlmsghdr& one) {
            out.is_interrupted = out.is_interrupted || (one.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (one.nlmsg_type == NLMSG_OVERRUN) end = ENOBUFS;
            if (one.nlmsg_type == NLMSG_DONE) end = error_in(one);
            if (one.nlmsg_type == NLMSG_ERROR && error_in(one) != 0) end = error_in(one);
            return !end;
        });
        if (end && *end != 0) return fail_errno("the kernel refused", *end);
        out.parts.push_back(std::move(*part));
        if (end) return out;
    }
}

}  // namespace

Result<void> dump_by(int socket, std::span<std::byte> request, const VisitMessage& visit) {
    auto* header = reinterpret_cast<nlmsghdr*>(request.data());
    for (std::uint32_t sequence = 1; sequence <= kAttempts; ++sequence) {
        header->nlmsg_seq = sequence;
        if (retry([&] { return send(socket, request.data(), request.size(), MSG_NOSIGNAL); }) < 0)
            return fail_errno("send the request");
        const auto answer = read_answer(socket, sequence);
        if (!answer) return tl::unexpected(answer.error());
        if (answer->is_interrupted) continue;
        for (const Buffer& part : answer->parts)
            for_each(part, sequence, [&](const nlmsghdr& one) {
                if (!is_control(one)) visit(one);
                return one.nlmsg_type != NLMSG_DONE;
            });
        return {};
    }
    return fail(Errc::kFailed, "the list changes faster than the kernel writes it down");
}

Result<void> dump_request(int protocol, std::span<std::byte> request, const VisitMessage& visit) {
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!socket) return fail_errno("open a netlink socket");
    return dump_by(socket.get(), request, visit);
}

}  // namespace zdr
