#include "support/pinned_table.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "zdr/kernel/flip_records.h"
#include "zdr/kernel/map_table.h"
#include "zdr/kernel/server_record.h"

namespace zdr::test {
namespace {

// What the kernel is told of a map beside what the table of maps says.
struct MadeMap {
    const MapSpec& map;
    bpf_map_type type;
    std::uint32_t entries;
};

// Once in a process: what is mounted afterwards is nobody else's to see, and gone with the last process in here. So is
// what is kept in /var/lib.
Result<void> enter_private_mounts() {
    static const int error = [] {
        if (unshare(CLONE_NEWNS) != 0) return errno;
        if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
        return mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=0755") == 0 ? 0 : errno;
    }();
    if (error != 0) return fail_errno("enter a mount namespace", error);
    return {};
}

Result<void> give(const std::string& path, gid_t group, mode_t mode) {
    if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), mode) != 0) return fail_errno("give " + path);
    return {};
}

// The kernel finds a record's lock by the type of its value; here the lock is at the beginning.
struct Types {
    std::unique_ptr<btf, decltype(&btf__free)> types{btf__new_empty(), btf__free};
    int key = 0;
    int value = 0;

    Types(const char* name, std::uint32_t size) {
        key = btf__add_int(types.get(), "unsigned int", sizeof(__u32), 0);
        const int lock = btf__add_struct(types.get(), "bpf_spin_lock", sizeof(bpf_spin_lock));
        btf__add_field(types.get(), "val", key, 0, 0);
        value = btf__add_struct(types.get(), name, size);
        btf__add_field(types.get(), "lock", lock, 0, 0);
        if (btf__load_into_kernel(types.get()) != 0) value = -1;
    }
};

// The tries of redirects sit in an array of maps, which is told by one of them what they look like.
Result<UniqueFd> create_trie() {
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    UniqueFd fd(bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, kRedirectTrie.name, kRedirectTrie.key_size,
                               kRedirectTrie.value_size, ZDR_MAX_REDIRECTS, &options));
    if (!fd) return fail_errno("create a trie");
    return fd;
}

Result<UniqueFd> create_map(const MadeMap& made) {
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    const bool grows = made.type == BPF_MAP_TYPE_HASH || made.type == BPF_MAP_TYPE_LPM_TRIE;
    options.map_flags = grows ? __u32{BPF_F_NO_PREALLOC} : 0;
    UniqueFd inner;
    if (made.type == BPF_MAP_TYPE_ARRAY_OF_MAPS) {
        auto trie = create_trie();
        if (!trie) return trie;
        inner = std::move(*trie);
        options.inner_map_fd = static_cast<__u32>(inner.get());
    }
    const Types all(made.map.name, made.map.value_size);
    if (made.map.has_lock) {
        options.btf_fd = static_cast<__u32>(btf__fd(all.types.get()));
        options.btf_key_type_id = static_cast<__u32>(all.key);
        options.btf_value_type_id = static_cast<__u32>(all.value);
    }
    UniqueFd fd(
        bpf_map_create(made.type, made.map.name, made.map.key_size, made.map.value_size, made.entries, &options));
    if (!fd) return fail_errno(std::string("create map ") + made.map.name);
    return fd;
}

}  // namespace

Result<PinnedTable> PinnedTable::create(const Spec& spec) {
    if (auto entered = enter_private_mounts(); !entered) return tl::unexpected(std::move(entered.error()));
    std::string base = "/tmp/zdr-table-XXXXXX";
    if (mkdtemp(base.data()) == nullptr) return fail_errno("make a directory");
    PinnedTable table(std::move(base));
    if (auto pinned = table.mount_and_pin(spec); !pinned) return tl::unexpected(std::move(pinned.error()));
    return table;
}

