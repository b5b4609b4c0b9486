// What others set up on the server's host: rules of firewall and address translation by each of the tools that write
// them, and a bridge.
#pragma once

#include <string>

#include "support/process.h"

namespace zdr::test {

// Adds rules in nft's language.
void nft(const std::string& rules);

// The two kinds of iptables; each keeps its rules elsewhere in the kernel.
enum class Iptables { kLegacy, kNft };
void iptables(Iptables kind, const Command& arguments);
void ip6tables(Iptables kind, const Command& arguments);

// Makes bridged packets pass through the firewall, as container engines do. False where the kernel cannot.
bool filter_bridged_packets();

// Makes zdr0 a port of the new bridge zdrbr0, which takes its addresses.
void put_under_bridge();

}  // namespace zdr::test
