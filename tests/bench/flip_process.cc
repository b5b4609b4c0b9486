// One flip as a whole process, as an operator or a deploy agent makes it: zdrctl, and the peers, beside more and more
// other servers; and other builds of zdrctl. A run is a way out and the way back, and counts half. All settings stand
// side by side and take turns.
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
#include "support/net.h"
#include "timed_run.h"

namespace zdr::bench {
namespace {

constexpr const char* kPart = "flip_process";
constexpr const char* kName = "one flip as a process";
constexpr const char* kZdr = "zdrctl";
constexpr const char* kTrue = "/bin/true";
constexpr const char* kBeyond = "one flip, beyond /bin/true";
constexpr double kMostOfTrue = 1.5;       // zdrctl, of /bin/true
constexpr double kMostOfEmpty = 1.1;      // beside 65,535 others, of beside none
constexpr double kLeastOfIptables = 100;  // beyond /bin/true, beside 10,000 others
constexpr double kLeastOfNft = 5;
constexpr long kMost = 65536 - 1;  // others beside webA

// What flips, where, and how long it took each time.
struct Contender {
    std::string peer;
    long entries;
    std::shared_ptr<Place> place;
    std::vector<Program> out;
    std::vector<Program> back;
    std::shared_ptr<test::Haproxy> haproxy{};
    std::shared_ptr<test::Attempt> app{};  // listens for all servers
    std::vector<double> runs{};
    bool is_other_build = false;
};

double flip(Contender& one) {
    if (one.place) one.place->enter_network();
    double sum = 0;
    for (const Program& program : one.out) sum += milliseconds_of(program);
    for (const Program& program : one.back) sum += milliseconds_of(program);
    one.runs.push_back(sum / 2);
    return sum / 2;
}

// The programs of a build of zdr.
struct Build {
    std::string peer = kZdr;
    std::string ctl = test::ZdrPrograms::ctl_path();
    std::string loader = test::ZdrPrograms::loader_path();
};

Build build_in(const std::string& directory) {
    return {directory.substr(directory.find_last_of('/') + 1), directory + "/ctl/zdrctl",
            directory + "/loader/zdr-loader"};
}

class Contenders {
  public:
    explicit Contenders(const test::Sandbox& sandbox) : sandbox_(sandbox) {}

    void add_true() {
        const Program program{{kTrue}};
        quick.push_back({kTrue, 0, nullptr, {program}, {program}});
    }

