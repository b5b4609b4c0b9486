// Much data through the status port, with what network cards do for the kernel switched on and off.
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <system_error>

#include "remote_container.h"
#include "remote_echo.h"

namespace zdr::test {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

// As "ethtool -K INTERFACE tx off" and the like (linux/ethtool.h).
void switch_off(const std::string& interface, std::initializer_list<unsigned> features) {
    const Attempt any = open_socket(AF_INET, {.type = SOCK_DGRAM});
    for (const unsigned feature : features) {
        ethtool_value value{feature, 0};
        ifreq request{};
        interface.copy(request.ifr_name, IFNAMSIZ - 1);
        request.ifr_data = reinterpret_cast<char*>(&value);
        if (ioctl(any.fd.get(), SIOCETHTOOL, &request) != 0)
            throw std::system_error(errno, std::generic_category(), "switch an offload off");
    }
}

void switch_all_off(const std::string& interface) {
    switch_off(interface, {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM});
}

void expect_a_megabyte(const NetNamespace& client) {
    const std::string data = many_bytes(kMegabyte);
    for (const char* address : kServerAddresses) {
        const Attempt connected = connect_from(client, address, 2000);
        ASSERT_EQ(connected.refusal(), "") << address;
        EXPECT_TRUE(say(connected.fd, data) == data) << address;
    }
}

using RemoteOffloadTest = RemoteTest;
using RemoteContainerOffloadTest = RemoteContainerTest;

TEST_F(RemoteOffloadTest, AMegabyteArrives) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);

    expect_a_megabyte(client());
}

TEST_F(RemoteOffloadTest, AMegabyteArrivesWithoutOffloads) {
    switch_all_off("zdr0");
    client().run([] { switch_all_off("zdr1"); });
    load(kRemoteWebA);
    const Echo echo("::", 1000);

    expect_a_megabyte(client());
}

TEST_F(RemoteContainerOffloadTest, AMegabyteArrives) {
    const auto echo = make_in<Echo>(container(), "::", 1000);

    expect_a_megabyte(client());
}

TEST_F(RemoteContainerOffloadTest, AMegabyteArrivesWithoutOffloads) {
    for (const char* interface : {"zdr0", "zdr2"}) switch_all_off(interface);
    client().run([] { switch_all_off("zdr1"); });
    container().run([] { switch_all_off("zdr3"); });
    const auto echo = make_in<Echo>(container(), "::", 1000);

    expect_a_megabyte(client());
}

}  // namespace
}  // namespace zdr::test
