#include "zdr/kernel/last_flip_files.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace zdr {
namespace {

bool starts_as_last(const Server& server) {
    return server.start == Start::kLast;
}

// As far as a file tells: the clocks that it is read by have moved on.
bool is_same(const Flip& flip, const Flip& kept) {
    return flip.state == kept.state && flip.since_unix == kept.since_unix && flip.uid == kept.uid &&
           flip.by == kept.by && flip.reason == kept.reason &&
           flip.expires_boot.has_value() == kept.expires_boot.has_value();
}

bool is_over(const Flip& flip) {
    return flip.since_boot.count() == 0 || flip.effective(boot_now()) != flip.state;
}

Result<void> write(const LastFlips& last, const std::string& server, const Flip& flip) {
    auto file = last.write(server, flip);
    if (!file) return tl::unexpected(std::move(file.error()));
    return file->commit();
}

}  // namespace

Result<LastFlips::Found> prepare_last_flips(const LastFlips& last, std::span<const Server> servers, gid_t group) {
    if (std::none_of(servers.begin(), servers.end(), starts_as_last)) return LastFlips::Found{};
    if (auto made = last.make(group); !made) return tl::unexpected(std::move(made.error()));
    return last.read();
}

Result<void> keep_last_flips(const LastFlips& last, const ServerTable& table) {
    const auto entries = table.list();
    if (!entries) return tl::unexpected(entries.error());
    const auto kept = last.read();
    if (!kept) return tl::unexpected(kept.error());
    std::set<std::string> names;
    for (const ServerEntry& entry : *entries) {
        const std::string& name = entry.server.name;
        if (!starts_as_last(entry.server)) continue;
        const auto flip = table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        if (is_over(*flip)) continue;
        names.insert(name);
        const auto found = kept->flips.find(name);
        if (found != kept->flips.end() && is_same(*flip, found->second)) continue;
        if (auto written = write(last, name, *flip); !written) return written;
    }
    last.keep_only(names);
    return {};
}

}  // namespace zdr
