#include "ctl/doctor/resolver.h"

#include <chrono>
#include <map>
#include <memory>

#include "zdr/net/host_lookup.h"

namespace zdr::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(10);

Result<Address> look_up(const std::string& host, Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return fail(Errc::kFailed, "looking names up took too long");
    const auto found = look_up_host(host, Port(1), left);
    if (!found) return tl::unexpected(found.error());
    for (const SocketAddress& one : *found)
        if (const auto address = address_of(reinterpret_cast<const sockaddr*>(&one.storage))) return *address;
    return fail(Errc::kFailed, "the host has no address");
}

}  // namespace

HaproxyResolver patient_resolver() {
    const auto deadline = Clock::now() + kPatience;
    return [deadline, known = std::make_shared<std::map<std::string, Result<Address>>>()](const std::string& host) {
        const auto found = known->find(host);
        return found != known->end() ? found->second : known->emplace(host, look_up(host, deadline)).first->second;
    };
}

}  // namespace zdr::ctl
