#include "zdr/control/restart/app_processes.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <ratio>

#include "zdr/base/text.h"
#include "zdr/base/text_file.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/net/port_holders.h"
#include "zdr/net/socket_owners.h"

namespace zdr {
namespace {

// Fields of /proc/PID/stat after the name: proc(5) counts them from 3.
enum StatField : std::size_t { kState = 0, kParent = 1, kBirth = 19, kStack = 25, kFields };

constexpr int kDeepestFamily = 64;  // a family that is deeper is cut: pids are read one by one, and may make a circle

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number out = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return out;
}

std::vector<std::string_view> split_fields(std::string_view text) {
    std::vector<std::string_view> out;
    while (out.size() < kFields && !text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

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

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const auto name_begin = text.find(" (");
    const auto name_end = text.rfind(") ");  // the name may hold anything
    if (name_begin == text.npos || name_end == text.npos || name_end < name_begin + 2) return std::nullopt;
    const auto fields = split_fields(text.substr(name_end + 2));
    const auto pid = parse_number<pid_t>(text.substr(0, name_begin));
    if (fields.size() < kFields || !pid || fields[kState] == "Z" || fields[kState] == "X") return std::nullopt;
    const auto parent = parse_number<pid_t>(fields[kParent]);
    const auto birth = parse_number<std::uint64_t>(fields[kBirth]);
    const auto stack = parse_number<std::uint64_t>(fields[kStack]);
    if (!parent || !birth || !stack) return std::nullopt;
    return ProcessStat{*pid, *parent, *birth, *stack,
                       printable(text.substr(name_begin + 2, name_end - name_begin - 2))};
}

std::uint64_t clock_ticks(std::chrono::nanoseconds boot) {
    const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return static_cast<std::uint64_t>(boot.count()) / (std::nano::den / per_second);
}

Processes read_processes() {
    Processes out;
    for (const pid_t pid : running_pids()) {
        const auto text = read_text_file(fmt::format("/proc/{}/stat", pid));
        if (!text) continue;  // it has ended
        if (auto one = parse_process_stat(*text)) out.emplace(pid, std::move(*one));
    }
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
