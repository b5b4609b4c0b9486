#include "zdr/net/nat/iptables_rules.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace zdr {
namespace {

// The words of a line, without the quotes and backslashes around and in some of them.
std::vector<std::string> split_words(std::string_view line) {
    std::vector<std::string> out;
    bool is_quoted = false;
    bool is_word = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char byte = line[i];
        if (byte == ' ' && !is_quoted) {
            is_word = false;
            continue;
        }
        if (!std::exchange(is_word, true)) out.emplace_back();
        if (byte == '"')
            is_quoted = !is_quoted;
        else
            out.back() += byte == '\\' && i + 1 < line.size() ? line[++i] : byte;
    }
    return out;
}

// Calls take with each part of a list: "80,90:99". Whether it took all of them.
template <class Take>
bool each_part(std::string_view list, const Take& take) {
    for (;;) {
        const std::size_t comma = list.find(',');
        if (!take(list.substr(0, comma))) return false;
        if (comma == std::string_view::npos) return true;
        list.remove_prefix(comma + 1);
    }
}

// The address in "10.0.0.2:80", "10.0.0.2-10.0.0.9", "[fd00::2]:80" or "fd00::2"; none: it is the connection's own.
std::optional<Address> parse_destination(std::string_view text) {
    if (text.starts_with('['))
        text = text.substr(1, text.find(']') - 1);
    else if (std::count(text.begin(), text.end(), ':') == 1)
        text = text.substr(0, text.find(':'));
    const auto address = Address::parse(text.substr(0, text.find('-')));
    return address ? std::optional(*address) : std::nullopt;
}

class Rule {
  public:
    // words: of "-A CHAIN ...", without these two.
    explicit Rule(const std::vector<std::string>& words) : words_(words) {}

    // The rule; none where it is not understood, or neither jumps nor translates.
    std::optional<NatRule> parse() {
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            const bool is_understood = take(word);
            if (!is_understood) return std::nullopt;
            is_negated_ = word == "!";
        }
        if (rule_.chain == "DNAT" || rule_.chain == "REDIRECT") {
            rule_.is_redirect = rule_.is_redirect || rule_.chain == "REDIRECT";
            rule_.chain.clear();
            return rule_.to || rule_.is_redirect ? std::optional(rule_) : std::nullopt;
        }
        return rule_.chain.empty() ? std::nullopt : std::optional(rule_);
    }

  private:
    // Takes an option, with its value where it matters here; other words are skipped one by one. The values of options
    // that may have any text are taken, too, lest one looks like an option.
    bool take(std::string_view option) {
        if (option == "-p") return take_protocol(value());
        if (option == "-d" || option == "--dst-range" || option == "--ctorigdst") return take_address(value());
        if (option == "--dport" || option == "--dports" || option == "--ports" || option == "--ctorigdstport")
            return take_ports(value());
        if (option == "--dst-type") return take_type(value());
        if (option == "-j" || option == "-g") rule_.chain = value();
        if (option == "--to-destination") take_destination(value());
        if (option == "-i" || option == "-o" || option == "-m" || option == "--comment") value();
        return true;
    }

    std::string_view value() { return at_ < words_.size() ? std::string_view(words_[at_++]) : std::string_view(); }

    void take_destination(std::string_view text) {
        rule_.is_redirect = text.starts_with(':');
        rule_.to = parse_destination(text);
    }

    bool take_protocol(std::string_view name) {
        const bool is_tcp = name == "tcp" || name == "6" || name == "all" || name == "0";
        rule_.filter.is_impossible = rule_.filter.is_impossible || is_tcp == is_negated_;
        return true;
    }

    bool take_address(std::string_view text) {
        const auto range = parse_address_range(text);
        if (range) rule_.filter.addresses.push_back({{*range}, is_negated_});
        return range.has_value();
    }

    bool take_ports(std::string_view list) {
        Condition<PortRange> condition{{}, is_negated_};
        const bool is_understood = each_part(list, [&](std::string_view part) {
            const auto range = parse_port_range(part);
            if (range) condition.ranges.push_back(*range);
            return range.has_value();
        });
        rule_.filter.ports.push_back(std::move(condition));
        return is_understood;
    }

    // This host's addresses are of the type LOCAL and no other.
    bool take_type(std::string_view list) {
        const bool is_local = !each_part(list, [](std::string_view part) { return part != "LOCAL"; });
        rule_.filter.is_impossible = rule_.filter.is_impossible || is_local == is_negated_;
        return true;
    }

    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    bool is_negated_ = false;  // the word before was "!"
    NatRule rule_;
};

}  // namespace

NatTable parse_iptables_save(std::string_view text) {
    NatTable out{{"PREROUTING"}, {}};
    bool is_nat = false;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.starts_with('*')) is_nat = line == "*nat";
        if (!is_nat || !line.starts_with("-A ")) continue;
        auto words = split_words(line);
        if (words.size() < 2) continue;
        const std::string chain = std::move(words[1]);
        words.erase(words.begin(), words.begin() + 2);
        if (auto rule = Rule(words).parse()) out.chains[chain].push_back(std::move(*rule));
    }
    return out;
}

}  // namespace zdr
