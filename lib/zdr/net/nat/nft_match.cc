#include "zdr/net/nat/nft_match.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace zdr {
namespace {

using nlohmann::json;

// What is looked at. kOther says nothing about the destination of a TCP connection; kUnclear may.
enum class Field { kPort, kAddress, kProtocol, kAddressType, kPortOfOthers, kOther, kUnclear };

Field field_of_payload(const json& payload) {
    const std::string protocol = find_text(payload, "protocol");
    const std::string field = find_text(payload, "field");
    const bool is_v4 = protocol == "ip";
    const bool is_v6 = protocol == "ip6";
    if (field.empty()) return Field::kUnclear;  // bytes of the packet: "@th,16,16"
    if (field == "dport") return protocol == "tcp" || protocol == "th" ? Field::kPort : Field::kPortOfOthers;
    if (field == "daddr" && (is_v4 || is_v6)) return Field::kAddress;
    return (is_v4 && field == "protocol") || (is_v6 && field == "nexthdr") ? Field::kProtocol : Field::kOther;
}

// The connection's own record of where it goes.
Field field_of_connection(const json& ct) {
    const std::string key = find_text(ct, "key");
    if (find_text(ct, "dir") != "original") return Field::kOther;
    if (key == "proto-dst") return Field::kPort;
    return key.ends_with("daddr") ? Field::kAddress : Field::kOther;
}

Field field_of_route(const json& fib) {
    const json* flags = find_member(fib, "flags");
    if (find_text(fib, "result") != "type" || flags == nullptr) return Field::kOther;
    const bool is_destination =
        std::any_of(flags->begin(), flags->end(), [](const json& one) { return one == "daddr"; });
    return is_destination ? Field::kAddressType : Field::kOther;
}

Field field_of(const json& left) {
    if (const json* payload = find_member(left, "payload")) return field_of_payload(*payload);
    if (const json* ct = find_member(left, "ct")) return field_of_connection(*ct);
    if (const json* fib = find_member(left, "fib")) return field_of_route(*fib);
    if (const json* meta = find_member(left, "meta"))
        return find_text(*meta, "key") == "l4proto" ? Field::kProtocol : Field::kOther;
    // Arithmetic: of a mark, or of the destination.
    for (const char* op : {"&", "|", "^", "<<", ">>"})
        if (const json* terms = find_member(left, op))
            if (!terms->is_array() || terms->empty() || find_member(terms->front(), "meta") == nullptr)
                return Field::kUnclear;
    return Field::kOther;
}

std::optional<std::uint16_t> parse_port(const json& value) {
    if (value.is_number_unsigned() && value <= 65535U) return value.get<std::uint16_t>();
    return value.is_string() ? parse_port_number(value.get_ref<const std::string&>()) : std::nullopt;
}

std::optional<PortRange> parse_ports(const json& value) {
    const json* range = find_member(value, "range");
    if (range == nullptr) {
        const auto port = parse_port(value);
        return port ? std::optional(PortRange{*port, *port}) : std::nullopt;
    }
    if (!range->is_array() || range->size() != 2) return std::nullopt;
    const auto first = parse_port((*range)[0]);
    const auto last = parse_port((*range)[1]);
    return first && last && *first <= *last ? std::optional(PortRange{*first, *last}) : std::nullopt;
}

// Those of the elements that are understood; false: none is.
template <class Range, class Parse>
bool add_condition(const std::vector<const json*>& elements, bool is_negated, const Parse& parse,
                   std::vector<Condition<Range>>& out) {
    Condition<Range> condition{{}, is_negated};
    for (const json* one : elements)
        if (const auto range = parse(*one)) condition.ranges.push_back(*range);
    const bool is_understood = !condition.ranges.empty();
    if (is_understood) out.push_back(std::move(condition));
    return is_understood;
}

bool add(Field field, const std::vector<const json*>& elements, bool is_negated, DestinationFilter& out) {
    const auto has = [&](const json& wanted) {
        return std::any_of(elements.begin(), elements.end(), [&](const json* one) { return *one == wanted; });
    };
    switch (field) {
        case Field::kPort:
            return add_condition(elements, is_negated, parse_ports, out.ports);
        case Field::kAddress:
            return add_condition(elements, is_negated, parse_nft_addresses, out.addresses);
        case Field::kProtocol:
            out.is_impossible = out.is_impossible || (has("tcp") || has(6)) == is_negated;
            return true;
        case Field::kAddressType:
            out.is_impossible = out.is_impossible || has("local") == is_negated;
            return true;
        case Field::kPortOfOthers:
            out.is_impossible = true;
            return true;
        case Field::kUnclear:
            return false;
        case Field::kOther:
            break;
    }
    return true;
}

// The ports that "<", ">" and the like leave; none: it is not understood.
std::optional<PortRange> compared(const std::string& op, const json& right) {
    const auto port = parse_port(right);
    if (!port) return std::nullopt;
    if (op == "<=") return PortRange{0, *port};
    if (op == ">=") return PortRange{*port, 65535};
    if (op == "<" && *port > 0) return PortRange{0, static_cast<std::uint16_t>(*port - 1)};
    if (op == ">" && *port < 65535) return PortRange{static_cast<std::uint16_t>(*port + 1), 65535};
    return std::nullopt;
}

}  // namespace

