#include "firewall_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string_view>

#include "zdr/base/run_tool.h"
#include "zdr/base/text.h"

namespace zdr::loader {
namespace {

constexpr std::size_t kMostRules = 3;
constexpr std::size_t kLongestRule = 160;

using LineFilter = std::function<bool(std::string_view)>;

struct Listing {
    std::string name;
    std::vector<std::string> command;
    const char* tables;  // the kernel's file of tables that are there, so that no module is loaded; null: not needed
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr std::array<std::string_view, 2> kPorts = {"dport", "sport"};  // of checks, and of what answers them

// Whether a line drops or rejects what has any port: ":INPUT DROP [0:0]", "-A OUTPUT -p tcp --tcp-flags RST RST -j
// DROP", "type filter hook input priority filter; policy drop;", "tcp flags rst drop".
bool drops_any_port(std::string_view line) {
    const auto names = [&](std::string_view word) { return line.find(word) != line.npos; };
    return std::none_of(kPorts.begin(), kPorts.end(), names) &&
           (names(" DROP") || names(" REJECT") || names(" drop") || names(" reject"));
}

// Whether the port stands in a text, alone or in a range: "2000", "1990-2010" of nft, "1990:2010" of iptables.
bool names_port(std::string_view text, Port port) {
    const auto take_number = [&] {
        unsigned number = 0;
        for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
            number = std::min(number * 10 + static_cast<unsigned>(text.front() - '0'), 100000U);
        return number;
    };
    while (!text.empty()) {
        if (!is_digit(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        const unsigned low = take_number();
        unsigned high = low;
        if (text.size() > 1 && (text[0] == '-' || text[0] == ':') && is_digit(text[1])) {
            text.remove_prefix(1);
            high = take_number();
        }
        if (low <= port.host() && port.host() <= high) return true;
    }
    return false;
}

// The rules of one listing that name the port, and the sets and maps of nft that they name it by, which stand before
// them.
class RuleSearch {
  public:
    explicit RuleSearch(Port port) : port_(port) {}

    bool operator()(std::string_view line) {
        if (read_set(line)) return false;
        for (const std::string_view side : kPorts)
            for (std::size_t at = line.find(side); at != line.npos; at = line.find(side, at + 1))
                if (is_about(line.substr(at))) return true;
        return false;
    }

  private:
    // "dport { 2000, 2001 } ...", "dport map @apps", "dport . ip daddr @pairs", "--dports 80,2000 -j ...".
    bool is_about(std::string_view text) const {
        text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
        if (text.starts_with(". ")) text.remove_prefix(std::min(text.find_first_of("{@"), text.size()));
        for (const std::string_view word : {"!= ", "< ", "> ", "<= ", ">= ", "map ", "vmap "})
            if (text.starts_with(word)) text.remove_prefix(word.size());
        const std::string_view what = text.substr(0, text.find(text.starts_with('{') ? '}' : ' '));
        return what.starts_with('@') ? sets_.contains(what.substr(1)) : names_port(what, port_);
    }

    // A line of "set NAME {" or "map NAME {" until "}", with its elements in one or several lines.
    bool read_set(std::string_view line) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if ((line.starts_with("set ") || line.starts_with("map ")) && line.ends_with(" {")) {
            set_ = line.substr(4, line.size() - 6);
            return true;
        }
        if (set_.empty()) return false;
        constexpr std::string_view kElements = "elements = {";
        if (line.starts_with(kElements)) {
            in_elements_ = true;
            line.remove_prefix(kElements.size());
        }
        if (in_elements_ && names_port(line, port_)) sets_.insert(set_);
        if (line == "}") set_.clear();
        if (line.ends_with('}')) in_elements_ = false;
        return true;
    }

    Port port_;
    std::set<std::string, std::less<>> sets_;  // that have the port
    std::string set_;                          // whose lines these are; empty: of none
    bool in_elements_ = false;
};

void find_in(const Listing& listing, const LineFilter& is_meant, std::vector<std::string>& into) {
    const auto tool = find_tool(listing.command.front());
    if (!tool) return;
    if (listing.tables != nullptr && std::ifstream(listing.tables).peek() == std::ifstream::traits_type::eof()) return;
    std::vector<std::string> command = listing.command;
    command.front() = *tool;
    const auto text = run_tool(command);
    if (!text) return;
    LineFilter is_meant_here = is_meant;  // which remembers the sets of this listing
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line) && into.size() < kMostRules;) {
        if (!is_meant_here(line)) continue;
        line.erase(0, line.find_first_not_of(" \t"));
        into.push_back(fmt::format("{}: {}", listing.name, printable(line.substr(0, kLongestRule))));
    }
}

std::vector<std::string> find_all(const LineFilter& is_meant) {
    std::vector<std::string> out;
    for (const Listing& listing : {Listing{"iptables", {"iptables-legacy-save"}, "/proc/net/ip_tables_names"},
                                   Listing{"ip6tables", {"ip6tables-legacy-save"}, "/proc/net/ip6_tables_names"},
                                   Listing{"nft", {"nft", "--stateless", "list", "ruleset"}, nullptr}})
        find_in(listing, is_meant, out);
    return out;
}

}  // namespace

std::vector<std::string> rules_about(Port port) {
    return find_all(RuleSearch(port));
}

std::vector<std::string> rules_that_drop_any_port() {
    return find_all(drops_any_port);
}

}  // namespace zdr::loader
