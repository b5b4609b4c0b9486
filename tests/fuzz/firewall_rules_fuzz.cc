// The firewall's rules, from iptables-save or nft -j: containers' engines write them, and zdr asks at each load.
#include <string>
#include <vector>

#include "fuzz_target.h"
#include "zdr/net/nat/iptables_rules.h"
#include "zdr/net/nat/nft_rules.h"
#include "zdr/net/published_ports.h"

namespace zdr::test {
namespace {

void try_table(const NatTable& table) {
    auto found = find_translations(table);
    if (!found) return require_sentence(found.error().text);
    const std::vector<Address> local = {*Address::parse("127.0.0.1"), *Address::parse("2001:db8::1")};
    const PublishedPorts published(std::move(*found), {}, local);
    for (const Port port : {Port(1), Port(1000), Port(30001), Port(65535)}) {
        const bool has_some = published.has(local[0], port) || published.has(local[1], port);
        require(published.has(std::nullopt, port) == has_some, "an address of this host has another port than all");
        require(!has_some || published.is_translated(std::nullopt, port), "published, and not translated");
    }
}

}  // namespace

void try_input(std::string_view input) {
    try_table(parse_iptables_save(input));
    const auto table = parse_nft_table(input);
    if (table) return try_table(*table);
    require_sentence(table.error().text);
}

}  // namespace zdr::test
