#include "remote_tun.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace zdr::test {
namespace {

void copy_packet(int from, int to) {
    std::vector<char> packet(64 * 1024);
    const ssize_t size = read(from, packet.data(), packet.size());
    if (size > 0) (void)!write(to, packet.data(), static_cast<std::size_t>(size));
}

}  // namespace

UniqueFd open_tun(const std::string& name, const std::string& host) {
    UniqueFd fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (!fd || ioctl(fd.get(), TUNSETIFF, &request) != 0)
        throw std::system_error(errno, std::generic_category(), "make a tun device");
    ip({"addr", "add", "10.7.0." + host + "/24", "dev", name});
    ip({"addr", "add", "fd07::" + host + "/64", "dev", name, "nodad"});
    ip({"link", "set", name, "up"});
    return fd;
}

RemoteTun::RemoteTun(const NetNamespace& there) : here_(open_tun("zdrtun0", "1")), stop_(eventfd(0, EFD_CLOEXEC)) {
    there.run([this] { there_ = open_tun("zdrtun1", "2"); });
    thread_ = std::thread([this] { carry(); });
}

RemoteTun::~RemoteTun() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
}

void RemoteTun::carry() const {
    pollfd events[] = {{here_.get(), POLLIN, 0}, {there_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (poll(events, 3, -1) >= 0 && events[2].revents == 0) {
        if (events[0].revents != 0) copy_packet(here_.get(), there_.get());
        if (events[1].revents != 0) copy_packet(there_.get(), here_.get());
    }
}

}  // namespace zdr::test
