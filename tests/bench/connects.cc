// TCP connects to an ordinary port and to a redirected one: with nothing loaded, with zdr, with each peer. Every kind
// has a place of its own and all take turns, in short slices: from the first to the last and back, so that whatever
// else the machine does meets all alike. A second place with nothing loaded shows how much of a difference is none.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>

#include "connect_slice.h"
#include "entries.h"
#include "part.h"
#include "place.h"
#include "timed_run.h"

namespace zdr::bench {
namespace {

constexpr const char* kConnects = "connects";
constexpr const char* kNothing = "nothing";
constexpr const char* kLegacy = "iptables-legacy";
constexpr double kMostOfLegacy = 0.2;  // of what iptables costs a connect to an ordinary port
constexpr double kLeastOfOtherBuild = 0.995;
constexpr std::size_t kGroups = 10;  // of rounds, each with its own quantiles

struct Kind {
    std::string path;  // local or remote
    std::string peer;
    std::string build;
    long entries;
    std::shared_ptr<Place> place;
    std::shared_ptr<Place> client;  // where the connects come from; none: the same place
    std::shared_ptr<Connector> connector;
    std::string address;
};

// One kind and port; what its slices came to.
struct Series {
    const Kind* kind;
    bool is_redirected;
    std::vector<double> rates{};                          // of each round
    std::vector<std::vector<std::uint32_t>> latencies{};  // nanoseconds, by groups of rounds
};

class Kinds {
  public:
    explicit Kinds(const test::Sandbox& sandbox) : sandbox_(sandbox) {}

    // build: a directory of another build of zdr; empty: this one.
    void add(const std::string& path, const std::string& peer, long entries, const std::string& build = "") {
        const bool is_remote = path == "remote";
        Kind kind{path, peer, build, entries, new_place(), nullptr, nullptr, is_remote ? "10.9.0.1" : "127.0.0.1"};
        kind.place->enter_network();
        if (is_remote) {
            kind.client = new_place();
            test::connect_hosts(kind.client->network());
        }
        load(kind);
        kind.connector = std::make_shared<Connector>("0.0.0.0", 1000);
        all.push_back(std::move(kind));
    }

    std::vector<Kind> all{};

  private:
    std::shared_ptr<Place> new_place() { return std::make_shared<Place>(sandbox_, fmt::format("place{}", count_++)); }

    static void load(const Kind& kind) {
        std::vector<Server> servers = servers_beside(kind.entries, false);
        servers.front().addresses = {*Address::parse(kind.address)};
        std::rotate(servers.begin(), servers.begin() + 1, servers.end());  // rules are read from the first to the last
        const Place& place = *kind.place;
        if (kind.peer == "zdr") load_zdr(place, zdr_conf(servers));
        if (!kind.build.empty()) load_zdr(place, zdr_conf(servers), kind.build + "/loader/zdr-loader");
        if (kind.peer == "nft map") must_run({path_of("nft"), "-f", place.write("rules", nft_rules(servers))});
        if (kind.peer.starts_with("iptables"))
            must_run({path_of(kind.peer + "-restore"), place.write("rules", iptables_rules(servers))});
    }

    const test::Sandbox& sandbox_;
    int count_ = 0;
};

void run_slice(Series& one, std::chrono::nanoseconds length, std::size_t group) {
    const Kind& kind = *one.kind;
    if (kind.client) {
        kind.client->enter();
    } else {
        kind.place->enter();
    }
    const test::Place to(kind.address, one.is_redirected ? 2000 : 1000);
    Slice slice = kind.connector->run(to, length);
    one.rates.back() += slice.rate / 2;
    auto& latencies = one.latencies[group];
    latencies.insert(latencies.end(), slice.nanoseconds.begin(), slice.nanoseconds.end());
}

void run_rounds(std::vector<Series>& all, int rounds, std::chrono::nanoseconds length) {
    for (Series& one : all) one.latencies.resize(kGroups);
    for (int round = 0; round < rounds; ++round) {
        const std::size_t group = static_cast<std::size_t>(round) * kGroups / static_cast<std::size_t>(rounds);
        for (Series& one : all) one.rates.push_back(0);
        for (std::size_t i = 0; i < all.size(); ++i) run_slice(all[i], length, group);
        for (std::size_t i = all.size(); i-- > 0;) run_slice(all[i], length, group);
    }
}

const Series& plain_of(const std::vector<Series>& all, const Series& one) {
    for (const Series& other : all)
        if (other.kind->path == one.kind->path && other.kind->peer == kNothing) return other;
    throw std::logic_error("no plain connects of " + one.kind->path);
}

double quantile(std::vector<std::uint32_t> values, double share) {
    const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)] / 1000.0;
}

std::string name_of(const Series& one, const std::string& what) {
    return fmt::format("{}, {} port, {}", what, one.is_redirected ? "redirected" : "ordinary", one.kind->path);
}

std::optional<Mark> mark_of(const Series& one) {
    if (one.kind->peer != "zdr" || one.kind->entries != 0) return std::nullopt;
    const bool is_local = one.kind->path == "local";
    if (!one.is_redirected) return is_local ? std::optional(at_least(0.99, "compared")) : std::nullopt;
    return at_least(is_local ? 0.97 : 0.94, "compared");
}

