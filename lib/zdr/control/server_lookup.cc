#include "zdr/control/server_lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "zdr/base/text.h"
#include "zdr/control/patterns.h"
#include "zdr/model/server.h"

namespace zdr {
namespace {

// What an error of a pin means to the user.
Error explained(Error error, const std::string& path) {
    if (error.code == std::errc::no_such_file_or_directory)
        return {make_error_code(Errc::kNotLoaded),
                fmt::format("zdr is not loaded whole at {} ({}); run {}", path, error.text, load_command(path))};
    const bool is_permission = exit_status(error) == static_cast<int>(Errc::kNotPermitted);
    if (!is_permission || error.code.category() == zdr_category()) return error;
    // The file lets everybody in who gets that far; it is the kernel that does not, or a filter of a container.
    if (error.code == std::errc::operation_not_permitted)
        return {make_error_code(Errc::kNotPermitted),
                error.text + "; only root may use bpf() here: before Linux 5.19, or by a container's seccomp filter"};
    return {make_error_code(Errc::kNotPermitted), fmt::format("{}; {}", error.text, how_to_be_permitted(path))};
}

Error unknown(const std::string& name, const ServerTable& table) {
    std::vector<std::string> there;
    if (const auto entries = table.list())
        for (const ServerEntry& one : *entries) there.push_back(one.server.name);
    return {make_error_code(Errc::kNoSuchServer),
            fmt::format("{} {}; {}", is_pattern(name) ? "no server matches" : "unknown server", format_name(name),
                        there.empty() ? "zdr has none" : "zdr has " + format_names(there))};
}

}  // namespace

Result<LockedTable> open_table(const Context& context, Access access) {
    auto dir = StateDir::open(context.state_dir, access);
    if (!dir) return tl::unexpected(std::move(dir.error()));
    auto table = ServerTable::open(dir->live(), access);
    if (!table) return tl::unexpected(explained(std::move(table.error()), dir->path()));
    if (!dir->passed_over().empty()) context.report(dir->passed_over());
    if (table->is_changing())
        context.report(fmt::format(
            "the latest change of the servers was cut off, so some may be redirected otherwise than it is said here; "
            "run {}, or make the change again",
            load_command(dir->path())));
    context.report_detail(
        fmt::format("state directory {}, ABI {}, cgroup {}", dir->path(), table->abi(), table->cgroup()));
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
                                                                                 : unknown(name, table));
            if (found.insert((*entry)->slot).second) out.push_back(std::move(**entry));
            continue;
        }
        if (!all) {
            auto listed = table.list();
            if (!listed) return listed;
            all = std::move(*listed);
        }
        const auto matches = matching(name, *all);
        if (matches.empty()) return tl::unexpected(unknown(name, table));
        for (const ServerEntry& entry : matches)
            if (found.insert(entry.slot).second) out.push_back(entry);
    }
    return out;
}

Result<std::vector<std::string>> expand_names(std::span<const std::string> names, const Context& context) {
    if (std::none_of(names.begin(), names.end(), is_pattern))
        return std::vector<std::string>(names.begin(), names.end());
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<std::string> out;
    for (ServerEntry& entry : *entries) out.push_back(std::move(entry.server.name));
    return out;
}

}  // namespace zdr
