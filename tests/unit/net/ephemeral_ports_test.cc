#include "zdr/net/ephemeral_ports.h"

#include <gtest/gtest.h>

namespace zdr::test {
namespace {

TEST(PortRanges, AreReadAndWrittenAsTheKernelHasThem) {
    EXPECT_EQ(parse_ranges("8080,9148-9150\n"), (std::vector<PortRange>{{8080, 8080}, {9148, 9150}}));
    EXPECT_EQ(parse_ranges("\n"), std::vector<PortRange>{});
    EXPECT_EQ(parse_ranges("9-1,5"), (std::vector<PortRange>{{5, 5}}));
    EXPECT_EQ(format_ranges({{5, 5}, {1, 2}, {3, 3}, {1, 1}}), "1-3,5");
}

TEST(EphemeralPorts, IncludeWhatIsNotReserved) {
    const EphemeralPorts ports{{32768, 60999}, {{40000, 40001}}};

    for (const int port : {32768, 39999, 40002, 60999})
        EXPECT_TRUE(ports.include(Port(static_cast<std::uint16_t>(port)))) << port;
    for (const int port : {32767, 40000, 40001, 61000})
        EXPECT_FALSE(ports.include(Port(static_cast<std::uint16_t>(port)))) << port;
}

TEST(EphemeralPorts, SayWhichStatusPortsTheyInclude) {
    const EphemeralPorts ports{{32768, 60999}};

    EXPECT_EQ(ports.describe_status_ports({{40001, 40001}, {40000, 40000}}),
              "status port 40000-40001 is in the ephemeral range 32768-60999");
}

TEST(EphemeralPorts, AreThoseOfTheKernel) {
    const auto ports = ephemeral_ports();

    ASSERT_TRUE(ports) << ports.error().text;
    EXPECT_GT(ports->range.first, 0);
    EXPECT_LE(ports->range.first, ports->range.last);
}

}  // namespace
}  // namespace zdr::test
