// A check whose first packet arrives in fragments, from a host that the test itself plays: packet by packet, by hand.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <vector>

#include "remote_hosts.h"
#include "remote_tun.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

constexpr std::uint16_t kOwnPort = 40000;
constexpr std::uint32_t kFirst = 1000;  // sequence number of the SYN
constexpr std::uint16_t kMoreFragments = 0x2000;

using Bytes = std::vector<std::uint8_t>;

std::uint16_t checksum(const Bytes& bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return htons(static_cast<std::uint16_t>(~sum));
}

template <class Header>
Bytes bytes_of(const Header& header) {
    Bytes out(sizeof header);
    std::memcpy(out.data(), &header, sizeof header);
    return out;
}

// From 10.7.0.2 to 10.7.0.1: this part of a segment, offset in bytes.
Bytes packet(const Bytes& segment, std::size_t offset, std::size_t size) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = 5;
    ip.tot_len = htons(static_cast<std::uint16_t>(sizeof ip + size));
    ip.id = htons(7);
    const bool is_last = offset + size == segment.size();
    ip.frag_off = htons(static_cast<std::uint16_t>(offset / 8 | (is_last ? 0 : kMoreFragments)));
    ip.ttl = 64;
    ip.protocol = IPPROTO_TCP;
    ip.saddr = inet_addr("10.7.0.2");
    ip.daddr = inet_addr("10.7.0.1");
    ip.check = checksum(bytes_of(ip));
    Bytes out = bytes_of(ip);
    const auto begin = segment.begin() + static_cast<std::ptrdiff_t>(offset);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    return out;
}

// A segment to port 2000, with 8 bytes of options that say nothing.
Bytes segment(std::uint16_t flags, std::uint32_t sequence, std::uint32_t acknowledged) {
    tcphdr tcp{};
    tcp.source = htons(kOwnPort);
    tcp.dest = htons(2000);
    tcp.seq = htonl(sequence);
    tcp.ack_seq = htonl(acknowledged);
    tcp.doff = 7;
    tcp.th_flags = static_cast<std::uint8_t>(flags);
    tcp.window = htons(64000);
    Bytes out = bytes_of(tcp);
    out.insert(out.end(), 8, TCPOPT_NOP);
    Bytes summed = {10, 7, 0, 2, 10, 7, 0, 1, 0, IPPROTO_TCP, 0, static_cast<std::uint8_t>(out.size())};
    summed.insert(summed.end(), out.begin(), out.end());
    tcp.check = checksum(summed);
    std::memcpy(out.data(), &tcp, sizeof tcp);
    return out;
}

struct Answer {
    tcphdr header;
    std::string text;
};

class RemoteFragmentTest : public RemoteTest {
  protected:
    void SetUp() override {
        RemoteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        tun_ = open_tun("zdrtun0", "1");
        load(kRemoteEverywhere);
    }

    // The size of each fragment but the last is a multiple of 8.
    void send_in_fragments(const Bytes& whole, std::size_t size) const {
        for (std::size_t at = 0; at < whole.size(); at += size) {
            const Bytes one = packet(whole, at, std::min(size, whole.size() - at));
            ASSERT_EQ(write(tun_.get(), one.data(), one.size()), static_cast<ssize_t>(one.size()));
        }
    }
    // The next TCP segment for us; what else the device sends is left out.
    std::optional<Answer> receive() const {
        Bytes got(64 * 1024);
        pollfd event{tun_.get(), POLLIN, 0};
        while (poll(&event, 1, static_cast<int>(stretched(std::chrono::seconds(5)).count())) == 1) {
            const ssize_t size = read(tun_.get(), got.data(), got.size());
            iphdr ip{};
            Answer out{};
            if (size < static_cast<ssize_t>(sizeof ip + sizeof out.header)) continue;
            std::memcpy(&ip, got.data(), sizeof ip);
            if (ip.version != 4 || ip.protocol != IPPROTO_TCP) continue;
            std::memcpy(&out.header, got.data() + ip.ihl * 4, sizeof out.header);
            const auto begin = got.begin() + ip.ihl * 4 + out.header.doff * 4;
            out.text.assign(begin, got.begin() + size);
            return out;
        }
        return std::nullopt;
    }

  private:
    UniqueFd tun_;
};

TEST_F(RemoteFragmentTest, ReachesTheApp) {
    const App app("app", "0.0.0.0", 1000);

    send_in_fragments(segment(TH_SYN, kFirst, 0), 8);
    const auto agreed = receive();
    ASSERT_TRUE(agreed);
    ASSERT_EQ(agreed->header.th_flags & (TH_SYN | TH_ACK | TH_RST), TH_SYN | TH_ACK);
    EXPECT_EQ(ntohs(agreed->header.source), 2000);
    send_in_fragments(segment(TH_ACK, kFirst + 1, ntohl(agreed->header.seq) + 1), 8);

    const auto said = receive();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->text, "app");
    EXPECT_EQ(app.accepted(), 1);
    EXPECT_EQ(zdr().redirected("webA"), 1);
    EXPECT_EQ(zdr().refused("webA"), 0);
}

TEST_F(RemoteFragmentTest, DrainedIsRefused) {
    const App app("app", "0.0.0.0", 1000);
    flip("drain", "webA");

    send_in_fragments(segment(TH_SYN, kFirst, 0), 8);

    const auto refused = receive();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->header.th_flags & TH_RST, TH_RST);
    EXPECT_EQ(ntohs(refused->header.source), 2000);
    EXPECT_EQ(zdr().refused("webA"), 1);
}

}  // namespace
}  // namespace zdr::test
