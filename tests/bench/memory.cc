// Memory: the kernel's for each server, when it is configured, asked by a checker, flipped; and zdrctl's own.
#include <fmt/core.h>
#include <sys/socket.h>

#include <functional>
#include <stdexcept>

#include "entries.h"
#include "kernel_memory.h"
#include "part.h"
#include "place.h"
#include "support/net.h"
#include "timed_run.h"
#include "zdr/server_table.h"
#include "zdr/state_dir.h"

namespace zdr::bench {
namespace {

constexpr const char* kPart = "memory";
constexpr double kMegabyte = 1024.0 * 1024;

struct Level {
    double accounted;
    double slab;
};

Level level_of(const std::string& pins) {
    return {accounted_bytes(pins), slab_bytes()};
}

// One check of each server, from this process, as HAProxy makes it.
void ask_each(const std::vector<Server>& servers) {
    const test::Attempt app = test::listen_on("0.0.0.0", 1000);
    if (app.error != 0) throw std::runtime_error("listen: " + app.refusal());
    for (const Server& one : servers) {
        const test::Attempt check = test::connect_to(one.addresses.front().to_string(), one.status_port.host());
        if (check.error != 0) throw std::runtime_error("check " + one.name + ": " + check.refusal());
        const linger reset{1, 0};  // leaves nothing in TIME_WAIT
        setsockopt(check.fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        const UniqueFd session(accept4(app.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
}

// Out and back, as the record of the last flip stays.
void flip_each(const std::string& pins) {
    const auto table = ServerTable::open(pins, Access::kWrite);
    if (!table) throw std::runtime_error(table.error().text);
    const auto servers = table->list();
    const auto flip = make_flip(State::kReady, 0, "root", "");
    if (!servers || !flip) throw std::runtime_error("list the servers");
    for (const ServerEntry& one : *servers)
        if (const auto done = table->flip(one.slot, *flip); !done) throw std::runtime_error(done.error().text);
}

Record bytes_each(const std::string& name, double bytes, long servers) {
    Record out = record_of(kPart, "kernel memory of a server, " + name, "zdr", "bytes", {bytes});
    out.entries = servers;
    return out;
}

void kernel_memory(const test::Sandbox& sandbox, long count, Outcome& out) {
    const Place place(sandbox, "kernel");
    load_zdr(place, "");
    const std::string pins = place.directory() + "/state/live";
    const Level none = level_of(pins);
    Record empty = record_of(kPart, "kernel memory, no server", "zdr", "MB", {none.accounted / kMegabyte});
    empty.entries = 0;
    empty.mark = at_most(4);
    out.records.push_back(empty);

    const std::vector<Server> servers = servers_beside(count - 1, true);
    const auto note = [&](const std::string& name, bool has_mark, const std::function<void()>& step) {
        step();
        const Level now = level_of(pins);
        Record accounted =
            bytes_each(name + ", by its account", (now.accounted - none.accounted) / static_cast<double>(count), count);
        Record slab = bytes_each(name + ", by slabs", (now.slab - none.slab) / static_cast<double>(count), count);
        if (has_mark) accounted.mark = slab.mark = at_most(512);
        out.records.push_back(accounted);
        out.records.push_back(slab);
    };
    note("configured", true, [&] { load_zdr(place, zdr_conf(servers)); });
    note("and asked by a checker", true, [&] { ask_each(servers); });
    note("and flipped once", false, [&] { flip_each(pins); });
}

// Peak of the process, in MB. A child's starts with its parent's, which is why a small one stands between.
double peak_of(const test::Command& command) {
    test::Command timed{path_of("time"), "--quiet", "--format=peak %M"};
    timed.insert(timed.end(), command.begin(), command.end());
    const test::Output output = test::run(timed);
    const std::size_t at = output.err.rfind("peak ");
    if (output.status != 0 || at == std::string::npos) throw std::runtime_error("time: " + output.err);
    return std::stod(output.err.substr(at + 5)) / 1024;
}

void peaks(const test::Sandbox& sandbox, long count, int runs, Outcome& out) {
    const Place place(sandbox, "peaks");
    load_zdr(place, zdr_conf(servers_beside(count - 1, true)));
    struct Peak {
        std::string name;
        test::Command command;
        std::vector<double> runs{};
    };
    std::vector<Peak> peaks{{"a process that does nothing", {"/bin/true"}},
                            {"drain of one server", place.zdr().ctl({"drain", "webA", "--no-wait", "-q"})},
                            {"ready of one server", place.zdr().ctl({"ready", "webA", "--no-wait", "-q"})},
                            {"status of all servers", place.zdr().ctl({"status"})},
                            {"status --json of all servers", place.zdr().ctl({"status", "--json"})}};
    for (int i = 0; i < runs; ++i)  // by turns, so that each flip flips
        for (Peak& one : peaks) one.runs.push_back(peak_of(one.command));
    for (const Peak& one : peaks) {
        const std::string& path = one.command.front();
        Record record = record_of(kPart, "peak of " + one.name, path.substr(path.rfind('/') + 1), "MB", one.runs);
        record.entries = count;
        out.records.push_back(record);
    }
}

}  // namespace

Outcome memory(Effort effort) {
    const test::Sandbox sandbox("memory");
    Outcome out;
    kernel_memory(sandbox, by_effort(effort, 1000L, 65536L, 65536L), out);
    peaks(sandbox, by_effort(effort, 100L, 10000L, 10000L), by_effort(effort, 1, 3, 10), out);
    return out;
}

}  // namespace zdr::bench
