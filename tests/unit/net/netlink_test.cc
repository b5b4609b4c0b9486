// The reader of netlink dumps. The real kernel cannot be made to interrupt a dump, to refuse it half-way or to send too
// much at once whenever a test wants it, so here the other end of a socket pair plays the kernel. What the real kernel
// answers, the tests of listening_sockets() and of the loader's interfaces read.
#include "zdr/net/netlink.h"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

using Datagram = std::string;
using Datagrams = std::vector<Datagram>;
// The datagrams that answer a request with this sequence number.
using Answer = std::function<Datagrams(std::uint32_t sequence)>;

Datagram message(std::uint16_t type, std::uint32_t sequence, std::uint16_t flags, std::string payload) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(payload.size()));
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = sequence;
    payload.resize(NLMSG_ALIGN(payload.size()));
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + payload;
}

Datagram entry(std::uint32_t sequence, const std::string& text, std::uint16_t flags = 0) {
    return message(RTM_NEWLINK, sequence, static_cast<std::uint16_t>(NLM_F_MULTI | flags), text);
}

Datagram numbered(std::uint16_t type, std::uint32_t sequence, int number, std::uint16_t flags = 0) {
    return message(type, sequence, flags, std::string(reinterpret_cast<const char*>(&number), sizeof number));
}

Datagram done(std::uint32_t sequence, std::uint16_t flags = 0) {
    return numbered(NLMSG_DONE, sequence, 0, flags);
}

struct Outcome {
    Result<void> result;
    std::vector<std::string> visited;  // the payloads
    std::size_t asked = 0;
};

std::string text_of(const nlmsghdr& one) {
    return {static_cast<const char*>(NLMSG_DATA(&one)), one.nlmsg_len - NLMSG_HDRLEN};
}

// A request for all links, on its way to the kernel or to who plays it.
struct Request {
    nlmsghdr header{};
    ifinfomsg payload{};

    Request() {
        header.nlmsg_len = sizeof *this;
        header.nlmsg_type = RTM_GETLINK;
        header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    }
};

Result<void> ask(int socket, std::vector<std::string>& visited) {
    Request request;
    return dump_by(socket, std::as_writable_bytes(std::span(&request, 1)),
                   [&](const nlmsghdr& one) { visited.push_back(text_of(one)); });
}

// Each request gets the next of the answers; after the last one the kernel is gone.
Outcome dump_from(const std::vector<Answer>& answers) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    const UniqueFd mine(ends[0]);
    UniqueFd kernels(ends[1]);
    Outcome out;
    std::thread kernel([&] {
        for (const Answer& answer : answers) {
            Request request;
            if (recv(kernels.get(), &request, sizeof request, 0) != sizeof request) break;
            EXPECT_EQ(request.header.nlmsg_type, RTM_GETLINK);
            EXPECT_EQ(request.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
            ++out.asked;
            for (const Datagram& one : answer(request.header.nlmsg_seq))
                if (send(kernels.get(), one.data(), one.size(), MSG_NOSIGNAL) < 0) break;
        }
        kernels.reset();
    });
    out.result = ask(mine.get(), out.visited);
    shutdown(mine.get(), SHUT_RDWR);
    kernel.join();
    return out;
}

using Texts = std::vector<std::string>;

TEST(Netlink, VisitsEachMessageOfAllDatagrams) {
    const auto outcome = dump_from({[](auto sequence) {
        return Datagrams{entry(sequence, "one") + entry(sequence, "two"),
                         message(NLMSG_NOOP, sequence, 0, "") + entry(sequence, "three"), done(sequence)};
    }});

    ASSERT_TRUE(outcome.result) << outcome.result.error().text;
    EXPECT_EQ(outcome.visited, (Texts{"one", "two", "three"}));
}

TEST(Netlink, AsksAgainWhenTheListChangedMeanwhile) {
    const auto interrupted_entry = [](auto sequence) {
        return Datagrams{entry(sequence, "old"), entry(sequence, "older", NLM_F_DUMP_INTR), done(sequence)};
    };
    const auto interrupted_end = [](auto sequence) {
        return Datagrams{entry(sequence, "old") + done(sequence, NLM_F_DUMP_INTR)};
    };
    const auto whole = [](auto sequence) { return Datagrams{entry(sequence, "new") + done(sequence)}; };

    const auto outcome = dump_from({interrupted_entry, interrupted_end, whole});

    ASSERT_TRUE(outcome.result) << outcome.result.error().text;
    EXPECT_EQ(outcome.visited, Texts{"new"});
}

