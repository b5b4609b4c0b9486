#include "zdr/net/nat/firewall.h"

#include <algorithm>
#include <string>

#include "zdr/base/run_tool.h"
#include "zdr/base/text_file.h"
#include "zdr/net/nat/iptables_rules.h"
#include "zdr/net/nat/nft_rules.h"
#include "zdr/net/nat/nft_tables.h"

namespace zdr {
namespace {

// The names of tables are words of nft's own language to it. A name that would be more than one word is not handed
// over.
bool is_plain(const std::string& name) {
    const auto is_letter = [](char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); };
    return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char byte) {
        return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.';
    });
}

// Whether iptables of the old kind has its table "nat" in this network namespace. Asking its tool would make that
// table, and NAT costs each connection.
Result<bool> has_legacy_table(const std::string& names) {
    const auto tables = read_text_file("/proc/thread-self/net/" + names);
    if (tables) return ("\n" + *tables).find("\nnat\n") != std::string::npos;
    if (tables.error().code == std::errc::no_such_file_or_directory) return false;
    return tl::unexpected(tables.error());
}

Result<void> ask_iptables(const std::string& name, std::vector<NatTable>& out) {
    const auto tool = find_tool(name);
    if (!tool) return {};
    const auto text = run_tool({*tool, "-t", "nat"});
    if (!text) return tl::unexpected(text.error());
    out.push_back(parse_iptables_save(*text));
    return {};
}

Result<void> ask_legacy(std::vector<NatTable>& out) {
    struct Family {
        const char* names;
        const char* tool;
    };
    for (const Family& one :
         {Family{"ip_tables_names", "iptables-legacy-save"}, Family{"ip6_tables_names", "ip6tables-legacy-save"}}) {
        const auto has_table = has_legacy_table(one.names);
        if (!has_table) return tl::unexpected(has_table.error());
        if (!*has_table) continue;
        if (auto asked = ask_iptables(one.tool, out); !asked) return asked;
    }
    return {};
}

// What nft writes about a table; empty: the table has gone since it was listed.
Result<std::string> list_table(const std::string& nft, const NftTableName& table) {
    auto text = run_tool({nft, "-j", "list", "table", table.family, table.name});
    if (text) return text;
    const auto now = list_nat_tables();
    if (now && std::find(now->begin(), now->end(), table) == now->end()) return std::string();
    return text;
}

// Rules that iptables-nft made are in tables of nftables; nft shows that they translate, but not where to.
Result<void> ask_nft(const std::string& nft, const NftTableName& table, bool& has_iptables,
                     std::vector<NatTable>& out) {
    if (!is_plain(table.name)) return {};
    const auto text = list_table(nft, table);
    if (!text) return tl::unexpected(text.error());
    if (text->empty()) return {};
    auto parsed = parse_nft_table(*text);
    if (!parsed) return tl::unexpected(std::move(parsed.error()));
    has_iptables = text->find("\"xt\"") != std::string::npos;
    out.push_back(std::move(*parsed));
    return {};
}

Result<void> ask_nftables(std::vector<NatTable>& out) {
    const auto tables = list_nat_tables();
    if (!tables) return tl::unexpected(tables.error());
    const auto nft = find_tool("nft");
    for (const NftTableName& table : *tables) {
        bool has_iptables = !nft;
        if (nft)
            if (auto asked = ask_nft(*nft, table, has_iptables, out); !asked) return asked;
        if (!has_iptables || table.name != "nat" || table.family == "inet") continue;
        const bool is_v4 = table.family == "ip";
        if (auto asked = ask_iptables(is_v4 ? "iptables-nft-save" : "ip6tables-nft-save", out); !asked) return asked;
    }
    return {};
}

}  // namespace

Result<std::vector<NatTable>> read_nat_tables() {
    std::vector<NatTable> out;
    for (const auto& ask : {ask_legacy, ask_nftables})
        if (auto asked = ask(out); !asked) return fail_with("read the firewall's NAT rules", std::move(asked));
    return out;
}

}  // namespace zdr
