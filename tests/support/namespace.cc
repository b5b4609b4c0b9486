#include "support/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <future>
#include <stdexcept>

#include "support/deadline.h"
#include "support/require.h"

namespace zdr::test {
namespace {

// std::async with its own thread: a thread may have another network namespace than its process.
void on_a_thread(const std::function<void()>& function) {
    std::async(std::launch::async, function).get();
}

std::string route_to(const std::string& host) {
    return test::run({"ip", "route", "get", host}).out;
}

}  // namespace

NetNamespace::NetNamespace() {
    on_a_thread([this] {
        require(unshare(CLONE_NEWNET) == 0, "unshare");
        fd_ = require_fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the namespace");
        ip({"link", "set", "lo", "up"});
    });
}

void NetNamespace::run(const std::function<void()>& function) const {
    on_a_thread([&] {
        require(setns(fd_.get(), CLONE_NEWNET) == 0, "setns");
        function();
    });
}

std::string NetNamespace::path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_.get());
}

void ip(const Command& arguments) {
    must_run(Command{"ip"} + arguments);
}

void add_address(const std::string& address, const std::string& interface) {
    const std::string host = address.substr(0, address.find('/'));
    ip({"addr", "add", address, "dev", interface, "nodad"});
    // The kernel adds the routes of IPv6 addresses in its own time.
    if (!eventually([&] { return route_to(host).starts_with("local "); }))
        throw std::runtime_error("no route to " + address);
}

void connect_hosts(const NetNamespace& there) {
    ip({"link", "add", "zdr0", "type", "veth", "peer", "name", "zdr1", "netns", there.path()});
    ip({"link", "set", "zdr0", "up"});
    there.run([] {
        ip({"link", "set", "zdr1", "up"});
        add_address("10.9.0.2/24", "zdr1");
        add_address("fd09::2/64", "zdr1");
    });
    add_address("10.9.0.1/24", "zdr0");
    add_address("fd09::1/64", "zdr0");
    if (!eventually([] { return !route_to("fd09::2").empty(); })) throw std::runtime_error("no route to fd09::2");
}

}  // namespace zdr::test