TEST(Netlink, ListThatChangesEachTimeIsAnError) {
    const Answer interrupted = [](auto sequence) {
        return Datagrams{entry(sequence, "old") + done(sequence, NLM_F_DUMP_INTR)};
    };

    const auto outcome = dump_from(std::vector<Answer>(10, interrupted));

    ASSERT_FALSE(outcome.result);
    EXPECT_EQ(outcome.result.error().text, "the list changes faster than the kernel writes it down");
    EXPECT_EQ(outcome.asked, 5U);
    EXPECT_EQ(outcome.visited, Texts{});
}

TEST(Netlink, DatagramOfAnyLengthIsReadWhole) {
    const std::string longer(60'000, 'x');

    const auto outcome = dump_from({[&](auto sequence) {
        return Datagrams{entry(sequence, longer) + entry(sequence, "after it"), done(sequence)};
    }});

    ASSERT_TRUE(outcome.result) << outcome.result.error().text;
    EXPECT_EQ(outcome.visited, (Texts{longer, "after it"}));
}

TEST(Netlink, ErrorKeepsTheKernelsErrno) {
    for (const auto type : {std::uint16_t{NLMSG_ERROR}, std::uint16_t{NLMSG_DONE}}) {
        const auto outcome = dump_from({[&](auto sequence) {
            return Datagrams{entry(sequence, "one"), numbered(type, sequence, -EPERM)};
        }});

        ASSERT_FALSE(outcome.result);
        EXPECT_EQ(outcome.result.error().code, std::errc::operation_not_permitted);
        EXPECT_EQ(outcome.result.error().text, "the kernel refused: Operation not permitted");
        EXPECT_EQ(outcome.visited, Texts{}) << "half an answer";
    }
}

TEST(Netlink, ErrorThatIsNoErrnoIsAnError) {
    const auto outcome = dump_from(
        {[&](auto sequence) { return Datagrams{numbered(NLMSG_ERROR, sequence, std::numeric_limits<int>::min())}; }});

    EXPECT_FALSE(outcome.result);
}

TEST(Netlink, OtherSequenceNumbersAreSkipped) {
    const auto outcome = dump_from({[](auto sequence) {
        return Datagrams{entry(sequence + 1, "not mine") + done(sequence + 1), entry(sequence, "mine"),
                         numbered(NLMSG_ERROR, sequence - 1, -EPERM), done(sequence)};
    }});

    ASSERT_TRUE(outcome.result) << outcome.result.error().text;
    EXPECT_EQ(outcome.visited, Texts{"mine"});
}

TEST(Netlink, AnswerWithoutItsLastMessageIsAnError) {
    const auto outcome = dump_from({[](auto sequence) { return Datagrams{entry(sequence, "one")}; }});

    ASSERT_FALSE(outcome.result);
    EXPECT_EQ(outcome.result.error().text, "the answer ends before its last message");
    EXPECT_EQ(outcome.visited, Texts{});
}

// A netlink socket of its own, and where others reach it.
struct Peer {
    UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK)};
    sockaddr_nl at{};

    Peer() {
        at.nl_family = AF_NETLINK;
        socklen_t size = sizeof at;
        EXPECT_EQ(bind(fd.get(), address(), sizeof at), 0);
        EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    }
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&at); }
};

// By NETLINK_USERSOCK a process may send to another one's netlink socket: the sender has a port, as the kernel has not.
TEST(Netlink, OtherSendersThanTheKernelAreSkipped) {
    const Peer mine;
    const Peer other;
    const timeval soon{0, 1000};
    ASSERT_EQ(setsockopt(mine.fd.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
    ASSERT_EQ(connect(mine.fd.get(), other.address(), sizeof other.at), 0);
    const Datagram whole = entry(1, "forged") + done(1);
    ASSERT_GT(sendto(other.fd.get(), whole.data(), whole.size(), 0, mine.address(), sizeof mine.at), 0);

    std::vector<std::string> visited;
    const auto result = ask(mine.fd.get(), visited);

    ASSERT_FALSE(result) << "the forged answer was taken";
    EXPECT_EQ(result.error().code, std::errc::resource_unavailable_try_again) << result.error().text;
    EXPECT_EQ(visited, Texts{});
}

// As anybody may ask it: nobody sends this type.
TEST(Netlink, RealKernelsRefusalKeepsItsErrno) {
    const auto result = dump(NETLINK_ROUTE, RTM_MAX, ifinfomsg{}, [](const nlmsghdr&) {});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code.category(), std::generic_category()) << result.error().text;
}

}  // namespace
}  // namespace zdr
