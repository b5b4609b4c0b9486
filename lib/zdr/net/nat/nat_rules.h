// Rules of destination NAT, whichever firewall they are of, and which TCP connections they send elsewhere.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"
#include "zdr/net/nat/ranges.h"

namespace zdr {

// In one of the ranges, or in none of them.
template <class Range>
struct Condition {
    std::vector<Range> ranges;
    bool is_negated = false;

    template <class Value>
    bool holds(const Value& value) const {
        for (const Range& one : ranges)
            if (one.has(value)) return !is_negated;
        return is_negated;
    }
};

// What a rule asks of a TCP connection's destination. What it asks beside that (a source, an interface, a mark) is not
// kept: some connections have it.
struct DestinationFilter {
    std::vector<Condition<PortRange>> ports;         // each must hold
    std::vector<Condition<AddressRange>> addresses;  // each must hold
    bool is_impossible = false;                      // it asks for UDP, or for addresses of other hosts

    bool has_port(Port port) const;
    bool has_address(const Address& address) const;
    // From here on what other asks must hold, too.
    void add(const DestinationFilter& other);
};

// A rule that goes on in another chain, or gives connections another destination.
struct NatRule {
    DestinationFilter filter;
    std::string chain;          // empty: it does not jump
    std::optional<Address> to;  // where it sends them; the first where it chooses among several
    bool is_redirect = false;   // to another port of this host
};

struct NatTable {
    std::vector<std::string> entry_chains;  // those that a connection from elsewhere passes (prerouting)
    std::map<std::string, std::vector<NatRule>, std::less<>> chains;
};

// Connections that get another destination.
struct Translation {
    DestinationFilter filter;
    std::optional<Address> to;  // none: another port of this host
};

// Those that the entry chains lead to, with what each rule on the way asks for. An earlier rule that exempts some
// connections does not count. Errors: more than a million rules on these ways.
Result<std::vector<Translation>> find_translations(const NatTable& table);

}  // namespace zdr
