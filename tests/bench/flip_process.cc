// One flip as a whole process, as an operator or a deploy agent makes it: zdrctl, and the peers, beside more and more
// other servers. A run is a way out and the way back, and counts half. All settings stand side by side and take turns.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>

#include "entries.h"
#include "part.h"
#include "place.h"
#include "support/haproxy.h"
#include "timed_run.h"

namespace zdr::bench {
namespace {

constexpr const char* kPart = "flip_process";
constexpr const char* kName = "one flip as a process";
constexpr const char* kZdr = "zdrctl";
constexpr const char* kTrue = "/bin/true";
constexpr long kMost = 65536 - 1;  // others beside webA

// What flips, where, and how long it took each time.
struct Contender {
    std::string peer;
    long entries;
    std::shared_ptr<Place> place;
    std::vector<Program> out;
    std::vector<Program> back;
    std::shared_ptr<test::Haproxy> haproxy{};
    std::vector<double> runs{};
};

double flip(Contender& one) {
    if (one.place) one.place->enter_network();
    double sum = 0;
    for (const Program& program : one.out) sum += milliseconds_of(program);
    for (const Program& program : one.back) sum += milliseconds_of(program);
    one.runs.push_back(sum / 2);
    return sum / 2;
}

class Contenders {
  public:
    explicit Contenders(const test::Sandbox& sandbox) : sandbox_(sandbox) {}

    void add_true() {
        const Program program{{kTrue}};
        quick.push_back({kTrue, 0, nullptr, {program}, {program}});
    }

    void add_zdr(long entries, bool is_grouped) {
        const auto place = new_place();
        load_zdr(*place, zdr_conf(servers_beside(entries, is_grouped)));
        const auto flip_to = [&](const char* word) {
            return Program{place->zdr().ctl({word, "webA", "--no-wait", "-q"})};
        };
        const std::string peer = is_grouped ? std::string(kZdr) + ", backends of 4" : kZdr;
        quick.push_back({peer, entries, place, {flip_to("drain")}, {flip_to("ready")}});
        flip(quick.back());
        if (milliseconds_of(quick.back().out[0]) < 0 || place->zdr().state("webA") != "drain")
            throw std::runtime_error("zdrctl did not drain webA");
        milliseconds_of(quick.back().back[0]);
    }

    // kind: legacy or nft.
    void add_iptables(long entries, const std::string& kind) {
        const auto place = new_place();
        place->enter_network();
        const std::string file = place->write("rules", iptables_rules(servers_beside(entries, false)));
        must_run({path_of("iptables-" + kind + "-restore"), file});
        const auto both = [&](const char* verb) {
            std::vector<Program> out;
            for (const char* chain : {"OUTPUT", "PREROUTING"})
                out.push_back({{path_of("iptables-" + kind), "-w", "-t", "nat", verb, chain, "-d", "127.0.0.1/32", "-p",
                                "tcp", "--dport", "2000", "-j", "REDIRECT", "--to-ports", "1000"}});
            return out;
        };
        slow.push_back({"iptables-" + kind, entries, place, both("-D"), both("-I")});
    }

    void add_nft(long entries) {
        const auto place = new_place();
        place->enter_network();
        must_run({path_of("nft"), "-f", place->write("rules", nft_rules(servers_beside(entries, false)))});
        const auto element = [&](const char* verb, const char* what) {
            return Program{{path_of("nft"), verb, "element", "ip", "peer", "apps", what}};
        };
        slow.push_back({"nft map",
                        entries,
                        place,
                        {element("delete", "{ 127.0.0.1 . 2000 }")},
                        {element("add", "{ 127.0.0.1 . 2000 : 1000 }")}});
    }

    void add_haproxy(long entries) {
        const auto place = new_place();
        place->enter();
        const auto haproxy =
            std::make_shared<test::Haproxy>(place->directory(), 8080, haproxy_servers(servers_beside(entries, false)));
        const std::string socket = place->directory() + "/haproxy.sock";
        const auto line = [](const char* state) { return fmt::format("set server srvs/webA state {}", state); };
        const auto by_socat = [&](const char* state) {
            return Program{{path_of("socat"), "-", "UNIX-CONNECT:" + socket}, place->write(state, line(state) + "\n")};
        };
        const auto by_client = [&](const char* state) { return Program{{ZDR_HAPROXY_SAY, socket, line(state)}}; };
        slow.push_back({"HAProxy, socat", entries, place, {by_socat("drain")}, {by_socat("ready")}, haproxy});
        slow.push_back({"HAProxy, least client", entries, place, {by_client("drain")}, {by_client("ready")}, haproxy});
        milliseconds_of(by_client("drain"));
        if (haproxy->status("webA") != "DRAIN" && haproxy->field("webA", "status").find("drain") == std::string::npos)
            throw std::runtime_error("HAProxy did not drain webA: " + haproxy->status("webA"));
        milliseconds_of(by_client("ready"));
    }

