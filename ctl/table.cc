#include "ctl/table.h"

#include <fmt/core.h>

#include <cstring>

#include "ctl/text.h"
#include "zdr/text.h"

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

}  // namespace

Result<LockedTable> open_table(const Options& options, Access access, Env& env) {
    auto dir = StateDir::open(options.state_dir, access);
    if (!dir) return tl::unexpected(std::move(dir.error()));
    auto table = ServerTable::open(dir->live(), access);
    if (!table) return tl::unexpected(explained(std::move(table.error()), dir->path()));
    if (options.verbose)
        env.err(fmt::format("state directory {}, ABI {}, cgroup {}\n", printable(dir->path()), table->meta().abi,
                            printable(cgroup_of(*table))));
    return LockedTable{std::move(*dir), std::move(*table)};
}

Result<std::vector<ServerEntry>> find_servers(const ServerTable& table, std::span<const std::string> names) {
    std::vector<ServerEntry> out;
    out.reserve(names.size());
    for (const std::string& name : names) {
        auto entry = table.find(name);
        if (!entry) return tl::unexpected(std::move(entry.error()));
        if (!*entry)
            return fail(Errc::kNoSuchServer,
                        fmt::format("no server is called {}; zdrctl status lists them", shown_name(name)));
        out.push_back(std::move(**entry));
    }
    return out;
}

std::string shown_names(std::span<const std::string> names) {
    std::string out;
    for (const std::string& name : names.first(std::min(names.size(), kMost)))
        out += (out.empty() ? "" : ", ") + shown_name(name);
    if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
    return out;
}

std::string cgroup_of(const ServerTable& table) {
    const char* path = table.meta().cgroup;
    return {path, strnlen(path, ZDR_PATH_SIZE)};
}

}  // namespace zdr::ctl
