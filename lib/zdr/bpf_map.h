// A typed view of a BPF map: keys and values are records of the ABI header, sizes are checked once when it is opened.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zdr/error.h"
#include "zdr/unique_fd.h"

namespace zdr {

enum class Access { kRead, kWrite };

// The fd of the map pinned at path. Errors: of open(), and kNotLoaded where the pin is no map of these sizes.
Result<UniqueFd> open_pinned_map(const std::string& path, Access access, std::size_t key_size, std::size_t value_size);

// Not for per-CPU maps, whose values are one for each CPU.
template <class Key, class Value>
class BpfMap {
  public:
    static Result<BpfMap> open(const std::string& path, Access access) {
        auto fd = open_pinned_map(path, access, sizeof(Key), sizeof(Value));
        if (!fd) return tl::unexpected(std::move(fd.error()));
        return BpfMap(path, std::move(*fd));
    }

    int fd() const { return fd_.get(); }

    // BPF_F_LOCK reads a record that has a lock while nobody writes it.
    Result<std::optional<Value>> find(const Key& key, __u64 flags = 0) const {
        Value value;
        if (bpf_map_lookup_elem_flags(fd_.get(), &key, &value, flags) == 0) return value;
        if (errno == ENOENT) return std::nullopt;
        return fail_errno("read " + path_);
    }

    Result<void> set(const Key& key, const Value& value) const {
        if (bpf_map_update_elem(fd_.get(), &key, &value, BPF_ANY) == 0) return {};
        return fail_errno("write " + path_);
    }

    // Whether the key was there.
    Result<bool> erase(const Key& key) const {
        if (bpf_map_delete_elem(fd_.get(), &key) == 0) return true;
        if (errno == ENOENT) return false;
        return fail_errno("delete from " + path_);
    }

    // Every entry, in no order. The caller holds the state directory's lock, so nothing is deleted meanwhile.
    Result<std::vector<std::pair<Key, Value>>> entries() const {
        std::vector<std::pair<Key, Value>> out;
        Key key;
        for (Key* last = nullptr; bpf_map_get_next_key(fd_.get(), last, &key) == 0; last = &key) {
            auto value = find(key);
            if (!value) return tl::unexpected(std::move(value.error()));
            if (*value) out.emplace_back(key, **value);
        }
        if (errno != ENOENT) return fail_errno("list " + path_);
        return out;
    }

  private:
    BpfMap(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::string path_;
    UniqueFd fd_;
};

}  // namespace zdr
