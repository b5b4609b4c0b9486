#include "datapath.h"

#include <fmt/core.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "cgroup.h"
#include "hooks.h"
#include "last_states.h"
#include "links.h"
#include "probe.h"
#include "programs.h"
#include "state_mount.h"
#include "zdr/kernel/redirects.h"
#include "zdr/kernel/server_table.h"
#include "zdr/net/network_namespace.h"

namespace zdr::loader {
namespace {

// What a load works on, found and checked before anything is changed.
struct Target {
    gid_t group;
    std::string cgroup_path;
    Hooks hooks;
};

Result<gid_t> find_group(const Config& config) {
    errno = 0;
    const group* found = getgrnam(config.group.c_str());
    if (found != nullptr) return found->gr_gid;
    if (config.group_is_named)
        return fail(Errc::kFailed,
                    fmt::format("there is no group {}; groupadd --system {}", config.group, config.group));
    return gid_t{0};  // the default group is not there: states stay root's
}

Result<Target> find_target(const Config& config) {
    auto group = find_group(config);
    if (!group) return tl::unexpected(std::move(group.error()));
    auto path = config.cgroup == "auto" ? find_cgroup_root() : Result<std::string>(config.cgroup);
    if (!path) return tl::unexpected(std::move(path.error()));
    auto cgroup = open_cgroup(*path);
    if (!cgroup) return tl::unexpected(std::move(cgroup.error()));
    auto interfaces = find_interfaces(config.interfaces);
    if (!interfaces) return tl::unexpected(std::move(interfaces.error()));
    auto hooks = Hooks::of(std::move(*cgroup), *interfaces);
    if (!hooks) return tl::unexpected(std::move(hooks.error()));
    return Target{*group, std::move(*path), std::move(*hooks)};
}

Result<std::vector<Redirect>> redirects_now(const std::string& pins) {
    auto table = ServerTable::open(pins, Access::kRead);
    if (!table) return tl::unexpected(std::move(table.error()));
    auto servers = table->list();
    if (!servers) return tl::unexpected(std::move(servers.error()));
    return redirects_of(*servers);
}

Result<void> prove(const Programs& programs, const std::string& pins, const std::string& cgroup) {
    auto others = redirects_now(pins);
    if (!others) return tl::unexpected(std::move(others.error()));
    auto redirects = programs.redirects();
    if (!redirects) return tl::unexpected(std::move(redirects.error()));
    return prove_redirect(*redirects, *others, cgroup);
}

// Everything is made in staging/; one rename makes it live.
Result<Changes> install(const StateMount& mount, const Target& target, const Config& config) {
    auto programs = Programs::load(std::nullopt);
    if (!programs) return tl::unexpected(std::move(programs.error()));
    if (auto written = programs->write_meta(target.cgroup_path, config.haproxy); !written)
        return tl::unexpected(written.error());
    if (mkdir(mount.staging().c_str(), 0750) != 0) return fail_errno("create " + mount.staging());
    if (auto pinned = programs->pin_maps(mount.staging(), target.group); !pinned) return tl::unexpected(pinned.error());
    if (auto pinned = programs->pin_sessions(mount.staging(), target.group); !pinned)
        return tl::unexpected(pinned.error());
    auto changes = replace_servers(mount.staging(), config.servers,
                                   {.uid = 0, .by = "zdr-loader", .last_flips = read_last_states(mount.path())});
    if (!changes) return changes;
    auto attached = Attachments::attach(*programs, target.hooks, mount.staging(), std::nullopt);
    if (!attached) return tl::unexpected(std::move(attached.error()));
    if (auto proved = prove(*programs, mount.staging(), target.cgroup_path); !proved)
        return tl::unexpected(proved.error());
    if (auto shared = mount.share_directory(mount.staging(), target.group); !shared)
        return tl::unexpected(shared.error());
    if (std::rename(mount.staging().c_str(), mount.live().c_str()) != 0) return fail_errno("rename " + mount.staging());
    attached->keep();
    return changes;
}

Result<void> check_same_namespace(const StateMount& mount) {
    auto table = ServerTable::open(mount.live(), Access::kRead);
    if (!table) return tl::unexpected(std::move(table.error()));
    const auto cookie = netns_cookie();
    if (!cookie) return tl::unexpected(cookie.error());
    if (table->netns_cookie() == *cookie) return {};
    return fail(Errc::kFailed,
                fmt::format("what is loaded at {} serves another network namespace; use another --state-dir, or unload "
                            "that one first",
                            mount.path()));
}

// The new iterator of sessions in place of the old one; where there is none, no old one either.
Result<void> replace_sessions(const StateMount& mount) {
    const std::string to = mount.live() + "/" ZDR_PIN_SESSIONS;
    if (std::rename((mount.staging() + "/" ZDR_PIN_SESSIONS).c_str(), to.c_str()) == 0) return {};
    if (errno != ENOENT) return fail_errno("replace " + to);
    if (unlink(to.c_str()) != 0 && errno != ENOENT) return fail_errno("unpin " + to);
    return {};
}

// Programs first, then servers: programs of one ABI serve the servers of both.
Result<Changes> upgrade(const StateMount& mount, const Target& target, const Config& config) {
    if (auto same = check_same_namespace(mount); !same) return tl::unexpected(same.error());
    auto programs = Programs::load(mount.live());
    if (!programs) return tl::unexpected(std::move(programs.error()));
    if (mkdir(mount.staging().c_str(), 0750) != 0) return fail_errno("create " + mount.staging());
    if (auto pinned = programs->pin_sessions(mount.staging(), target.group); !pinned)
        return tl::unexpected(pinned.error());
    auto attached = Attachments::attach(*programs, target.hooks, mount.staging(), mount.live());
    if (!attached) return tl::unexpected(std::move(attached.error()));
    if (auto proved = prove(*programs, mount.live(), target.cgroup_path); !proved)
        return tl::unexpected(proved.error());
    auto changes = replace_servers(mount.live(), config.servers,
                                   {.uid = 0, .by = "zdr-loader", .last_flips = read_last_states(mount.path())});
    if (!changes) return changes;
    if (auto rights = Programs::set_rights(mount.live(), target.group); !rights) return tl::unexpected(rights.error());
    if (auto shared = mount.share_directory(mount.live(), target.group); !shared) return tl::unexpected(shared.error());
    if (auto committed = attached->commit(mount.staging(), mount.live()); !committed)
        return tl::unexpected(committed.error());
    if (auto replaced = replace_sessions(mount); !replaced) return tl::unexpected(replaced.error());
    if (auto written = programs->write_meta(target.cgroup_path, config.haproxy); !written)
        return tl::unexpected(written.error());
    if (auto cleared = mount.clear_staging(); !cleared) return tl::unexpected(cleared.error());
    return changes;
}

}  // namespace

Result<void> require_root(std::string_view what) {
    if (geteuid() == 0) return {};
    return fail(Errc::kNotPermitted, fmt::format("{} needs root", what));
}

Result<Loaded> load(const std::string& state_dir, const Config& config) {
    if (auto root = require_root("load"); !root) return tl::unexpected(root.error());
    auto target = find_target(config);
    if (!target) return tl::unexpected(std::move(target.error()));
    auto mount = StateMount::prepare(state_dir);
    if (!mount) return tl::unexpected(std::move(mount.error()));
    if (auto cleared = mount->clear_staging(); !cleared) return tl::unexpected(cleared.error());

    const bool upgraded = mount->is_loaded();
    auto changes = upgraded ? upgrade(*mount, *target, config) : install(*mount, *target, config);
    if (!changes) {
        (void)mount->clear_staging();
        return tl::unexpected(std::move(changes.error()));
    }
    mount->keep();
    return Loaded{upgraded, std::move(target->cgroup_path), std::move(*changes)};
}

Result<bool> unload(const std::string& state_dir) {
    if (auto root = require_root("unload"); !root) return tl::unexpected(root.error());
    auto mount = StateMount::existing(state_dir);
    if (!mount) {
        if (mount.error().code != make_error_code(Errc::kNotLoaded)) return tl::unexpected(std::move(mount.error()));
        StateMount::remove_empty_directory(state_dir);
        return false;
    }
    // What another version loaded cannot be read, but can be removed.
    const std::string& pins = mount->is_loaded() ? mount->live() : mount->staging();
    if (const auto table = ServerTable::open(pins, Access::kRead); table) {
        remove_abandoned_scratch(table->cgroup());
        if (mount->is_loaded())
            if (auto written = write_last_states(mount->path(), *table); !written)
                return tl::unexpected(written.error());
    }
    if (auto removed = mount->remove(); !removed) return tl::unexpected(std::move(removed.error()));
    return true;
}

}  // namespace zdr::loader
