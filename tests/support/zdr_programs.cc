#include "support/zdr_programs.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace zdr::test {
namespace {

using nlohmann::json;

json server_status(const std::string& status, const std::string& name) {
    const json document = json::parse(status);
    for (const json& one : document["servers"])
        if (one["name"] == name) return one;
    throw std::runtime_error("status has no server " + name);
}

}  // namespace

ZdrPrograms::ZdrPrograms(const Sandbox& sandbox)
    : config_(sandbox.directory() + "/zdr.conf"), state_dir_(sandbox.state_dir()), cgroup_(sandbox.cgroup()) {}

ZdrPrograms::ZdrPrograms(const std::string& directory, std::string cgroup)
    : config_(directory + "/zdr.conf"), state_dir_(directory + "/state"), cgroup_(std::move(cgroup)) {}

void ZdrPrograms::configure(std::string_view text) const {
    std::ofstream(config_) << text;
}

Command ZdrPrograms::loader(const Command& arguments) const {
    return Command{loader_path()} + arguments + Command{"--state-dir", state_dir_, "--cgroup", cgroup_};
}

Command ZdrPrograms::ctl(const Command& arguments) const {
    return Command{ctl_path()} + arguments + Command{"--state-dir", state_dir_};
}

std::string ZdrPrograms::status() const {
    const Output output = run(ctl({"status", "--json"}));
    if (output.status != 0) throw std::runtime_error(output.err);
    return output.out;
}

std::string ZdrPrograms::state(const std::string& server) const {
    return server_status(status(), server)["state"];
}

std::int64_t ZdrPrograms::redirected(const std::string& server) const {
    return server_status(status(), server)["redirected"];
}

std::int64_t ZdrPrograms::refused(const std::string& server) const {
    return server_status(status(), server)["refused"];
}

std::string ZdrPrograms::sessions(const std::string& server) const {
    const json counts = server_status(status(), server)["sessions"];
    if (counts["active"].is_null() && counts["idle"].is_null()) return "unknown";
    return std::to_string(counts["active"].get<int>()) + "+" + std::to_string(counts["idle"].get<int>());
}

std::string ZdrPrograms::loader_path() {
    return ZDR_LOADER;
}
std::string ZdrPrograms::ctl_path() {
    return ZDRCTL;
}

}  // namespace zdr::test
