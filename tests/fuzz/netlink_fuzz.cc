// What the kernel answers by netlink. Here the input is the kernel: each line of it is a message, an empty line ends a
// datagram. A line begins with what the message is (capital letters: an answer to the first request, small ones: to the
// second), and goes on with its payload in hexadecimal digits.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "fuzz_target.h"
#include "zdr/base/unique_fd.h"
#include "zdr/net/interfaces.h"
#include "zdr/net/listening_sockets.h"
#include "zdr/net/nat/nft_tables.h"
#include "zdr/net/port_clients.h"
#include "zdr/net/tc_filter.h"

namespace zdr::test {
namespace {

std::vector<std::string> datagrams;  // that the next sockets find

std::string bytes_of(std::string_view digits) {
    const auto value = [](char digit) { return digit <= '9' ? digit & 0xf : (digit & 0xf) + 9; };
    std::string out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out += static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1]));
    return out;
}

// L: a link, F: a filter, D: the end, E: an error, I: an entry of a list that changes, R: raw bytes; else an entry.
std::string message_of(std::string_view line) {
    const char kind = static_cast<char>(line.front() & ~0x20);
    std::string payload = bytes_of(line.substr(1));
    if (kind == 'R') return payload;
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(payload.size()));
    header.nlmsg_seq = (line.front() & 0x20) == 0 ? 1 : 2;
    header.nlmsg_flags = kind == 'I' ? NLM_F_DUMP_INTR : 0;
    header.nlmsg_type = kind == 'D'   ? NLMSG_DONE
                        : kind == 'E' ? NLMSG_ERROR
                        : kind == 'F' ? RTM_NEWTFILTER
                                      : RTM_NEWLINK;
    payload.resize(NLMSG_ALIGN(payload.size()));
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + payload;
}

void read_datagrams(std::string_view input) {
    datagrams.clear();
    std::string datagram;
    constexpr std::size_t kMost = 32;
    while (!input.empty() && datagrams.size() < kMost) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (!line.empty()) datagram += message_of(line);
        if ((line.empty() || input.empty()) && !datagram.empty()) datagrams.push_back(std::exchange(datagram, {}));
    }
}

// The kernel's end stays open until the next one, so that requests can be sent.
int netlink_socket() {
    static UniqueFd kernel;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return -1;
    kernel.reset(ends[1]);
    for (const std::string& one : datagrams) (void)send(ends[1], one.data(), one.size(), MSG_NOSIGNAL);
    shutdown(ends[1], SHUT_WR);
    return ends[0];
}

template <class Value>
void require_answer(const Result<Value>& answer) {
    if (!answer) require_sentence(answer.error().text);
}

void try_sockets() {
    const auto sockets = listening_sockets();
    require_answer(sockets);
    if (!sockets) return;
    std::uint16_t before = 0;
    for (const ListeningSocket& one : *sockets) {
        require(one.port.host() != 0 && one.port.host() >= before, "not sorted by port");
        before = one.port.host();
        const Address local = *Address::parse("127.0.0.1");
        require(!one.is_on_any() || one.is_v6 || one.takes(local), "a socket for every address takes none");
    }
}

}  // namespace

void try_input(std::string_view input) {
    read_datagrams(input);
    try_sockets();
    require_answer(port_clients({Port(1000), Port(2000)}));
    require_answer(find_interfaces({"auto"}));
    require_answer(program_of({.interface_index = 2, .is_ingress = true, .handle = 1, .priority = 1}));
    require_answer(list_nat_tables());
}

}  // namespace zdr::test

// The library's sockets are these: the program's own functions come before those of shared libraries.
extern "C" int socket(int domain, int /*type*/, int /*protocol*/) noexcept {
    if (domain == AF_NETLINK) return zdr::test::netlink_socket();
    errno = EAFNOSUPPORT;
    return -1;
}
