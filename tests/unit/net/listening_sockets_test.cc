// Listening sockets of this very process, as the kernel lists them.
#include "zdr/net/listening_sockets.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "zdr/base/unique_fd.h"

#include "unit/net/address_of.h"

namespace zdr {
namespace {

using test::address;

struct Listener {
    UniqueFd fd;
    std::optional<ListeningSocket> listed;
};

// Listens on a port that the kernel chooses, and finds that socket in the list by its inode.
Listener listen_on(const in6_addr& address, bool is_v6_only) {
    Listener out{UniqueFd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
    const int only = is_v6_only ? 1 : 0;
    sockaddr_in6 place{};
    place.sin6_family = AF_INET6;
    place.sin6_addr = address;
    struct stat info {};
    if (setsockopt(out.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0 ||
        bind(out.fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0 ||
        listen(out.fd.get(), 1) != 0 || fstat(out.fd.get(), &info) != 0)
        return out;
    const auto all = listening_sockets();
    EXPECT_TRUE(all) << (all ? "" : all.error().text);
    EXPECT_TRUE(std::is_sorted(all->begin(), all->end(),
                               [](const auto& a, const auto& b) { return a.port.host() < b.port.host(); }));
    for (const ListeningSocket& one : *all)
        if (one.inode == info.st_ino) out.listed = one;
    return out;
}

TEST(ListeningSockets, OnAnyAddressTakesBothFamilies) {
    const Listener one = listen_on(in6addr_any, false);

    ASSERT_TRUE(one.listed);
    EXPECT_EQ(one.listed->uid, getuid());
    EXPECT_TRUE(one.listed->is_on_any());
    EXPECT_TRUE(one.listed->takes(address("127.0.0.1")));
    EXPECT_TRUE(one.listed->takes(address("::1")));
}

TEST(ListeningSockets, OfIPv6OnlyTakesNoIPv4) {
    const Listener one = listen_on(in6addr_any, true);

    ASSERT_TRUE(one.listed);
    EXPECT_TRUE(one.listed->is_v6_only);
    EXPECT_FALSE(one.listed->takes(address("127.0.0.1")));
    EXPECT_TRUE(one.listed->takes(address("::1")));
}

TEST(ListeningSockets, OnAMappedAddressTakesThatIPv4Address) {
    in6_addr mapped{};
    const Address::Words words = address("127.0.0.1").words();
    std::memcpy(&mapped, words.data(), sizeof mapped);
    const Listener one = listen_on(mapped, false);

    ASSERT_TRUE(one.listed);
    EXPECT_FALSE(one.listed->is_on_any());
    EXPECT_TRUE(one.listed->takes(address("127.0.0.1")));
    EXPECT_FALSE(one.listed->takes(address("127.0.0.2")));
}

}  // namespace
}  // namespace zdr
