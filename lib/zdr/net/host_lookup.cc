#include "zdr/net/host_lookup.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace zdr {
namespace {

// What getaddrinfo() found, or its error.
struct Lookup {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<int> error;
    int system_error = 0;
    std::vector<SocketAddress> found;
};

void look_up(const std::string& host, Port port, int flags, Lookup& lookup) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = getaddrinfo(host.c_str(), std::to_string(port.host()).c_str(), &hints, &list);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(error == 0 ? list : nullptr, [](addrinfo* one) {
        if (one != nullptr) freeaddrinfo(one);
    });
    const std::lock_guard lock(lookup.mutex);
    for (const addrinfo* one = owner.get(); one != nullptr; one = one->ai_next) {
        SocketAddress& address = lookup.found.emplace_back();
        std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
        address.size = one->ai_addrlen;
    }
    lookup.error = error;
    lookup.system_error = system_error;
    lookup.done.notify_all();
}

}  // namespace

std::optional<Address> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return Address(Address::Words{0, 0, htonl(0xffff), v4.sin_addr.s_addr});
    }
    if (address->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    Address::Words words{};
    std::memcpy(words.data(), &v6.sin6_addr, sizeof words);
    return Address(words);
}

Result<std::vector<SocketAddress>> look_up_host(const std::string& host, Port port, std::chrono::milliseconds within) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    Lookup numeric;
    look_up(host, port, AI_NUMERICHOST, numeric);
    if (numeric.error == 0) return std::move(numeric.found);

    // On a thread of its own, which is left behind when the time is over.
    const auto lookup = std::make_shared<Lookup>();
    try {
        std::thread([lookup, host, port] { look_up(host, port, 0, *lookup); }).detach();
    } catch (const std::system_error& error) {
        return fail_errno("start a thread to look the host's name up", error.code().value());
    }
    std::unique_lock lock(lookup->mutex);
    if (!lookup->done.wait_until(lock, deadline, [&] { return lookup->error.has_value(); }))
        return fail(Errc::kFailed, fmt::format("no answer from the name service within {} ms", within.count()));
    if (lookup->error == EAI_SYSTEM) return fail_errno("look the host's name up", lookup->system_error);
    if (*lookup->error != 0)
        return fail(Errc::kFailed, fmt::format("look the host's name up: {}", gai_strerror(*lookup->error)));
    return std::move(lookup->found);
}

}  // namespace zdr
