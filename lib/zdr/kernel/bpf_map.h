// A typed view of a BPF map: keys and values are records of the ABI header, sizes are checked once when it is opened.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/base/retry.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/access.h"
#include "zdr/kernel/map_table.h"

namespace zdr {

// Whether a map's records have the sizes that this build knows. Error kNotLoaded: which map, and what to do.
Result<void> check_sizes(int fd, const MapSpec& map, const std::string& path);

// The fd of the map pinned in a directory. Errors: of open(), and those of check_sizes().
Result<UniqueFd> open_pinned_map(const std::string& directory, const MapSpec& map, Access access);

// Where a walk in batches stands: a bucket number for hashes, a key for other maps.
template <class Key>
struct BatchCursor {
    alignas(8) char bytes[sizeof(Key) > sizeof(__u32) ? sizeof(Key) : sizeof(__u32)];
};

// Whether that errno says that the kernel has no batches for this kind of map (some came with 5.6, some later).
bool is_of_batch(int error);
bpf_map_batch_opts batch_options(bool has_lock = false);
// All in one system call, which takes a third of the time of single ones. False where it failed; some may be done then,
// and to do all of them again is harmless.
bool set_batch(int fd, const void* keys, const void* values, std::size_t count, bool has_lock);
bool erase_batch(int fd, const void* keys, std::size_t count);

// Not for per-CPU maps, whose values are one for each CPU.
template <class Key, class Value>
class BpfMap {
  public:
    // One that is pinned in a directory (map_table.h has them all).
    static Result<BpfMap> open(const std::string& directory, const PinnedMap<Key, Value>& map, Access access) {
        auto fd = open_pinned_map(directory, map, access);
        if (!fd) return tl::unexpected(std::move(fd.error()));
        return BpfMap(directory + "/" + map.name, std::move(*fd));
    }

    int fd() const { return fd_.get(); }

    // A record that has a lock is read while nobody writes it.
    Result<std::optional<Value>> find(const Key& key) const {
        Value value;
        if (bpf_map_lookup_elem_flags(fd_.get(), &key, &value, kFlags) == 0) return value;
        if (errno == ENOENT) return std::nullopt;
        return fail_errno("read " + path_);
    }

    Result<void> set(const Key& key, const Value& value) const {
        const auto write = [&] { return bpf_map_update_elem(fd_.get(), &key, &value, BPF_ANY | kFlags) == 0; };
        if (succeeds(write)) return {};
        return fail_errno("write " + path_);
    }

    // Whether the key was there.
    Result<bool> erase(const Key& key) const {
        if (succeeds([&] { return bpf_map_delete_elem(fd_.get(), &key) == 0; })) return true;
        if (errno == ENOENT) return false;
        return fail_errno("delete from " + path_);
    }

    // Hands every entry to visit, in no order; its error ends the walk. The caller holds the state directory's lock, so
    // nothing is deleted meanwhile.
    template <class Visit>
    Result<void> for_each(Visit visit) const {
        std::vector<Key> keys(kBatch);
        std::vector<Value> values(kBatch);
        BatchCursor<Key> cursor;
        const bpf_map_batch_opts options = batch_options(kHasLock<Value>);
        for (bool is_first = true;; is_first = false) {
            __u32 count = kBatch;
            const int error = bpf_map_lookup_batch(fd_.get(), is_first ? nullptr : &cursor, &cursor, keys.data(),
                                                   values.data(), &count, &options);
            if (error != 0 && errno != ENOENT) {
                if (is_first && !is_of_batch(errno)) return fail_errno("list " + path_);
                if (is_first) return for_each_singly(visit);
                return fail_errno("list " + path_);
            }
            for (__u32 i = 0; i < count; ++i)
                if (Result<void> visited = visit(keys[i], values[i]); !visited) return visited;
            if (error != 0) return {};
        }
    }

    // In no order. What others add or change meanwhile may be there or not.
    Result<std::vector<Key>> keys() const {
        std::vector<Key> out;
        Key key;
        for (Key* last = nullptr; bpf_map_get_next_key(fd_.get(), last, &key) == 0; last = &key) out.push_back(key);
        if (errno != ENOENT) return fail_errno("list " + path_);
        return out;
    }

    // The same as so many set() and erase(), faster. When one fails, some of them are done.
    Result<void> set_all(std::span<const Key> keys, std::span<const Value> values) const {
        if (set_batch(fd_.get(), keys.data(), values.data(), keys.size(), kHasLock<Value>)) return {};
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (auto done = set(keys[i], values[i]); !done) return done;
        return {};
    }
    Result<void> erase_all(std::span<const Key> keys) const {
        if (erase_batch(fd_.get(), keys.data(), keys.size())) return {};
        for (const Key& key : keys)
            if (auto done = erase(key); !done) return tl::unexpected(std::move(done.error()));
        return {};
    }

  private:
    BpfMap(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    static constexpr __u64 kFlags = kHasLock<Value> ? __u64{BPF_F_LOCK} : 0;
    static constexpr __u32 kBatch = 256;  // entries that one call reads; more than any bucket of a hash has

    template <class Visit>
    Result<void> for_each_singly(Visit visit) const {
        Key key;
        for (Key* last = nullptr; bpf_map_get_next_key(fd_.get(), last, &key) == 0; last = &key) {
            auto value = find(key);
            if (!value) return tl::unexpected(std::move(value.error()));
            if (!*value) continue;
            if (Result<void> visited = visit(key, **value); !visited) return visited;
        }
        if (errno != ENOENT) return fail_errno("list " + path_);
        return {};
    }

    std::string path_;
    UniqueFd fd_;
};

}  // namespace zdr
