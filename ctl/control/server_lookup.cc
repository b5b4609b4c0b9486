#include "ctl/control/server_lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "ctl/control/patterns.h"
#include "ctl/text.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

constexpr std::size_t kMost = 3;  // names that an error shows

// What an error of a pin means to the user.
Error explained(Error error, const std::string& path) {
    if (error.code == std::errc::no_such_file_or_directory)
        return {make_error_code(Errc::kNotLoaded),
                fmt::format("zdr is not loaded whole at {} ({}); run zdr-loader load", path, error.text)};
    const bool is_permission = exit_status(error) == static_cast<int>(Errc::kNotPermitted);
    if (is_permission && error.code.category() != zdr_category())
        return {make_error_code(Errc::kNotPermitted), error.text + "; join group zdr or run as root"};
    return error;
}

Error unknown(const std::string& name) {
    return {make_error_code(Errc::kNoSuchServer),
            fmt::format("no server {} {}; zdrctl status lists them", is_pattern(name) ? "matches" : "is called",
                        format_name(name))};
}

}  // namespace

Result<LockedTable> open_table(const Options& options, Access access, Env& env) {
    auto dir = StateDir::open(options.state_dir, access);
    if (!dir) return tl::unexpected(std::move(dir.error()));
    auto table = ServerTable::open(dir->live(), access);
    if (!table) return tl::unexpected(explained(std::move(table.error()), dir->path()));
    if (options.verbose)
        env.err(fmt::format("state directory {}, ABI {}, cgroup {}\n", printable(dir->path()), table->abi(),
                            printable(cgroup_of(*table))));
    return LockedTable{std::move(*dir), std::move(*table)};
}

Error removed_meanwhile(std::string_view name) {
    return {make_error_code(Errc::kNoSuchServer), fmt::format("{} was removed meanwhile", format_name(name))};
}

Error replaced_meanwhile(std::string_view name) {
    return {make_error_code(Errc::kNoSuchServer),
            fmt::format("{} was removed meanwhile, and another server was added under its name", format_name(name))};
}

Result<std::vector<ServerEntry>> find_servers(const ServerTable& table, std::span<const std::string> names,
                                              IfMissing if_missing) {
    std::vector<ServerEntry> out;
    out.reserve(names.size());
    std::set<std::uint32_t> found;
    std::optional<std::vector<ServerEntry>> all;
    for (const std::string& name : names) {
        if (!is_pattern(name)) {
            auto entry = table.find(name);
            if (!entry) return tl::unexpected(std::move(entry.error()));
            if (!*entry)
                return tl::unexpected(if_missing == IfMissing::kRemovedMeanwhile ? removed_meanwhile(name)
                                                                                 : unknown(name));
            if (found.insert((*entry)->slot).second) out.push_back(std::move(**entry));
            continue;
        }
        if (!all) {
            auto listed = table.list();
            if (!listed) return listed;
            all = std::move(*listed);
        }
        const auto matches = matching(name, *all);
        if (matches.empty()) return tl::unexpected(unknown(name));
        for (const ServerEntry& entry : matches)
            if (found.insert(entry.slot).second) out.push_back(entry);
    }
    return out;
}

Result<std::vector<std::string>> plain_names(const Options& options, Env& env) {
    if (std::none_of(options.names.begin(), options.names.end(), is_pattern)) return options.names;
    const auto opened = open_table(options, Access::kRead, env);
    if (!opened) return tl::unexpected(opened.error());
    auto entries = find_servers(opened->table, options.names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<std::string> out;
    for (ServerEntry& entry : *entries) out.push_back(std::move(entry.server.name));
    return out;
}

std::string format_names(std::span<const std::string> names) {
    std::string out;
    for (const std::string& name : names.first(std::min(names.size(), kMost)))
        out += (out.empty() ? "" : ", ") + format_name(name);
    if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
    return out;
}

std::string cgroup_of(const ServerTable& table) {
    return table.cgroup();
}

}  // namespace zdr::ctl
