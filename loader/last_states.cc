#include "last_states.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace zdr::loader {
namespace {

using nlohmann::json;

// One file for each state directory, so that two zdr on a host keep apart.
std::string file_for(std::string state_dir) {
    std::replace(state_dir.begin(), state_dir.end(), '/', '-');
    return "/var/lib/zdr/last" + state_dir + ".json";
}

}  // namespace

std::map<std::string, Flip> read_last_states(const std::string& state_dir) {
    std::map<std::string, Flip> out;
    std::ifstream file(file_for(state_dir));
    const json states = json::parse(file, nullptr, false);
    if (!states.is_object()) return out;
    for (const auto& [name, one] : states.items()) {
        if (!one.is_object()) continue;
        const auto state = parse_state(one.value("state", ""));
        auto flip =
            state ? make_flip(*state, 0, one.value("by", ""), one.value("reason", "")) : fail(Errc::kFailed, "");
        if (flip) out.emplace(name, std::move(*flip));
    }
    return out;
}

Result<std::size_t> write_last_states(const std::string& state_dir, const ServerTable& table) {
    auto entries = table.list();
    if (!entries) return tl::unexpected(std::move(entries.error()));
    json states = json::object();
    for (const ServerEntry& entry : *entries) {
        if (entry.server.start != Start::kLast) continue;
        const auto flip = table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        states[entry.server.name] = {
            {"state", to_string(flip->effective(boot_now()))}, {"by", flip->by}, {"reason", flip->reason}};
    }

    const std::string path = file_for(state_dir);
    std::error_code error;
    if (states.empty()) {
        std::filesystem::remove(path, error);
        return 0;
    }
    std::filesystem::create_directories("/var/lib/zdr", error);
    std::ofstream file(path + ".new", std::ios::trunc);
    file << states.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
    file.close();
    if (!file) return fail(Errc::kFailed, "cannot write " + path + ".new");
    std::filesystem::rename(path + ".new", path, error);
    if (error) return fail_errno("rename " + path + ".new", error.value());
    return states.size();
}

}  // namespace zdr::loader
