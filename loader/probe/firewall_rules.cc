#include "firewall_rules.h"

#include <fmt/core.h>

#include <fstream>
#include <sstream>
#include <string_view>

#include "zdr/base/run_tool.h"
#include "zdr/base/text.h"

namespace zdr::loader {
namespace {

constexpr std::size_t kMostRules = 3;
constexpr std::size_t kLongestRule = 160;

struct Listing {
    std::string name;
    std::vector<std::string> command;
    const char* tables;  // the kernel's file of tables that are there, so that no module is loaded; null: not needed
};

// Whether the port stands behind "dport", alone or in a list.
bool names_destination(std::string_view line, Port port) {
    const std::size_t begin = line.find("dport");
    if (begin == line.npos) return false;
    const std::string number = std::to_string(port.host());
    const auto is_digit = [&](std::size_t at) { return at < line.size() && line[at] >= '0' && line[at] <= '9'; };
    for (std::size_t at = line.find(number, begin); at != line.npos; at = line.find(number, at + 1))
        if (!is_digit(at - 1) && !is_digit(at + number.size())) return true;
    return false;
}

void find_in(const Listing& listing, Port port, std::vector<std::string>& into) {
    const auto tool = find_tool(listing.command.front());
    if (!tool) return;
    if (listing.tables != nullptr && std::ifstream(listing.tables).peek() == std::ifstream::traits_type::eof()) return;
    std::vector<std::string> command = listing.command;
    command.front() = *tool;
    const auto text = run_tool(command);
    if (!text) return;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line) && into.size() < kMostRules;) {
        if (!names_destination(line, port)) continue;
        line.erase(0, line.find_first_not_of(" \t"));
        into.push_back(fmt::format("{}: {}", listing.name, printable(line.substr(0, kLongestRule))));
    }
}

}  // namespace

std::vector<std::string> rules_about(Port port) {
    std::vector<std::string> out;
    for (const Listing& listing : {Listing{"iptables", {"iptables-legacy-save"}, "/proc/net/ip_tables_names"},
                                   Listing{"ip6tables", {"ip6tables-legacy-save"}, "/proc/net/ip6_tables_names"},
                                   Listing{"nft", {"nft", "--stateless", "list", "ruleset"}, nullptr}})
        find_in(listing, port, out);
    return out;
}

}  // namespace zdr::loader