const json* find_member(const json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::string find_text(const json& object, const char* name) {
    const json* found = find_member(object, name);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<const json*> nft_elements(const json& value, const NftSets& sets) {
    const json* list = find_member(value, "set");
    if (value.is_string() && value.get_ref<const std::string&>().starts_with('@')) {
        const auto named = sets.find(value.get_ref<const std::string&>().substr(1));
        if (named == sets.end()) return {};
        list = named->second;
    }
    std::vector<const json*> out;
    const auto take = [&](const json& one) {
        const json* element = find_member(one, "elem");  // one with a time or a comment
        const json* inner = element == nullptr ? nullptr : find_member(*element, "val");
        out.push_back(inner == nullptr ? &one : inner);
    };
    if (list == nullptr || !list->is_array())
        take(list == nullptr ? value : *list);
    else
        std::for_each(list->begin(), list->end(), take);
    return out;
}

bool add_nft_key(const json& left, const json& key, DestinationFilter& filter) {
    const json* fields = find_member(left, "concat");
    if (fields == nullptr) return add(field_of(left), {&key}, false, filter);
    const json* values = find_member(key, "concat");
    if (values == nullptr || !values->is_array() || !fields->is_array() || values->size() != fields->size())
        return false;
    for (std::size_t i = 0; i < fields->size(); ++i)
        if (!add(field_of((*fields)[i]), {&(*values)[i]}, false, filter)) return false;
    return true;
}

std::vector<DestinationFilter> parse_nft_match(const json& match, const NftSets& sets) {
    const json* left = find_member(match, "left");
    const json* right = find_member(match, "right");
    const std::string op = find_text(match, "op");
    if (left == nullptr || right == nullptr) return {};
    std::vector<DestinationFilter> out;
    const bool is_negated = op == "!=";
    if (find_member(*left, "concat") != nullptr) {
        if (is_negated) return {DestinationFilter{}};
        for (const json* one : nft_elements(*right, sets)) {
            DestinationFilter filter;
            if (add_nft_key(*left, *one, filter)) out.push_back(std::move(filter));
        }
        return out;
    }
    DestinationFilter filter;
    const Field field = field_of(*left);
    if (is_negated || op == "==" || op == "in") {
        if (add(field, nft_elements(*right, sets), is_negated, filter)) out.push_back(std::move(filter));
        return out;
    }
    if (field != Field::kPort) return {filter};
    if (const auto range = compared(op, *right)) out.push_back({{{{*range}, false}}, {}, false});
    return out;
}

std::optional<AddressRange> parse_nft_addresses(const json& value) {
    if (value.is_string()) return parse_address_range(value.get_ref<const std::string&>());
    if (const json* prefix = find_member(value, "prefix")) {
        const json* length = find_member(*prefix, "len");
        if (length == nullptr || !length->is_number_unsigned() || *length > 128U) return std::nullopt;
        return parse_prefix(find_text(*prefix, "addr"), length->get<unsigned>());
    }
    const json* range = find_member(value, "range");
    if (range == nullptr || !range->is_array() || range->size() != 2) return std::nullopt;
    if (!(*range)[0].is_string() || !(*range)[1].is_string()) return std::nullopt;
    return parse_address_range((*range)[0].get<std::string>() + "-" + (*range)[1].get<std::string>());
}

}  // namespace zdr
