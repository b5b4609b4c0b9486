// What carries traffic by a HAProxy configuration: where HAProxy itself listens, and the app ports of its servers. A
// check port among these is nobody's status port.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "zdr/haproxy/config_file.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct AddressPort {
    Address address;
    Port port;

    // clang-tidy 14 takes what "<" compares the result with for a null pointer.
    auto operator<=>(const AddressPort&) const = default;  // NOLINT(modernize-use-nullptr)
};

class HaproxyTraffic {
  public:
    // Keeps both; names are looked up when a port is asked for.
    HaproxyTraffic(const HaproxyConfig& config, const HaproxyResolver& resolver);

    struct Use {
        std::size_t line;
        bool is_bind;
    };
    // The first line that listens there, or sends traffic there. A bind to every address counts for the addresses that
    // are surely of HAProxy's own host: loopback, and those that it binds by name.
    std::optional<Use> find(const AddressPort& place) const;
    // The first line that binds that port of every address.
    std::optional<std::size_t> find_wildcard_bind(Port port) const;

  private:
    struct Bind {
        std::size_t line;
        std::optional<Address> address;  // none: every address
        long low;
        long high;
    };
    void add_binds(const HaproxyBind& bind, const HaproxyResolver& resolver);
    bool is_own(const Address& address) const;

    const HaproxyResolver& resolver_;
    std::vector<Bind> binds_;
    std::set<Address> own_;
    std::map<AddressPort, std::size_t> servers_;             // the first line of each app
    std::multimap<Port, const HaproxyServerLine*> by_name_;  // those whose address is a name, by app port
};

}  // namespace zdr