// Microseconds that a connect takes longer than with nothing loaded, in each round.
std::vector<double> costs_of(const Series& one, const Series& plain) {
    std::vector<double> out;
    for (std::size_t i = 0; i < one.rates.size(); ++i) out.push_back(1e6 / one.rates[i] - 1e6 / plain.rates[i]);
    return out;
}

// What all other traffic of the host pays, beside what it pays for the classic rule.
Record cost_of(const std::vector<Series>& all, const Series& one, const Series& plain) {
    Record out = record_of(kConnects, name_of(one, "a connect beyond that with nothing loaded"), one.kind->peer, "us",
                           costs_of(one, plain));
    out.entries = one.kind->entries;
    if (one.kind->peer == kLegacy) return out;
    for (const Series& other : all)
        if (other.kind->peer == kLegacy && other.kind->path == one.kind->path && !other.is_redirected &&
            other.kind->entries == one.kind->entries)
            out.compared = ratio_of_costs(kLegacy, costs_of(one, plain), costs_of(other, plain));
    if (one.kind->peer == "zdr" && one.kind->entries == 0) out.mark = at_most(kMostOfLegacy, "compared");
    return out;
}

Record latency_of(const Series& one) {
    const auto of_groups = [&](double share) {
        std::vector<double> out;
        for (const auto& group : one.latencies)
            if (!group.empty()) out.push_back(quantile(group, share));
        return out;
    };
    Record out = record_of(kConnects, name_of(one, "connect()"), one.kind->peer, "us", of_groups(0.5));
    out.entries = one.kind->entries;
    for (const auto& [name, share] : {std::pair("p50", 0.5), {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}})
        out.quantiles.emplace_back(name, spread_of(of_groups(share)).median);
    return out;
}

void add_records(const std::vector<Series>& all, const Series& one, Outcome& out) {
    const Series& plain = plain_of(all, one);
    Record rate = record_of(kConnects, name_of(one, "connects"), one.kind->peer, "1/s", one.rates);
    rate.entries = one.kind->entries;
    if (&one != &plain) rate.compared = ratio_to("nothing, ordinary port", one.rates, plain.rates);
    rate.mark = mark_of(one);
    out.records.push_back(rate);
    out.records.push_back(latency_of(one));
    if (&one != &plain && !one.is_redirected) out.records.push_back(cost_of(all, one, plain));
}

nlohmann::json distribution_of(const Series& one) {
    std::vector<std::uint32_t> values;
    for (const auto& group : one.latencies) values.insert(values.end(), group.begin(), group.end());
    nlohmann::json points = nlohmann::json::array();
    for (double rest = 1; rest > 0.0005; rest *= 0.8)
        points.push_back({std::round(1e5 * (1 - rest)) / 1e5, quantile(values, 1 - rest)});
    return {{"path", one.kind->path},
            {"peer", one.kind->peer},
            {"entries", one.kind->entries},
            {"port", one.is_redirected ? "redirected" : "ordinary"},
            {"share_and_us", points}};
}

// Of this build and another one: what a change has done to all traffic of the host, and to checks.
void add_beside_builds(const std::vector<Series>& all, const Series& one, Outcome& out) {
    if (one.kind->peer != "zdr" || one.kind->entries != 0) return;
    for (const Series& other : all) {
        if (other.kind->build.empty() || other.kind->path != one.kind->path || other.is_redirected != one.is_redirected)
            continue;
        Record beside = record_of(kConnects, name_of(one, "connects, beside another build"), "zdr", "1/s", one.rates);
        beside.compared = ratio_to(other.kind->peer, one.rates, other.rates);
        beside.mark = at_least(kLeastOfOtherBuild, "compared");
        out.records.push_back(beside);
    }
}

void gather(Kinds& kinds, Effort effort, const std::vector<std::string>& builds) {
    for (const char* path : {"local", "remote"})
        for (const char* peer : {kNothing, "nothing, again", "zdr", "iptables-legacy", "iptables-nft", "nft map"})
            kinds.add(path, peer, 0);
    for (const char* path : {"local", "remote"})
        for (const std::string& build : builds)
            kinds.add(path, "zdr of " + build.substr(build.rfind('/') + 1), 0, build);
    const long others = by_effort(effort, 10L, 1000L, 1000L);
    for (const char* peer : {"zdr", "iptables-legacy", "iptables-nft", "nft map"}) kinds.add("local", peer, others);
}

}  // namespace

Outcome connects(Effort effort, const std::vector<std::string>& builds) {
    const test::Sandbox sandbox("connects");
    Kinds kinds(sandbox);
    gather(kinds, effort, builds);
    take_one_processor();
    std::vector<Series> all;
    for (const Kind& kind : kinds.all)
        for (const bool is_redirected : {false, true})
            if (!is_redirected || !kind.peer.starts_with(kNothing)) all.push_back({&kind, is_redirected});

    const std::chrono::milliseconds length(by_effort(effort, 1, 20, 20));
    run_rounds(all, 1, length);  // finds cold caches
    for (Series& one : all) one = {one.kind, one.is_redirected};
    run_rounds(all, by_effort(effort, 2, 20, 200), length);

    Outcome out;
    for (const Series& one : all) {
        add_records(all, one, out);
        add_beside_builds(all, one, out);
        out.series["connect_latency"].push_back(distribution_of(one));
    }
    return out;
}

}  // namespace zdr::bench
