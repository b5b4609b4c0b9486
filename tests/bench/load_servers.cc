// Loading 10,000 servers at once, into a kernel that has none: zdr and the peers take turns.
#include <fmt/core.h>

#include <memory>

#include "entries.h"
#include "part.h"
#include "place.h"
#include "timed_run.h"

namespace zdr::bench {
namespace {

constexpr const char* kPart = "load_servers";
constexpr const char* kTrue = "/bin/true";
// Times /bin/true: 100 ms where that takes 0.77 ms. A slower machine needs longer for both.
constexpr double kMostOfTrue = 130;

struct Contender {
    std::string peer;
    std::unique_ptr<Place> place;
    Program load;
    Program clear;
    std::vector<double> runs{};
};

class Contenders {
  public:
    Contenders(const test::Sandbox& sandbox, long servers)
        : sandbox_(sandbox), servers_(servers_beside(servers - 1, true)) {}

    void add_zdr() {
        auto place = std::make_unique<Place>(sandbox_, "zdr");
        load_zdr(*place, "");
        const auto apply = [&](const char* name, const std::string& text) {
            return Program{place->zdr().ctl({"apply", place->write(name, text), "-q"})};
        };
        Program load = apply("all.conf", zdr_conf(servers_));
        add("zdrctl apply", std::move(place), load, apply("none.conf", ""));
    }

    void add_iptables(const std::string& kind) {
        auto place = std::make_unique<Place>(sandbox_, kind);
        const auto restore = [&](const char* name, const std::vector<Server>& servers) {
            return Program{{path_of("iptables-" + kind + "-restore")}, place->write(name, iptables_rules(servers))};
        };
        Program load = restore("all", servers_);
        add("iptables-" + kind + "-restore", std::move(place), load, restore("none", {}));
    }

    void add_nft() {
        auto place = std::make_unique<Place>(sandbox_, "map");
        const auto file = [&](const char* name, const std::vector<Server>& servers) {
            return Program{{path_of("nft"), "-f", place->write(name, nft_rules(servers))}};
        };
        Program load = file("all", servers_);
        add("nft -f", std::move(place), load, file("none", {}));
    }

    void add_true() {
        const Program program{{kTrue}};
        add(kTrue, std::make_unique<Place>(sandbox_, "true"), program, program);
    }

    void run_round() {
        for (Contender& one : all) {
            one.place->enter();
            milliseconds_of(one.clear);
            one.runs.push_back(milliseconds_of(one.load));
        }
    }

    std::vector<Contender> all{};

  private:
    void add(std::string peer, std::unique_ptr<Place> place, Program load, Program clear) {
        all.push_back({std::move(peer), std::move(place), std::move(load), std::move(clear)});
    }

    const test::Sandbox& sandbox_;
    std::vector<Server> servers_;
};

}  // namespace

Outcome load_servers(Effort effort) {
    const long servers = by_effort(effort, 100, 10000, 10000);
    const test::Sandbox sandbox("load");
    Contenders contenders(sandbox, servers);
    contenders.add_zdr();
    contenders.add_iptables("legacy");
    contenders.add_iptables("nft");
    contenders.add_nft();
    contenders.add_true();
    contenders.run_round();  // finds cold caches
    for (Contender& one : contenders.all) one.runs.clear();
    const int rounds = by_effort(effort, 1, 5, 30);
    for (int i = 0; i < rounds; ++i) contenders.run_round();

    Outcome out;
    const Contender& zdr = contenders.all.front();
    for (const Contender& one : contenders.all) {
        Record record = record_of(kPart, fmt::format("{} servers at once", servers), one.peer, "ms", one.runs);
        record.entries = servers;
        if (&one == &zdr) {
            record.compared = ratio_to(kTrue, one.runs, contenders.all.back().runs);
            record.mark = at_most(kMostOfTrue, "compared");
        } else if (one.peer != kTrue) {
            record.compared = ratio_to(zdr.peer, one.runs, zdr.runs);
            record.mark = at_least(1, "compared");
        }
        out.records.push_back(std::move(record));
    }
    return out;
}

}  // namespace zdr::bench
