// A line of HAProxy's configuration in parts: its words, conditions and addresses. The input's lines are tried one by
// one.
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_target.h"
#include "zdr/haproxy/address_spec.h"
#include "zdr/haproxy/if_blocks.h"
#include "zdr/haproxy/if_condition.h"
#include "zdr/haproxy/tokens.h"

namespace zdr::test {
namespace {

std::optional<std::string> variable(const std::string& name) {
    if (name == "A") return "1";
    if (name == "LIST") return " a  b ";
    return std::nullopt;
}

// As a word that may have anything in it is written.
std::string escaped(const std::string& word) {
    std::string out = "\"";
    for (const char byte : word) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    return out + "\"";
}

void try_words(std::string_view line) {
    const auto tokens = split_haproxy_line(line, variable);
    if (!tokens) return require_sentence(tokens.error().text);
    std::string text;
    for (const std::string& word : tokens->words) text += escaped(word) + " ";
    const auto again = split_haproxy_line(text, variable);
    require(again && again->words == tokens->words, "words that are written read as others", text);
}

void try_condition(std::string_view text) {
    const auto truth = evaluate_haproxy_condition(text, variable);
    const auto reverse = evaluate_haproxy_condition(fmt::format("!({})", text), variable);
    // One level deeper, or empty, it is perhaps no condition.
    require(!truth || !reverse || *truth != *reverse, "a condition and its reverse", text);
}

void try_address(std::string_view text) {
    using Kind = HaproxyAddressSpec::Kind;
    std::vector<std::string> unset;
    const HaproxyAddressSpec spec = parse_haproxy_address_spec(expand_haproxy_address(text, variable, unset));
    require((spec.kind == Kind::kAddress) == spec.address.has_value(), "an address that is none", text);
    require((spec.kind == Kind::kHost) == !spec.host.empty(), "a host without name", text);
    require(parse_haproxy_address_spec(spec.text) == spec, "an address reads as another", text);
    if (!spec.address || !spec.port) return;
    const std::string printed = fmt::format("[{}]:{}", spec.address->to_string(), spec.port->host());
    const HaproxyAddressSpec again = parse_haproxy_address_spec(printed);
    require(again.address == spec.address && again.port == spec.port, "printed and read again it is another", text);
}

// Whatever comes, every block that begins can be ended.
void try_block(std::string_view line, HaproxyIfBlocks& blocks, std::size_t& depth) {
    const auto truth = evaluate_haproxy_condition(line.substr(std::min<std::size_t>(line.size(), 1)), variable);
    if (line.starts_with('i') && blocks.begin_if(truth)) ++depth;
    if (line.starts_with('e')) (void)blocks.begin_elif(truth);
    if (line.starts_with('s')) (void)blocks.begin_else();
    if (line.starts_with('f') && blocks.end_if()) --depth;
    require(blocks.is_open() == (depth > 0), "blocks are miscounted", line);
    require(depth > 0 || (blocks.are_taken() && blocks.are_certain()), "outside of blocks a line does not count", line);
}

}  // namespace

void try_input(std::string_view input) {
    HaproxyIfBlocks blocks;
    std::size_t depth = 0;
    while (!input.empty()) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        try_words(line);
        try_condition(line);
        try_address(line);
        try_block(line, blocks, depth);
    }
    for (; depth > 0; --depth) require(blocks.end_if().has_value(), "a block cannot be ended");
    require(!blocks.is_open(), "a block is left");
}

}  // namespace zdr::test
