#include "zdr/control/restart/app_processes.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ratio>

#include "zdr/control/restart/listeners.h"
#include "zdr/net/port_holders.h"
#include "zdr/net/socket_owners.h"

namespace zdr {
namespace {

constexpr int kDeepestFamily = 64;  // a family that is deeper is cut: pids are read one by one, and may make a circle

// Whether one of those above a process is among these.
bool is_under(const Processes& running, pid_t pid, const Pids& above) {
    for (int i = 0; i < kDeepestFamily; ++i) {
        const auto found = running.find(pid);
        if (found == running.end()) return false;
        pid = found->second.parent;
        if (above.contains(pid)) return true;
    }
    return false;
}

}  // namespace

Processes read_processes() {
    Processes out;
    for (const pid_t pid : running_pids())
        if (auto one = read_process_stat(pid)) out.emplace(pid, std::move(*one));
    return out;
}

void add_family(AppSnapshot& snapshot, pid_t self) {
    snapshot.outer = {1};
    for (int i = 0; i < kDeepestFamily && self > 1; ++i) {
        snapshot.outer.insert(self);
        const auto found = snapshot.running.find(self);
        self = found == snapshot.running.end() ? 0 : found->second.parent;
    }
    Pids heads;
    std::set_difference(snapshot.holders.begin(), snapshot.holders.end(), snapshot.outer.begin(), snapshot.outer.end(),
                        std::inserter(heads, heads.end()));
    snapshot.family = snapshot.holders;
    for (const auto& [pid, stat] : snapshot.running)
        if (is_under(snapshot.running, pid, heads)) snapshot.family.insert(pid);
}

Result<AppSnapshot> look_at_app(const Server& server) {
    AppSnapshot out;
    auto sockets = listeners(server);
    if (!sockets) return tl::unexpected(std::move(sockets.error()));
    out.sockets = std::move(*sockets);
    out.running = read_processes();
    SocketOwners owners;
    for (const ListeningSocket& socket : out.sockets) {
        const auto processes = owners.of(socket);
        for (const RunningProcess& one : processes) out.holders.insert(one.pid);
        if (std::all_of(processes.begin(), processes.end(), is_port_holder)) out.is_whole = false;
    }
    add_family(out, getpid());
    return out;
}

}  // namespace zdr
