#include "run_time.h"

#include <bpf/bpf.h>
#include <fmt/core.h>

#include <filesystem>
#include <map>

#include "connect_slice.h"
#include "entries.h"
#include "place.h"
#include "support/require.h"

namespace zdr::bench {
namespace {

struct RunTime {
    std::uint64_t nanoseconds = 0;
    std::uint64_t runs = 0;
};

// Of the programs behind the pinned links, by their names.
std::map<std::string, RunTime> read_run_times(const std::string& pins) {
    std::map<std::string, RunTime> out;
    for (const auto& entry : std::filesystem::directory_iterator(pins)) {
        const UniqueFd link = test::require_fd(bpf_obj_get(entry.path().c_str()), "open " + entry.path().string());
        bpf_link_info of_link{};
        __u32 size = sizeof of_link;
        if (bpf_obj_get_info_by_fd(link.get(), &of_link, &size) != 0 || size != sizeof of_link) continue;
        if (entry.path().filename().string().starts_with("zdr_")) continue;  // maps
        const UniqueFd program = test::require_fd(bpf_prog_get_fd_by_id(of_link.prog_id), "open a program");
        bpf_prog_info info{};
        size = sizeof info;
        if (bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) continue;
        out[info.name] = {info.run_time_ns, info.run_cnt};
    }
    return out;
}

struct World {
    std::string name;
    Place& place;
    Place& client;
    std::string address;
};

void measure(const World& world, int slices, std::chrono::milliseconds length, std::vector<Record>& out) {
    world.place.enter_network();
    const Connector connector("0.0.0.0", 1000);
    const std::string pins = world.place.directory() + "/state/live";
    world.client.enter();
    for (const bool is_redirected : {false, true}) {
        const test::Place to(world.address, is_redirected ? 2000 : 1000);
        connector.run(to, length);  // finds cold caches
        const std::string traffic =
            fmt::format("connects to {} port, {}", is_redirected ? "redirected" : "ordinary", world.name);
        std::map<std::string, std::vector<double>> costs;
        for (int i = 0; i < slices; ++i) {
            const auto before = read_run_times(pins);
            const auto connects = static_cast<double>(connector.run(to, length).nanoseconds.size());
            double all = 0;
            for (const auto& [name, after] : read_run_times(pins)) {
                const RunTime& start = before.at(name);
                if (after.runs == start.runs) continue;
                const auto spent = static_cast<double>(after.nanoseconds - start.nanoseconds);
                costs["a run of " + name].push_back(spent / static_cast<double>(after.runs - start.runs));
                all += spent / connects;
            }
            costs["all programs, for each of"].push_back(all);
        }
        for (const auto& [name, values] : costs)
            out.push_back(record_of("hooks", fmt::format("{}{} {}", name, name.starts_with("all") ? "" : ",", traffic),
                                    "zdr", "ns", values));
    }
}

}  // namespace

std::vector<Record> run_times(int slices, std::chrono::milliseconds length) {
    const test::Sandbox sandbox("runtime");
    const UniqueFd statistics =
        test::require_fd(bpf_enable_stats(BPF_STATS_RUN_TIME), "enable the kernel's statistics");
    Place local(sandbox, "local");
    Place remote(sandbox, "remote");
    Place client(sandbox, "client");
    remote.enter_network();
    test::connect_hosts(client.network());
    std::vector<Record> out;
    for (const World& world :
         {World{"local", local, local, "127.0.0.1"}, World{"remote", remote, client, "10.9.0.1"}}) {
        std::vector<Server> servers = servers_beside(0, false);
        servers.front().addresses = {*Address::parse(world.address)};
        load_zdr(world.place, zdr_conf(servers));
        measure(world, slices, length, out);
    }
    return out;
}

}  // namespace zdr::bench
