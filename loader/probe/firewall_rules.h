// What the firewall says of a port, for people.
#pragma once

#include <string>
#include <vector>

#include "zdr/net/endpoint.h"

namespace zdr::loader {

// The rules of iptables (legacy) and nftables (iptables-nft is among these) that name the port, as a destination or, of
// answers, as a source, as their tools print them; at most three. Nothing where there is no such tool, or none can be
// asked.
std::vector<std::string> rules_about(Port port);

// As above: the rules, and the policies of chains, that drop or reject and name no port.
std::vector<std::string> rules_that_drop_any_port();

}  // namespace zdr::loader