    // All take their turn; the quick ones several times.
    void run_round(int repeats) {
        order_.resize(quick.size());
        std::iota(order_.begin(), order_.end(), 0);
        for (int i = 0; i < repeats; ++i) {
            // In another order each time, since who comes after something large finds cold caches.
            std::shuffle(order_.begin(), order_.end(), random_);
            for (const std::size_t place : order_) flip(quick[place]);
        }
        for (Contender& one : slow) flip(one);
    }

    std::vector<Contender> quick{};
    std::vector<Contender> slow{};

  private:
    std::shared_ptr<Place> new_place() const {
        return std::make_shared<Place>(sandbox_, fmt::format("place{}", quick.size() + slow.size()));
    }

    const test::Sandbox& sandbox_;
    std::vector<std::size_t> order_{};
    std::mt19937 random_{1};  // the same orders in every run
};

void gather(Contenders& all, Effort effort) {
    const bool is_smoke = effort == Effort::kSmoke;
    const auto sizes = is_smoke ? std::vector<long>{0, 10} : std::vector<long>{0, 100, 1000, 10000};
    all.add_true();
    for (const bool is_grouped : {false, true}) {
        for (const long entries : sizes) all.add_zdr(entries, is_grouped);
        if (!is_smoke) all.add_zdr(kMost, is_grouped);
    }
    if (!is_smoke)  // 10,000 rules in all, since a server has two
        for (const char* kind : {"legacy", "nft"}) all.add_iptables(5000, kind);
    for (const long entries : sizes) {
        all.add_iptables(entries, "legacy");
        all.add_iptables(entries, "nft");
        all.add_nft(entries);
        all.add_haproxy(entries);
    }
}

const Contender& find(const std::vector<Contender>& all, const std::string& peer, long entries) {
    for (const Contender& one : all)
        if (one.peer == peer && one.entries == entries) return one;
    throw std::logic_error("nobody is " + peer);
}

Record record_of(const Contender& one) {
    Record out = bench::record_of(kPart, kName, one.peer, "ms", one.runs);
    out.entries = one.entries;
    return out;
}

std::vector<Record> records_of(const Contenders& all) {
    const std::vector<double>& nothing = all.quick.front().runs;
    std::vector<Record> out{record_of(all.quick.front())};
    out.front().entries = std::nullopt;
    for (std::size_t i = 1; i < all.quick.size(); ++i) {
        const Contender& one = all.quick[i];
        Record beside_true = record_of(one);
        beside_true.compared = ratio_to(kTrue, one.runs, nothing);
        beside_true.mark = at_most(1.2, "compared");
        out.push_back(beside_true);
        if (one.entries != kMost) continue;
        Record beside_none = record_of(one);
        beside_none.name = "one flip, flat to the last entry";
        beside_none.compared = ratio_to("0 entries", one.runs, find(all.quick, one.peer, 0).runs);
        beside_none.mark = at_most(1.1, "compared");
        out.push_back(beside_none);
    }
    for (const Contender& one : all.slow) {
        Record record = record_of(one);
        const std::vector<double>& zdr = find(all.quick, kZdr, one.entries == 5000 ? 10000 : one.entries).runs;
        std::vector<double> of_rounds;  // each round's own zdrctl
        const std::size_t repeats = zdr.size() / one.runs.size();
        for (std::size_t i = 0; i < one.runs.size(); ++i)
            of_rounds.push_back(spread_of({zdr.begin() + static_cast<std::ptrdiff_t>(i * repeats),
                                           zdr.begin() + static_cast<std::ptrdiff_t>((i + 1) * repeats)})
                                    .median);
        record.compared = ratio_to(kZdr, one.runs, of_rounds);
        if (one.peer.starts_with("iptables") && one.entries == 10000) record.mark = at_least(100, "compared");
        if (one.peer == "nft map") record.mark = at_least(5, "compared");
        out.push_back(record);
    }
    return out;
}

}  // namespace

Outcome flip_process(Effort effort) {
    const test::Sandbox sandbox("flip");
    Contenders all(sandbox);
    gather(all, effort);
    all.run_round(1);  // the first runs of all find cold caches
    for (auto* some : {&all.quick, &all.slow})
        for (Contender& one : *some) one.runs.clear();
    const int rounds = by_effort(effort, 1, 10, 50);
    for (int i = 0; i < rounds; ++i) all.run_round(10);
    return {.records = records_of(all)};
}

}  // namespace zdr::bench
