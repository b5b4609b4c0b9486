#include "datapath.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "cgroup.h"
#include "hooks.h"
#include "links.h"
#include "log.h"
#include "maps/carried_states.h"
#include "maps/loaded_config.h"
#include "maps/lost_pins.h"
#include "maps/old_maps.h"
#include "other_zdr.h"
#include "programs.h"
#include "redirect_proof.h"
#include "state_mount.h"
#include "successor.h"
#include "zdr/base/retry.h"
#include "zdr/kernel/last_flip_files.h"
#include "zdr/kernel/redirects.h"
#include "zdr/kernel/server_table.h"
#include "zdr/net/local_addresses.h"
#include "zdr/net/network_namespace.h"
#include "zdr_session.h"

namespace zdr::loader {
namespace {

// What a load is going to do, found and checked before anything is changed.
struct Plan {
    gid_t group;
    std::string cgroup_path;
    Hooks hooks;
};

Result<Plan> make_plan(const Config& config, gid_t group) {
    auto path = config.cgroup == "auto" ? find_cgroup_root() : Result<std::string>(config.cgroup);
    if (!path) return tl::unexpected(std::move(path.error()));
    auto cgroup = open_cgroup(*path);
    if (!cgroup) return tl::unexpected(std::move(cgroup.error()));
    auto interfaces = config.rewriting ? find_interfaces(config.interfaces) : std::vector<Interface>();
    if (!interfaces) return tl::unexpected(std::move(interfaces.error()));
    auto hooks = Hooks::of(std::move(*cgroup), *interfaces);
    if (!hooks) return tl::unexpected(std::move(hooks.error()));
    std::string names;
    for (const Interface& one : *interfaces) names += " " + one.name;
    log_step(fmt::format("found cgroup {}, interfaces{}, group {}", *path, names.empty() ? " none" : names, group));
    return Plan{group, std::move(*path), std::move(*hooks)};
}

Result<std::vector<Redirect>> redirects_now(const std::string& pins) {
    auto table = ServerTable::open(pins, Access::kRead, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(std::move(table.error()));
    auto servers = table->list();
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto local = local_addresses();
    if (!local) return tl::unexpected(std::move(local.error()));
    return redirects_of(*servers, *local);
}

Result<void> prove(const Programs& programs, const std::string& pins, const std::string& cgroup) {
    auto others = redirects_now(pins);
    if (!others) return tl::unexpected(std::move(others.error()));
    auto redirects = programs.redirects();
    if (!redirects) return tl::unexpected(std::move(redirects.error()));
    auto proved = prove_redirect(*redirects, *others, cgroup);
    if (proved) log_step("proved the redirect by a connection");
    return proved;
}

// Nothing is changed yet, so what was perhaps a want of memory is tried anew, once.
Result<Programs> load_programs(const OldMaps& old_maps) {
    auto programs = Programs::load(old_maps);
    if (!programs) begin_anew(programs.error());
    if (!programs) return programs;
    if (programs->lack()) begin_anew(*programs->lack());
    log_step(old_maps.reused.empty() ? "loaded the programs" : "loaded the programs, over the maps of what is loaded");
    return programs;
}

Result<Changes> replace_servers(const std::string& pins, const StateMount& mount, const Plan& plan,
                                const Config& config) {
    auto last = prepare_last_flips(LastFlips(mount.path()), config.servers, plan.group);
    for (const std::string& one : last.broken) log_warning(one);
    auto changes =
        replace_servers(pins, config.servers, {.uid = 0, .by = "zdr-loader", .last_flips = std::move(last.flips)});
    if (changes)
        log_step(fmt::format("wrote the servers: {} added, {} changed, {} removed, {} unchanged", changes->added.size(),
                             changes->changed.size(), changes->removed.size(), changes->unchanged));
    return changes;
}

// Everything is made in staging/; one rename makes it live. Nothing is redirected until just before.
Result<Changes> install(const StateMount& mount, const Plan& plan, const Config& config) {
    auto programs = load_programs({});
    if (!programs) return tl::unexpected(std::move(programs.error()));
    if (auto written = programs->write_meta(plan.cgroup_path, config.haproxy, ZDR_SIDE_A); !written)
        return tl::unexpected(written.error());
    if (mkdir(mount.staging().c_str(), 0750) != 0) return fail_errno("create " + mount.staging());
    if (auto pinned = programs->pin_new_maps(mount.staging()); !pinned) return tl::unexpected(pinned.error());
    if (auto rights = Programs::set_rights(mount.staging(), plan.group); !rights) return tl::unexpected(rights.error());
    log_step("pinned the maps");
    if (auto pinned = programs->pin_iterators(mount.staging(), plan.group); !pinned)
        return tl::unexpected(pinned.error());
    auto attached = Attachments::attach(*programs, plan.hooks, mount.staging(), std::nullopt);
    if (!attached) return tl::unexpected(std::move(attached.error()));
    if (auto proved = prove(*programs, mount.staging(), plan.cgroup_path); !proved)
        return tl::unexpected(proved.error());
    if (auto shared = mount.share_directory(mount.staging(), plan.group); !shared)
        return tl::unexpected(shared.error());
    auto changes = replace_servers(mount.staging(), mount, plan, config);
    if (!changes) return changes;
    if (!succeeds([&] { return std::rename(mount.staging().c_str(), mount.live().c_str()) == 0; }))
        return fail_errno("rename " + mount.staging());
    attached->keep();
    log_step(fmt::format("committed: renamed {} to {}", mount.staging(), mount.live()));
    return changes;
}

Result<void> check_same_namespace(const StateMount& mount) {
    auto table = ServerTable::open(mount.live(), Access::kRead, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(std::move(table.error()));
    const auto cookie = netns_cookie();
    if (!cookie) return tl::unexpected(cookie.error());
    if (table->netns_cookie() == *cookie) return {};
    return fail(Errc::kFailed,
                fmt::format("what is loaded at {} serves another network namespace; use another --state-dir, or unload "
                            "that one first",
                            mount.path()));
}

// The new iterators in place of the old ones; where there is none, no old one either.
Result<void> replace_iterators(const StateMount& mount) {
    for (const char* pin : {ZDR_PIN_SESSIONS, ZDR_PIN_REGISTER, ZDR_PIN_END_REFUSED}) {
        const std::string from = fmt::format("{}/{}", mount.staging(), pin);
        const std::string to = fmt::format("{}/{}", mount.live(), pin);
        if (succeeds([&] { return std::rename(from.c_str(), to.c_str()) == 0; })) continue;
        if (errno != ENOENT) return fail_errno("replace " + to);
        if (!succeeds([&] { return unlink(to.c_str()) == 0; }) && errno != ENOENT) return fail_errno("unpin " + to);
    }
    return {};
}

// What else an upgrade has made, from staging to live; last the ABI, by which the next load knows what is there, and
// the side of the states, which are in force from then on.
Result<void> commit(const StateMount& mount, const Plan& plan, const Config& config, const OldMaps& old,
                    const Programs& programs, Attachments& attached) {
    if (auto rights = Programs::set_rights(mount.live(), plan.group); !rights) return rights;
    if (auto shared = mount.share_directory(mount.live(), plan.group); !shared) return shared;
    if (auto committed = attached.commit(mount.staging(), mount.live()); !committed) return committed;
    if (auto replaced = replace_iterators(mount); !replaced) return replaced;
    if (old.is_of_this_abi())
        if (auto carried = carry_states(old, mount.live()); !carried) return carried;
    if (auto written = programs.write_meta(plan.cgroup_path, config.haproxy, old.new_side()); !written) return written;
    if (auto removed = remove_old_states(mount.live()); !removed) return removed;
    if (auto cleared = mount.clear_staging(); !cleared) return cleared;
    log_step(fmt::format("committed: moved the new pins to {}", mount.live()));
    return {};
}

// Programs first, then servers, which are what the load is about: until they are written, all is as before.
Result<Changes> upgrade(const StateMount& mount, const Plan& plan, const Config& config) {
    if (auto restored = restore_pins(mount.live()); !restored) return tl::unexpected(restored.error());
    const auto old = find_old_maps(mount.live());
    if (!old) return tl::unexpected(old.error());
    if (auto same = check_same_namespace(mount); !same) return tl::unexpected(same.error());
    auto programs = load_programs(*old);
    if (!programs) return tl::unexpected(std::move(programs.error()));
    if (auto flows = old->abi == 1 ? programs->carry_flows() : Result<void>(); !flows)
        return tl::unexpected(flows.error());
    if (mkdir(mount.staging().c_str(), 0750) != 0) return fail_errno("create " + mount.staging());
    if (auto pinned = programs->pin_new_maps(mount.staging()); !pinned) return tl::unexpected(pinned.error());
    if (!old->is_of_this_abi())  // whose states nobody changes meanwhile
        if (auto carried = carry_states(*old, mount.staging()); !carried) return tl::unexpected(carried.error());
    if (auto pinned = programs->pin_iterators(mount.staging(), plan.group); !pinned)
        return tl::unexpected(pinned.error());
    auto attached = Attachments::attach(*programs, plan.hooks, mount.staging(), mount.live());
    if (!attached) return tl::unexpected(std::move(attached.error()));
    if (auto proved = prove(*programs, mount.live(), plan.cgroup_path); !proved) return tl::unexpected(proved.error());
    // After a failure these maps are in nobody's way: what is loaded is of the ABI before.
    if (auto moved = programs->move_new_maps(mount.staging(), mount.live()); !moved)
        return tl::unexpected(moved.error());
    if (auto done = commit(mount, plan, config, *old, *programs, *attached); !done) return tl::unexpected(done.error());
    return replace_servers(mount.live(), mount, plan, config);
}

Result<void> keep_last(const StateMount& mount) {
    const auto table = ServerTable::open(mount.live(), Access::kRead);
    if (!table) return tl::unexpected(table.error());
    return keep_last_flips(LastFlips(mount.path()), *table);
}

Result<Loaded> carry_out(StateMount& mount, Plan& plan, const Config& config) {
    if (auto cleared = mount.clear_staging(); !cleared) return tl::unexpected(cleared.error());
    if (auto alone = check_no_other_zdr(plan.hooks, mount.path(), mount.live()); !alone)
        return tl::unexpected(alone.error());
    const bool upgraded = mount.is_loaded();
    log_step(fmt::format("{} {}", upgraded ? "locked" : "mounted and locked", mount.path()));
    auto changes = upgraded ? upgrade(mount, plan, config) : install(mount, plan, config);
    if (!changes) {
        (void)mount.clear_staging();
        return tl::unexpected(std::move(changes.error()));
    }
    mount.keep();
    if (auto kept = keep_last(mount); !kept) log_warning("keep the states: " + kept.error().text);
    return Loaded{upgraded, std::move(plan.cgroup_path), "", std::move(*changes)};
}

}  // namespace

Result<void> require_root(std::string_view what) {
    if (geteuid() == 0) return {};
    return fail(Errc::kNotPermitted, fmt::format("only root may {}; run it as root", what));
}

Result<Loaded> load(const std::string& state_dir, const Config& config) {
    if (auto root = require_root("load"); !root) return tl::unexpected(root.error());
    const auto group = group_of(config);
    if (!group) return tl::unexpected(group.error());
    auto plan = make_plan(config, group->value_or(0));
    if (!plan) return tl::unexpected(std::move(plan.error()));
    auto mount = StateMount::prepare(state_dir);
    if (!mount) return tl::unexpected(std::move(mount.error()));
    auto loaded = carry_out(*mount, *plan, config);
    if (loaded && !group->has_value()) loaded->missing_group = config.group;
    return loaded;
}

Result<Loaded> load_kept(const std::string& state_dir) {
    if (auto root = require_root("load"); !root) return tl::unexpected(root.error());
    auto mount = StateMount::existing(state_dir);
    if (!mount) return tl::unexpected(std::move(mount.error()));
    if (!mount->is_loaded()) return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}", mount->path()));
    if (auto restored = restore_pins(mount->live()); !restored) return tl::unexpected(restored.error());
    if (auto same = check_same_namespace(*mount); !same) return tl::unexpected(same.error());
    const auto kept = read_loaded_config(mount->live());
    if (!kept) return tl::unexpected(kept.error());
    auto plan = make_plan(kept->config, kept->group);
    if (!plan) return tl::unexpected(std::move(plan.error()));
    return carry_out(*mount, *plan, kept->config);
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
        if (mount->is_loaded()) {
            // Whoever fills a disk keeps nobody from an unload.
            if (auto kept = keep_last_flips(LastFlips(mount->path()), *table); !kept)
                log_warning("keep the states: " + kept.error().text);
        }
    }
    if (auto removed = mount->remove(); !removed) return tl::unexpected(std::move(removed.error()));
    return true;
}

}  // namespace zdr::loader
