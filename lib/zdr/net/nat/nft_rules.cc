#include "zdr/net/nat/nft_rules.h"

#include <nlohmann/json.hpp>

#include "zdr/net/nat/nft_match.h"

namespace zdr {
namespace {

using nlohmann::json;

// Of one rule. What has more is not understood: sets of pairs multiply.
constexpr std::size_t kMaxAlternatives = 100'000;

// An address that the rule of a map or a "dnat" leads to, also in {"concat": [address, port]}.
std::optional<Address> destination_of(const json& value) {
    const json* pair = find_member(value, "concat");
    const bool is_pair = pair != nullptr && pair->is_array() && !pair->empty();
    const auto range = parse_nft_addresses(is_pair ? pair->front() : value);
    return range ? std::optional(range->front()) : std::nullopt;
}

// The chain that a statement jumps to; empty: it is something else.
std::string chain_of(const json& statement) {
    for (const char* word : {"jump", "goto"})
        if (const json* verdict = find_member(statement, word)) return find_text(*verdict, "target");
    return {};
}

// Makes one or several rules of a rule's statements.
class Statements {
  public:
    Statements(const NftSets& sets, std::vector<NatRule>& out) : sets_(sets), out_(out) {}

    // Whether the next one is to be taken, too.
    bool take(const json& statement) {
        if (const json* match = find_member(statement, "match")) return narrow(parse_nft_match(*match, sets_));
        if (const json* dnat = find_member(statement, "dnat")) take_dnat(*dnat);
        if (statement.is_object() && statement.contains("redirect")) add_redirect();
        if (const json* map = find_member(statement, "vmap"))
            each_pair(*map, [&](const DestinationFilter& filter, const json& verdict) {
                add({filter, chain_of(verdict), {}, false});
            });
        add({{}, chain_of(statement), {}, false});
        return true;
    }

  private:
    // From here on one of these holds, too.
    bool narrow(const std::vector<DestinationFilter>& filters) {
        if (filters.empty() || filters.size() * so_far_.size() > kMaxAlternatives) return false;
        std::vector<DestinationFilter> both;
        for (const DestinationFilter& one : so_far_)
            for (const DestinationFilter& filter : filters) both.emplace_back(one).add(filter);
        so_far_ = std::move(both);
        return true;
    }

    void add_redirect() { add({{}, {}, {}, true}); }

    void take_dnat(const json& dnat) {
        const json* address = find_member(dnat, "addr");
        if (address == nullptr) return add_redirect();
        if (const json* map = find_member(*address, "map"))
            each_pair(*map, [&](const DestinationFilter& filter, const json& to) {
                add({filter, {}, destination_of(to), false});
            });
        else
            add({{}, {}, destination_of(*address), false});
    }

    // Calls take with what each key of a map asks for, and its value.
    template <class Take>
    void each_pair(const json& map, const Take& take_pair) const {
        const json* key = find_member(map, "key");
        const json* data = find_member(map, "data");
        if (key == nullptr || data == nullptr) return;
        for (const json* pair : nft_elements(*data, sets_)) {
            if (!pair->is_array() || pair->size() != 2) continue;
            DestinationFilter filter;
            for (const json* one : nft_elements((*pair)[0], {}))
                if (add_nft_key(*key, *one, filter)) take_pair(filter, (*pair)[1]);
        }
    }

    void add(const NatRule& rule) {
        if ((rule.chain.empty() && !rule.to && !rule.is_redirect) || out_.size() + so_far_.size() > kMaxRules) return;
        for (const DestinationFilter& one : so_far_) {
            NatRule& added = out_.emplace_back(rule);
            added.filter.add(one);
        }
    }

    // Of a chain.
    static constexpr std::size_t kMaxRules = 1'000'000;

    const NftSets& sets_;
    std::vector<NatRule>& out_;
    std::vector<DestinationFilter> so_far_{DestinationFilter{}};
};

}  // namespace

Result<NatTable> parse_nft_table(std::string_view text) {
    const json parsed = json::parse(text, nullptr, false);
    const json* objects = find_member(parsed, "nftables");
    if (objects == nullptr || !objects->is_array())
        return fail(Errc::kFailed, "what nft wrote is not a list of rules in JSON");
    NatTable out;
    NftSets sets;
    for (const json& one : *objects) {
        for (const char* kind : {"set", "map"})
            if (const json* set = find_member(one, kind))
                if (const json* elements = find_member(*set, "elem")) sets[find_text(*set, "name")] = elements;
        const json* chain = find_member(one, "chain");
        if (chain != nullptr && find_text(*chain, "type") == "nat" && find_text(*chain, "hook") == "prerouting")
            out.entry_chains.push_back(find_text(*chain, "name"));
    }
    for (const json& one : *objects) {
        const json* rule = find_member(one, "rule");
        const json* statements = rule == nullptr ? nullptr : find_member(*rule, "expr");
        if (statements == nullptr || !statements->is_array()) continue;
        Statements taken(sets, out.chains[find_text(*rule, "chain")]);
        for (const json& statement : *statements)
            if (!taken.take(statement)) break;
    }
    return out;
}

}  // namespace zdr
