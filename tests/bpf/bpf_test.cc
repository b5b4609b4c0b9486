#include "bpf_test.h"

#include "zdr/model/server.h"

namespace zdr::test {
namespace {

Server server(const char* name, std::uint16_t app_port, std::uint16_t status_port, const char* address) {
    Server out;
    out.name = name;
    out.app_port = Port(app_port);
    out.status_port = Port(status_port);
    if (address != nullptr) out.addresses.push_back(Address::parse(address).value());
    return out;
}

}  // namespace

void BpfTest::SetUp() {
    enter_new_network();
    zdr_.emplace();
    std::vector<Server> servers{server("webA", kAppPort, kStatusPort, nullptr),
                                server("webB", kExactAppPort, kExactStatusPort, "127.0.0.7"),
                                server("webC", kExactAppPort, kExactStatusPort, "::1")};
    servers[0].backup_status_port = Port(kBackupStatusPort);
    zdr_->serve(servers);
}

void BpfTest::expect_untouched(int program, const Bytes& packet) const {
    const Outcome outcome = run_once(program, packet);

    ASSERT_EQ(outcome.error, 0) << hex(packet);
    EXPECT_EQ(outcome.verdict, kPass) << hex(packet);
    EXPECT_EQ(outcome.packet, packet) << hex(packet) << " became " << hex(outcome.packet);
}

void BpfTest::expect_untouched(const Bytes& packet) const {
    expect_untouched(zdr_->ingress(), packet);
    expect_untouched(zdr_->egress(), packet);
}

Bytes BpfTest::expect_rewritten(const Bytes& packet, std::size_t tcp_offset, std::uint16_t app_port) const {
    const Outcome outcome = run_once(zdr_->ingress(), packet);

    EXPECT_EQ(outcome.error, 0) << hex(packet);
    EXPECT_EQ(outcome.verdict, kPass);
    if (outcome.packet.size() != packet.size()) {
        ADD_FAILURE() << "the size has changed";
        return packet;
    }
    EXPECT_EQ(read16(outcome.packet, tcp_offset + 2), app_port) << hex(packet);
    EXPECT_GE(read16(outcome.packet, tcp_offset), 61000);
    EXPECT_TRUE(has_right_tcp_checksum(outcome.packet, tcp_offset)) << hex(outcome.packet);

    Bytes rest = outcome.packet;  // all but the ports and the checksum is as it was
    for (const std::size_t field : {0U, 2U, 16U}) write16(rest, tcp_offset + field, read16(packet, tcp_offset + field));
    EXPECT_EQ(rest, packet);
    return outcome.packet;
}

std::size_t tcp_offset_of(const Packet& packet) {
    return kEthernet + (packet.is_v6() ? kIpv6 + packet.extensions.size() * 8 : kIpv4 + packet.ip_options.size());
}

}  // namespace zdr::test
