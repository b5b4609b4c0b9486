// Another host on a cable: a network namespace joined to this one by a veth, gone when this dies, and with the process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/net/endpoint.h"

namespace zdr::loader {

class ThrowAwayHost {
  public:
    // Needs iproute2. Errors: of making the namespace, and of ip.
    static Result<ThrowAwayHost> create();
    ThrowAwayHost(ThrowAwayHost&& other) noexcept
        : interface_(std::exchange(other.interface_, "")),
          netns_(std::move(other.netns_)),
          v4_(other.v4_),
          v6_(other.v6_) {}
    ThrowAwayHost& operator=(ThrowAwayHost&&) = delete;
    ~ThrowAwayHost();

    // This host's addresses on the cable; no IPv6 one where this host has none at all.
    const Address& v4() const { return v4_; }
    const std::optional<Address>& v6() const { return v6_; }
    const std::string& interface() const { return interface_; }

    // Runs a function over there, on a thread of its own; sockets that it makes stay there.
    void run(const std::function<void()>& function) const;

  private:
    ThrowAwayHost(std::string interface, UniqueFd netns, Address v4)
        : interface_(std::move(interface)), netns_(std::move(netns)), v4_(v4) {}
    Result<void> connect_cable(const std::string& their_v4);
    Result<void> add_v6(const std::string& prefix);

    std::string interface_;
    UniqueFd netns_;
    Address v4_;
    std::optional<Address> v6_;
};

}  // namespace zdr::loader
