// One flip inside a process that goes on living, by the library that zdrctl is made of (Google Benchmark): with the
// table open, with lock and look-up as an agent would do it, and with everything opened anew; by one and by two
// writers.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <array>
#include <map>
#include <stdexcept>

#include "entries.h"
#include "part.h"
#include "place.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::bench {
namespace {

constexpr const char* kFlipInProcess = "flip_in_process";

template <class Value>
Value must(Result<Value>&& result) {
    if (!result) throw std::runtime_error(result.error().text);
    return std::move(*result);
}

// What a writer flips to, by turns.
class Turns {
  public:
    const Flip& next() { return flips_[++turn_ % 2]; }

  private:
    std::array<Flip, 2> flips_{must(make_flip(State::kDrain, 0, "root", "")),
                               must(make_flip(State::kReady, 0, "root", ""))};
    std::size_t turn_ = 0;
};

// Each writer has a server of its own.
std::string server_of(const benchmark::State& state) {
    return state.thread_index() == 0 ? "webA" : fmt::format("s{:05}", state.thread_index());
}

void with_open_table(benchmark::State& state, const std::string& state_dir) {
    const ServerTable table = must(ServerTable::open(state_dir + "/live", Access::kWrite));
    const std::uint32_t slot = must(table.find(server_of(state)))->slot;
    Turns turns;
    for (auto _ : state) must(table.flip(slot, turns.next()));
}

// The same update of the same map by the system call alone: what no library can do without.
void bare_update(benchmark::State& state, const std::string& state_dir) {
    const ServerTable table = must(ServerTable::open(state_dir + "/live", Access::kWrite));
    const auto states =
        must(BpfMap<__u32, zdr_state>::open(state_dir + "/live", side_maps(table.side()).states, Access::kWrite));
    const std::uint32_t slot = must(table.find(server_of(state)))->slot;
    must(table.flip(slot, Turns().next()));
    const zdr_state record = must(states.find(slot)).value();
    for (auto _ : state)
        if (bpf_map_update_elem(states.fd(), &slot, &record, BPF_F_LOCK) != 0) state.SkipWithError("update");
}

void with_lock_and_name(benchmark::State& state, const std::string& state_dir) {
    const ServerTable table = must(ServerTable::open(state_dir + "/live", Access::kWrite));
    const std::string name = server_of(state);
    Turns turns;
    for (auto _ : state) {
        const StateDir locked = must(StateDir::open(state_dir, Access::kWrite));
        const std::uint32_t slot = must(table.find(name))->slot;
        benchmark::DoNotOptimize(must(table.flip_of(slot)));
        must(table.flip(slot, turns.next()));
    }
}

void with_everything_opened(benchmark::State& state, const std::string& state_dir) {
    const std::string name = server_of(state);
    Turns turns;
    for (auto _ : state) {
        const StateDir locked = must(StateDir::open(state_dir, Access::kWrite));
        const ServerTable table = must(ServerTable::open(locked.live(), Access::kWrite));
        const std::uint32_t slot = must(table.find(name))->slot;
        benchmark::DoNotOptimize(must(table.flip_of(slot)));
        must(table.flip(slot, turns.next()));
    }
}

struct Case {
    std::string name;
    void (*run)(benchmark::State&, const std::string&);
    bool has_mark;
};

const char* const kBare = "bare map update";
constexpr double kMostOfBare = 2;  // times a bare update, for a flip with the table open

const Case kCases[] = {{kBare, bare_update, false},
                       {"table open", with_open_table, true},
                       {"table open, lock and look-up by name", with_lock_and_name, false},
                       {"everything opened anew", with_everything_opened, false}};

std::string name_of(const std::string& flip, int writers, long entries) {
    return fmt::format("{}, {} writers, {}", flip, writers, entries);
}

// Keeps the microseconds of a flip of each repetition, by the benchmark's name.
class Keeper : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context& /*context*/) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& one : runs) {
            if (one.error_occurred) throw std::runtime_error(one.error_message);
            if (one.run_type != Run::RT_Iteration) continue;
            // Wall time by all threads' iterations, so this is the time between two flips of one writer.
            kept[one.run_name.function_name].push_back(one.GetAdjustedRealTime() * static_cast<double>(one.threads) /
                                                       1000);
        }
    }
    std::map<std::string, std::vector<double>> kept;
};

void run_benchmarks(Effort effort, Keeper& keeper) {
    std::vector<std::string> flags{"measure", fmt::format("--benchmark_repetitions={}", by_effort(effort, 1, 5, 21)),
                                   fmt::format("--benchmark_min_time={}", by_effort(effort, 0.001, 0.05, 0.1)),
                                   "--benchmark_enable_random_interleaving=true"};
    std::vector<char*> arguments;
    arguments.reserve(flags.size());
    for (std::string& one : flags) arguments.push_back(one.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    benchmark::RunSpecifiedBenchmarks(&keeper);
}

void add_records(const Case& flip, int writers, long entries, const Keeper& keeper, Outcome& out) {
    const std::vector<double>& runs = keeper.kept.at(name_of(flip.name, writers, entries));
    Record time = record_of(kFlipInProcess, flip.name, "", "us", runs);
    time.peer = writers == 1 ? "1 writer" : fmt::format("{} writers", writers);
    time.entries = entries;
    if (flip.name != kBare) time.compared = ratio_to(kBare, runs, keeper.kept.at(name_of(kBare, writers, entries)));
    if (flip.has_mark && writers == 1) time.mark = at_most(kMostOfBare, "compared");
    std::vector<double> rates;
    rates.reserve(runs.size());
    for (const double microseconds : runs) rates.push_back(writers * 1e6 / microseconds);
    Record rate = record_of(kFlipInProcess, flip.name, time.peer, "flips/s", rates);
    rate.entries = entries;
    out.records.push_back(time);
    out.records.push_back(rate);
}

}  // namespace

Outcome flip_in_process(Effort effort) {
    const test::Sandbox sandbox("inside");
    const std::vector<long> sizes{10, by_effort(effort, 100L, 65535L, 65535L)};
    std::map<long, Place> places;
    for (const long entries : sizes) {
        const auto& place = places.try_emplace(entries, sandbox, std::to_string(entries)).first->second;
        load_zdr(place, zdr_conf(servers_beside(entries, false)));
    }
    const auto for_each = [&](const auto& function) {
        for (const Case& flip : kCases)
            for (const int writers : {1, 2})
                for (const long entries : sizes) function(flip, writers, entries);
    };
    for_each([&](const Case& flip, int writers, long entries) {
        const std::string state_dir = places.at(entries).directory() + "/state";
        benchmark::RegisterBenchmark(name_of(flip.name, writers, entries).c_str(),
                                     [&flip, state_dir](benchmark::State& state) { flip.run(state, state_dir); })
            ->Threads(writers)
            ->UseRealTime();
    });
    Keeper keeper;
    run_benchmarks(effort, keeper);
    Outcome out;
    for_each([&](const Case& flip, int writers, long entries) { add_records(flip, writers, entries, keeper, out); });
    return out;
}

}  // namespace zdr::bench
