#include "zdr/kernel/last_flip_files.h"

#include <map>
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

LastFlips::Found prepare_last_flips(const LastFlips& last, std::span<const Server> servers, gid_t group) {
    std::set<std::string> names;
    for (const Server& server : servers)
        if (starts_as_last(server)) names.insert(server.name);
    if (names.empty()) return {};
    const auto made = last.make(group);
    LastFlips::Found out = last.read(names);
    if (!made) out.broken.push_back("the states will not outlive a reboot: " + made.error().text);
    return out;
}

Result<void> keep_last_flips(const LastFlips& last, const ServerTable& table) {
    const auto entries = table.list();
    if (!entries) return tl::unexpected(entries.error());
    std::map<std::string, Flip> flips;
    std::set<std::string> names;
    for (const ServerEntry& entry : *entries) {
        if (!starts_as_last(entry.server)) continue;
        auto flip = table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(std::move(flip.error()));
        if (is_over(*flip)) continue;
        names.insert(entry.server.name);
        flips.emplace(entry.server.name, std::move(*flip));
    }
    const LastFlips::Found kept = last.read(names);
    Result<void> out;  // the first failure, which keeps no other flip from being kept
    for (const auto& [name, flip] : flips) {
        const auto found = kept.flips.find(name);
        if (found != kept.flips.end() && is_same(flip, found->second)) continue;
        if (auto written = write(last, name, flip); !written && out) out = std::move(written);
    }
    last.keep_only(names);
    return out;
}

}  // namespace zdr