    void add_zdr(long entries, bool is_grouped, const Build& build = {}) {
        const auto place = new_place();
        place->enter();
        const auto app = std::make_shared<test::Attempt>(test::listen_on("0.0.0.0", 1000));
        if (app->error != 0) throw std::runtime_error("listen: " + app->refusal());
        place->zdr().configure(zdr_conf(servers_beside(entries, is_grouped)));
        must_run(by(build.loader, place->zdr().load_command()));
        const auto flip_to = [&](const char* word) {
            return Program{by(build.ctl, place->zdr().ctl({word, "webA", "--no-wait", "-q"}))};
        };
        const std::string peer = is_grouped ? build.peer + ", backends of 4" : build.peer;
        quick.push_back({peer, entries, place, {flip_to("drain")}, {flip_to("ready")}});
        quick.back().app = app;
        flip(quick.back());
        milliseconds_of(quick.back().out[0]);
        const test::Output status = test::run(by(build.ctl, place->zdr().ctl({"status", "webA"})));
        if (status.out.find("drain") == std::string::npos)
            throw std::runtime_error(build.ctl + " did not drain webA: " + status.err);
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
    static test::Command by(const std::string& program, test::Command command) {
        command.front() = program;
        return command;
    }

    std::shared_ptr<Place> new_place() const {
        return std::make_shared<Place>(sandbox_, fmt::format("place{}", quick.size() + slow.size()));
    }

    const test::Sandbox& sandbox_;
    std::vector<std::size_t> order_{};
    std::mt19937 random_{1};  // the same orders in every run
};

void gather(Contenders& all, Effort effort, const std::vector<std::string>& builds) {
    const bool is_smoke = effort == Effort::kSmoke;
    const auto sizes = is_smoke ? std::vector<long>{0, 10} : std::vector<long>{0, 100, 1000, 10000};
    all.add_true();
    for (const bool is_grouped : {false, true}) {
        for (const long entries : sizes) all.add_zdr(entries, is_grouped);
        if (!is_smoke) all.add_zdr(kMost, is_grouped);
    }
    for (const std::string& directory : builds) {
        all.add_zdr(0, false, build_in(directory));
        all.quick.back().is_other_build = true;
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

Record record_of(const Contender& one, const char* name, const std::vector<double>& values) {
    Record out = bench::record_of(kPart, name, one.peer, "ms", values);
    out.entries = one.entries;
    return out;
}

// The median of each round, for who has several turns in one.
std::vector<double> of_rounds(const std::vector<double>& runs, std::size_t rounds) {
    const std::size_t repeats = runs.size() / rounds;
    std::vector<double> out;
    for (std::size_t i = 0; i < rounds; ++i)
        out.push_back(spread_of({runs.begin() + static_cast<std::ptrdiff_t>(i * repeats),
                                 runs.begin() + static_cast<std::ptrdiff_t>((i + 1) * repeats)})
                          .median);
    return out;
}

std::vector<double> differences(const std::vector<double>& values, const std::vector<double>& others, double times) {
    std::vector<double> out;
    for (std::size_t i = 0; i < values.size(); ++i) out.push_back(values[i] - times * others[i]);
    return out;
}

// What a flip takes beyond processes that do nothing, as many as it needs, of the same turn or round.
std::vector<double> costs_of(const Contenders& all, const Contender& one) {
    const std::vector<double> nothing = of_rounds(all.quick.front().runs, one.runs.size());
    return differences(one.runs, nothing, static_cast<double>(one.out.size()));
}

void add_zdr_records(const Contenders& all, const Contender& one, std::vector<Record>& out) {
    Record whole = record_of(one, kName, one.runs);
    whole.compared = ratio_to(kTrue, one.runs, all.quick.front().runs);
    whole.mark = at_most(kMostOfTrue, "compared");
    out.push_back(whole);
    out.push_back(record_of(one, kBeyond, costs_of(all, one)));
    if (one.entries != kMost) return;
    Record flat = record_of(one, "one flip, flat to the last entry", one.runs);
    flat.compared = ratio_to("0 entries", one.runs, find(all.quick, one.peer, 0).runs);
    flat.mark = at_most(kMostOfEmpty, "compared");
    out.push_back(flat);
}

void add_peer_records(const Contenders& all, const Contender& one, std::vector<Record>& out) {
    const Contender& zdr = find(all.quick, kZdr, one.entries == 5000 ? 10000 : one.entries);
    Record whole = record_of(one, kName, one.runs);
    whole.compared = ratio_to(kZdr, one.runs, of_rounds(zdr.runs, one.runs.size()));  // each round's own zdrctl
    out.push_back(whole);
    Record beyond = record_of(one, kBeyond, costs_of(all, one));
    beyond.compared = ratio_of_costs(kZdr, costs_of(all, one), costs_of(all, zdr));
    if (one.peer.starts_with("iptables") && one.entries == 10000) beyond.mark = at_least(kLeastOfIptables, "compared");
    if (one.peer == "nft map") beyond.mark = at_least(kLeastOfNft, "compared");
    out.push_back(beyond);
}

// Another build beside this one and beside /bin/true; no mark is its own.
void add_build_records(const Contenders& all, const Contender& one, std::vector<Record>& out) {
    const std::vector<double>& present = find(all.quick, kZdr, 0).runs;
    Record whole = record_of(one, "one flip by other builds", one.runs);
    whole.compared = ratio_to(kTrue, one.runs, all.quick.front().runs);
    out.push_back(whole);
    Record difference = record_of(one, "one flip by other builds, beside this one", one.runs);
    difference.compared = spread_to(kZdr, "difference", differences(one.runs, present, 1));
    out.push_back(difference);
}

std::vector<Record> records_of(const Contenders& all) {
    std::vector<Record> out{record_of(all.quick.front(), kName, all.quick.front().runs)};
    out.front().entries = std::nullopt;
    for (std::size_t i = 1; i < all.quick.size(); ++i) {
        const Contender& one = all.quick[i];
        (one.is_other_build ? add_build_records : add_zdr_records)(all, one, out);
    }
    for (const Contender& one : all.slow) add_peer_records(all, one, out);
    return out;
}

}  // namespace

Outcome flip_process(Effort effort, const std::vector<std::string>& builds) {
    const test::Sandbox sandbox("flip");
    Contenders all(sandbox);
    gather(all, effort, builds);
    all.run_round(1);  // the first runs of all find cold caches
    for (auto* some : {&all.quick, &all.slow})
        for (Contender& one : *some) one.runs.clear();
    const int rounds = by_effort(effort, 1, 10, 50);
    for (int i = 0; i < rounds; ++i) all.run_round(10);
    return {.records = records_of(all)};
}

}  // namespace zdr::bench
