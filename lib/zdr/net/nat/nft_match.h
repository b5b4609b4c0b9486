// What a rule of nftables asks of a connection, from the JSON of libnftables-json(5).
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "zdr/net/nat/nat_rules.h"

namespace zdr {

// The elements of the sets and maps of a table, by name; they lie in the JSON.
using NftSets = std::map<std::string, const nlohmann::json*, std::less<>>;

// The member of an object; null where it is no object, or has none of that name.
const nlohmann::json* find_member(const nlohmann::json& object, const char* name);

// A string in an object; empty where there is none.
std::string find_text(const nlohmann::json& object, const char* name);

// The elements that a set, the name of one ("@ports") or a single value stand for.
std::vector<const nlohmann::json*> nft_elements(const nlohmann::json& value, const NftSets& sets);

// Adds what a key of a map asks for, where left is what is looked up. false: it is not understood.
bool add_nft_key(const nlohmann::json& left, const nlohmann::json& key, DestinationFilter& filter);

// What a match ({"op":, "left":, "right":}) asks for: one of these; none: it is not understood.
std::vector<DestinationFilter> parse_nft_match(const nlohmann::json& match, const NftSets& sets);

// An address, a prefix or a range; none: it is something else.
std::optional<AddressRange> parse_nft_addresses(const nlohmann::json& value);

}  // namespace zdr
