#include "zdr/net/nat/nat_rules.h"

#include <algorithm>
#include <cstddef>

namespace zdr {
namespace {

constexpr std::size_t kMaxDepth = 128;
constexpr std::size_t kMaxSteps = 1'000'000;

class Walk {
  public:
    explicit Walk(const NatTable& table) : table_(table) {}

    // Whether all of the chain, and of those that it leads to, was seen.
    bool follow(const std::string& chain, const DestinationFilter& so_far) {
        const auto found = table_.chains.find(chain);
        // The kernel knows no loops, but a text may have some.
        const bool is_loop = std::find(path_.begin(), path_.end(), found) != path_.end();
        if (found == table_.chains.end() || is_loop || path_.size() > kMaxDepth) return true;
        path_.push_back(found);
        const bool is_whole = std::all_of(found->second.begin(), found->second.end(),
                                          [&](const NatRule& rule) { return take(rule, so_far); });
        path_.pop_back();
        return is_whole;
    }

    std::vector<Translation>& out() { return out_; }

  private:
    bool take(const NatRule& rule, const DestinationFilter& so_far) {
        if (++steps_ > kMaxSteps) return false;
        if (rule.filter.is_impossible) return true;
        DestinationFilter filter = so_far;
        filter.add(rule.filter);
        if (rule.is_redirect) out_.push_back({filter, std::nullopt});
        if (!rule.to) return rule.chain.empty() || follow(rule.chain, filter);
        // Only connections of that address's family get there.
        filter.addresses.push_back({{AddressRange::all_v4()}, !rule.to->is_v4()});
        out_.push_back({std::move(filter), rule.to});
        return true;
    }

    const NatTable& table_;
    std::vector<decltype(NatTable::chains)::const_iterator> path_;  // the chains that lead to where it is
    std::size_t steps_ = 0;
    std::vector<Translation> out_;
};

}  // namespace

bool DestinationFilter::has_port(Port port) const {
    return !is_impossible && std::all_of(ports.begin(), ports.end(), [&](const auto& one) { return one.holds(port); });
}

bool DestinationFilter::has_address(const Address& address) const {
    return !is_impossible &&
           std::all_of(addresses.begin(), addresses.end(), [&](const auto& one) { return one.holds(address); });
}

void DestinationFilter::add(const DestinationFilter& other) {
    ports.insert(ports.end(), other.ports.begin(), other.ports.end());
    addresses.insert(addresses.end(), other.addresses.begin(), other.addresses.end());
    is_impossible = is_impossible || other.is_impossible;
}

Result<std::vector<Translation>> find_translations(const NatTable& table) {
    Walk walk(table);
    for (const std::string& chain : table.entry_chains)
        if (!walk.follow(chain, {}))
            return fail(Errc::kFailed, "follow the firewall's NAT rules: there are more than a million");
    return std::move(walk.out());
}

}  // namespace zdr
