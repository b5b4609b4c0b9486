#include "throw_away_host.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <unistd.h>

#include <thread>
#include <utility>
#include <vector>

#include "zdr/base/run_tool.h"

namespace zdr::loader {
namespace {

constexpr const char* kTheirInterface = "eth0";

Result<void> ip(std::vector<std::string> arguments) {
    const auto tool = find_tool("ip");
    if (!tool) return fail(Errc::kFailed, "ip is not installed; install iproute2");
    arguments.insert(arguments.begin(), *tool);
    const auto done = run_tool(arguments);
    if (!done) return tl::unexpected(done.error());
    return {};
}

Result<UniqueFd> make_namespace() {
    Result<UniqueFd> out = fail(Errc::kFailed, "no thread");
    std::thread([&] {
        if (unshare(CLONE_NEWNET) != 0) {
            out = fail_errno("make a network namespace");
            return;
        }
        UniqueFd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        out = fd ? Result<UniqueFd>(std::move(fd)) : fail_errno("open a network namespace");
    }).join();
    return out;
}

}  // namespace

// The addresses are of networks that are for tests and for nobody (RFC 2544, RFC 4193), different for each process.
Result<ThrowAwayHost> ThrowAwayHost::create() {
    auto netns = make_namespace();
    if (!netns) return tl::unexpected(std::move(netns.error()));
    const auto number = static_cast<unsigned>(getpid());
    const std::string network = fmt::format("198.{}.{}.", 18 + (number >> 14 & 1), number >> 6 & 0xff);
    const unsigned first = (number & 0x3f) * 4;
    const auto v4 = Address::parse(fmt::format("{}{}", network, first + 1));
    if (!v4) return tl::unexpected(v4.error());
    ThrowAwayHost out(fmt::format("zdrp{}", number), std::move(*netns), *v4);
    if (auto connected = out.connect_cable(fmt::format("{}{}", network, first + 2)); !connected)
        return tl::unexpected(std::move(connected.error()));
    (void)out.add_v6(fmt::format("fd7a:6472:{:x}:{:x}::", number >> 16, number & 0xffff));
    return out;
}

Result<void> ThrowAwayHost::connect_cable(const std::string& their_v4) {
    const std::string there = fmt::format("/proc/{}/fd/{}", getpid(), netns_.get());
    if (auto made = ip({"link", "add", interface_, "type", "veth", "peer", "name", kTheirInterface, "netns", there});
        !made) {
        interface_.clear();
        return made;
    }
    if (auto set = ip({"address", "add", v4_.to_string() + "/30", "dev", interface_}); !set) return set;
    if (auto set = ip({"link", "set", interface_, "up"}); !set) return set;
    Result<void> over_there;
    run([&] {
        over_there = ip({"address", "add", their_v4 + "/30", "dev", kTheirInterface});
        if (over_there) over_there = ip({"link", "set", kTheirInterface, "up"});
    });
    return over_there;
}

Result<void> ThrowAwayHost::add_v6(const std::string& prefix) {
    const auto mine = Address::parse(prefix + "1");
    if (!mine) return tl::unexpected(mine.error());
    if (auto set = ip({"address", "add", prefix + "1/126", "dev", interface_, "nodad"}); !set) return set;
    Result<void> over_there;
    run([&] { over_there = ip({"address", "add", prefix + "2/126", "dev", kTheirInterface, "nodad"}); });
    if (over_there) v6_ = *mine;
    return over_there;
}

ThrowAwayHost::~ThrowAwayHost() {
    if (!interface_.empty()) (void)ip({"link", "delete", interface_});
}

void ThrowAwayHost::run(const std::function<void()>& function) const {
    std::thread([&] {
        if (setns(netns_.get(), CLONE_NEWNET) == 0) function();
    }).join();
}

}  // namespace zdr::loader