Result<void> PinnedTable::mount_and_pin(const Spec& spec) {
    owner_ = getpid();
    if (chmod(base_.c_str(), 0755) != 0 || mkdir(path().c_str(), 0755) != 0) return fail_errno("make " + path());
    if (mount("bpf", path().c_str(), "bpf", 0, nullptr) != 0) return fail_errno("mount bpf at " + path());
    is_mounted_ = true;
    if (mkdir((path() + "/live").c_str(), 0750) != 0) return fail_errno("make " + path() + "/live");

    const struct {
        MadeMap made;
        UniqueFd& fd;
    } maps[] = {
        {{kMetaMap, BPF_MAP_TYPE_ARRAY, 1}, meta_},
        {{kPortsMap, BPF_MAP_TYPE_ARRAY, ZDR_PORT_WORDS}, ports_},
        {{kRedirectsMap, BPF_MAP_TYPE_ARRAY_OF_MAPS, 1}, redirects_},
        {{kServersMap, BPF_MAP_TYPE_HASH, ZDR_MAX_SERVERS}, servers_},
        {{kSettingsMap, BPF_MAP_TYPE_LPM_TRIE, ZDR_MAX_SERVERS}, settings_},
        {{kStatesMapA, BPF_MAP_TYPE_ARRAY, spec.most_states}, states_},
        {{kFlipsMapA, BPF_MAP_TYPE_LPM_TRIE, ZDR_MAX_SERVERS}, flips_},
        {{kChecksMap, BPF_MAP_TYPE_HASH, ZDR_MAX_SERVERS}, checks_},
        {{kOverflowMap, BPF_MAP_TYPE_HASH, ZDR_MAX_OVERFLOW}, overflow_checks_},
        {{kListenersMap, BPF_MAP_TYPE_SOCKHASH, ZDR_MAX_LISTENERS}, listeners_},
        {{kActivityMap, BPF_MAP_TYPE_ARRAY, 1}, activity_},
        {{kWaysMap, BPF_MAP_TYPE_LPM_TRIE, ZDR_MAX_SERVERS}, ways_},
        {{kInstancesMap, BPF_MAP_TYPE_ARRAY, ZDR_PORT_WORDS}, instances_},
    };
    for (const auto& [made, fd] : maps) {
        auto created = create_map(made);
        if (!created) return tl::unexpected(std::move(created.error()));
        fd = std::move(*created);
        if (bpf_obj_pin(fd.get(), pin(made.map.name).c_str()) != 0) return fail_errno("pin " + pin(made.map.name));
        if (auto given = give(pin(made.map.name), spec.group, made.map.mode); !given) return given;
    }
    zdr_meta meta{};
    meta.abi = spec.abi;
    std::memcpy(meta.cgroup, spec.cgroup.data(), std::min(spec.cgroup.size(), sizeof meta.cgroup - 1));
    const __u32 zero = 0;
    if (bpf_map_update_elem(meta_.get(), &zero, &meta, BPF_ANY) != 0) return fail_errno("write the meta record");
    if (auto given = give(path() + "/live", spec.group, 0750); !given) return given;
    return give(path(), spec.group, 0750);
}

PinnedTable::~PinnedTable() {
    if (base_.empty() || owner_ != getpid()) return;
    if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
    rmdir(path().c_str());
    rmdir(base_.c_str());
}

// Into the ring of its backend, between the last one and the first.
bool PinnedTable::add(const Server& server) {
    ServerEntry entry{server, servers_count_};
    if (!server.backends.empty()) {
        const auto [ring, is_new] = rings_.try_emplace(server.backends.front(), Ring{entry.slot, entry});
        if (!is_new) {
            ServerEntry& last = ring->second.last;
            last.peer = entry.slot;
            const zdr_server_key key = to_key(last.server.name);
            const zdr_server record = to_record(last);
            if (bpf_map_update_elem(servers_.get(), &key, &record, BPF_EXIST) != 0) return false;
            entry.peer = ring->second.first;
            last = entry;
        }
    }
    return add_record(to_key(server.name), to_record(entry));
}

bool PinnedTable::add_record(const zdr_server_key& key, const zdr_server& record) {
    ++servers_count_;
    return bpf_map_update_elem(servers_.get(), &key, &record, BPF_NOEXIST) == 0;
}

bool PinnedTable::set_flip(std::uint32_t slot, const zdr_state& state, const zdr_flip& flip) {
    const zdr_slot_key key = slot_key(slot);
    return bpf_map_update_elem(flips_.get(), &key, &flip, BPF_ANY) == 0 &&
           bpf_map_update_elem(states_.get(), &slot, &state, BPF_F_LOCK) == 0;
}

bool PinnedTable::set_flip(std::uint32_t slot, const Flip& flip) {
    return set_flip(slot, to_state_record(flip, 1), to_flip_record(flip, 1));
}

bool PinnedTable::set_checks(std::uint32_t slot, const zdr_checks& checks) {
    return bpf_map_update_elem(checks_.get(), &slot, &checks, BPF_ANY) == 0;
}

bool PinnedTable::set_overflow_checks(std::uint32_t slot, const zdr_overflow_checks& checks) {
    return bpf_map_update_elem(overflow_checks_.get(), &slot, &checks, BPF_ANY) == 0;
}

std::optional<zdr_target> PinnedTable::target(const Address& address, Port port) const {
    const __u32 zero = 0;
    __u32 id = 0;
    if (bpf_map_lookup_elem(redirects_.get(), &zero, &id) != 0) return std::nullopt;
    const UniqueFd trie(bpf_map_get_fd_by_id(id));
    zdr_redirect_key key{.prefix_bits = ZDR_PREFIX_ADDRESS, .port = port.network(), .zero = 0, .address = {}};
    std::memcpy(key.address, address.words().data(), sizeof key.address);
    zdr_target target;
    if (bpf_map_lookup_elem(trie.get(), &key, &target) != 0) return std::nullopt;
    return target;
}

std::optional<zdr_state> PinnedTable::state(std::uint32_t slot) const {
    zdr_state record;
    if (bpf_map_lookup_elem_flags(states_.get(), &slot, &record, BPF_F_LOCK) != 0) return std::nullopt;
    return record.flip == 0 && record.state == ZDR_READY ? std::nullopt : std::optional(record);
}

Flip PinnedTable::flip(std::uint32_t slot) const {
    const zdr_slot_key key = slot_key(slot);
    zdr_flip record;
    const bool is_noted = bpf_map_lookup_elem(flips_.get(), &key, &record) == 0;
    return from_records(state(slot).value_or(zdr_state{}), is_noted ? std::optional(record) : std::nullopt);
}

}  // namespace zdr::test
