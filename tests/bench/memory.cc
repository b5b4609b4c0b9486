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
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::bench {
namespace {

constexpr const char* kMemory = "memory";
constexpr double kMegabyte = 1024.0 * 1024;

// Bytes of a server after each step, of each round.
struct Step {
    std::string name;
    bool has_mark;
    std::function<void()> take;
    std::vector<double> accounted{};
    std::vector<double> slab{};
};

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

void run_round(const Place& place, std::vector<Step>& steps, double count) {
    const std::string pins = place.directory() + "/state/live";
    must_run(place.zdr().loader({"unload"}));  // maps keep what their entries took, for the next ones
    load_zdr(place, "");
    const double accounted = accounted_bytes(pins);
    const double slab = settled_slab_bytes();
    for (Step& one : steps) {
        one.take();
        one.accounted.push_back((accounted_bytes(pins) - accounted) / count);
        one.slab.push_back((settled_slab_bytes() - slab) / count);
    }
}

void kernel_memory(const test::Sandbox& sandbox, long count, int rounds, Outcome& out) {
    const Place place(sandbox, "kernel");
    load_zdr(place, "");
    const std::string pins = place.directory() + "/state/live";
    Record empty = record_of(kMemory, "kernel memory, no server", "zdr", "MB", {accounted_bytes(pins) / kMegabyte});
    empty.entries = 0;
    empty.mark = at_most(4);
    out.records.push_back(empty);

    const std::vector<Server> servers = servers_beside(count - 1, true);
    std::vector<Step> steps{{"configured", true, [&] { load_zdr(place, zdr_conf(servers)); }},
                            {"and asked by a checker", true, [&] { ask_each(servers); }},
                            {"and flipped once", false, [&] { flip_each(pins); }}};
    for (int i = 0; i < rounds; ++i) run_round(place, steps, static_cast<double>(count));
    const auto add = [&](const Step& step, const char* how, const std::vector<double>& bytes) {
        Record record = record_of(kMemory, fmt::format("kernel memory of a server, {}, by {}", step.name, how), "zdr",
                                  "bytes", bytes);
        record.entries = count;
        if (step.has_mark) record.mark = at_most(512);
        out.records.push_back(std::move(record));
    };
    for (const Step& one : steps) {
        add(one, "its account", one.accounted);
        add(one, "slabs", one.slab);
    }
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
        Record record = record_of(kMemory, "peak of " + one.name, path.substr(path.rfind('/') + 1), "MB", one.runs);
        record.entries = count;
        out.records.push_back(record);
    }
}

}  // namespace

Outcome memory(Effort effort) {
    const test::Sandbox sandbox("memory");
    Outcome out;
    kernel_memory(sandbox, by_effort(effort, 1000L, 65536L, 65536L), by_effort(effort, 1, 3, 5), out);
    peaks(sandbox, by_effort(effort, 100L, 10000L, 10000L), by_effort(effort, 1, 3, 10), out);
    return out;
}

}  // namespace zdr::bench
