// From the start of a flip until a real HAProxy has taken the server out, as its log says: zdr, the peers that take the
// forwarding away, and HAProxy told by its own socket. Each has an HAProxy of its own; flips come at all moments
// between two checks.
#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <thread>

#include "entries.h"
#include "part.h"
#include "place.h"
#include "state_log.h"
#include "support/app.h"
#include "support/haproxy.h"
#include "timed_run.h"

namespace zdr::bench {
namespace {

using std::chrono::milliseconds;

constexpr const char* kPart = "until_down";
constexpr milliseconds kInter{200};
constexpr int kFall = 3;

struct Contender {
    std::string peer;
    std::shared_ptr<Place> place;   // of the app and the forwarding
    std::shared_ptr<Place> client;  // of HAProxy; none: the same
    std::vector<Program> out{};
    std::vector<Program> back{};
    std::string out_line = "Server srvs/webA is DOWN";
    std::string back_line = "Server srvs/webA is UP";
    bool waits = false;  // the program itself says when the server is out
    std::shared_ptr<test::App> app{};
    std::shared_ptr<StateLog> log{};
    std::shared_ptr<test::Haproxy> haproxy{};
    std::vector<double> runs{};
};

std::vector<Server> only_web_a(const std::string& address) {
    std::vector<Server> out = servers_beside(0, false);
    out.front().addresses = {*Address::parse(address)};
    return out;
}

class Contenders {
  public:
    explicit Contenders(const test::Sandbox& sandbox) : sandbox_(sandbox) {}

    void add_zdr(const std::string& peer, bool is_remote, bool waits) {
        Contender one = placed(peer, is_remote);
        load_zdr(*one.place, zdr_conf(only_web_a(is_remote ? "10.9.0.1" : "127.0.0.1")) +
                                 fmt::format("fall = {}\nrise = 1\ninter = {}ms\n", kFall, kInter.count()));
        const auto flip = [&](const char* word, const char* how) {
            return Program{one.place->zdr().ctl({word, "webA", "-q", how})};
        };
        one.out = {flip("drain", waits ? "--timeout=20s" : "--no-wait")};
        one.back = {flip("ready", "--no-wait")};
        one.waits = waits;
        start(std::move(one), 2000);
    }

    void add_iptables(const std::string& kind) {
        Contender one = placed("iptables-" + kind, false);
        must_run({path_of("iptables-" + kind + "-restore"),
                  one.place->write("rules", iptables_rules(only_web_a("127.0.0.1")))});
        for (const char* chain : {"OUTPUT", "PREROUTING"}) {
            const auto rule = [&](const char* verb) {
                return Program{{path_of("iptables-" + kind), "-w", "-t", "nat", verb, chain, "-d", "127.0.0.1/32", "-p",
                                "tcp", "--dport", "2000", "-j", "REDIRECT", "--to-ports", "1000"}};
            };
            one.out.push_back(rule("-D"));
            one.back.push_back(rule("-I"));
        }
        start(std::move(one), 2000);
    }

    void add_nft() {
        Contender one = placed("nft map", false);
        must_run({path_of("nft"), "-f", one.place->write("rules", nft_rules(only_web_a("127.0.0.1")))});
        const auto element = [](const char* verb, const char* what) {
            return Program{{path_of("nft"), verb, "element", "ip", "peer", "apps", what}};
        };
        one.out = {element("delete", "{ 127.0.0.1 . 2000 }")};
        one.back = {element("add", "{ 127.0.0.1 . 2000 : 1000 }")};
        start(std::move(one), 2000);
    }

    void add_haproxy(const std::string& state, const std::string& line) {
        Contender one = placed("HAProxy, " + state, false);
        const std::string socket = one.place->directory() + "/haproxy.sock";
        const auto set = [&](const std::string& to) {
            return Program{{ZDR_HAPROXY_SAY, socket, "set server srvs/webA state " + to}};
        };
        one.out = {set(state)};
        one.back = {set("ready")};
        one.out_line = line;
        one.back_line = "Server srvs/webA is UP";
        start(std::move(one), 1000);
    }

    std::vector<Contender> all{};

  private:
    std::shared_ptr<Place> new_place() { return std::make_shared<Place>(sandbox_, fmt::format("place{}", count_++)); }

    // The calling thread is at the app's place afterwards.
    Contender placed(const std::string& peer, bool is_remote) {
        Contender out{.peer = peer, .place = new_place(), .client = nullptr};
        out.place->enter();
        if (!is_remote) return out;
        out.client = new_place();
        test::connect_hosts(out.client->network());
        return out;
    }

    void start(Contender one, int check_port) {
        one.app = std::make_shared<test::App>("webA", "0.0.0.0", 1000);
        const Place& at = one.client ? *one.client : *one.place;
        at.enter();
        one.log = std::make_shared<StateLog>(at.directory() + "/log");
        one.haproxy = std::make_shared<test::Haproxy>(
            at.directory(), 8080,
            fmt::format("    log {}/log format raw local0\n"
                        "    server webA {}:1000 cookie A check port {} inter {} fall {} rise 1\n"
                        "    server webB 127.0.0.1:1001 cookie B\n",
                        at.directory(), one.client ? "10.9.0.1" : "127.0.0.1", check_port, kInter.count(), kFall));
        all.push_back(std::move(one));
    }

    const test::Sandbox& sandbox_;
    int count_ = 0;
};

void run_all(const std::vector<Program>& programs) {
    for (const Program& one : programs) milliseconds_of(one);
}

// Parts of the time between two checks, spread evenly however many there are.
milliseconds phase(int round) {
    const double share = std::fmod(round * 0.6180339887, 1.0);
    return milliseconds(static_cast<long>(share * static_cast<double>(kInter.count())));
}

std::vector<double> tenths(std::vector<double> values) {
    for (double& one : values) one = std::round(one * 10) / 10;
    return values;
}

void run_round(std::vector<Contender>& all, int round) {
    std::this_thread::sleep_for(phase(round));
    std::vector<StateLog::Clock::time_point> starts;
    for (Contender& one : all) {
        one.log->forget();
        one.place->enter_network();
        starts.push_back(StateLog::Clock::now());
        run_all(one.out);
        if (one.waits)
            one.runs.push_back(
                std::chrono::duration<double, std::milli>(StateLog::Clock::now() - starts.back()).count());
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto down = all[i].log->wait_for(all[i].out_line);
        if (!all[i].waits) all[i].runs.push_back(std::chrono::duration<double, std::milli>(down - starts[i]).count());
    }
    for (Contender& one : all) {
        one.log->forget();
        one.place->enter_network();
        run_all(one.back);
    }
    for (Contender& one : all) one.log->wait_for(one.back_line);
}

}  // namespace

Outcome until_down(Effort effort) {
    const test::Sandbox sandbox("down");
    Contenders contenders(sandbox);
    contenders.add_zdr("zdr", false, false);
    contenders.add_zdr("zdr, HAProxy elsewhere", true, false);
    contenders.add_iptables("legacy");
    contenders.add_iptables("nft");
    contenders.add_nft();
    contenders.add_haproxy("drain", "drain");
    contenders.add_haproxy("maint", "maintenance");
    contenders.add_zdr("zdrctl drain returns", false, true);  // the last, since it keeps the others waiting

    auto& all = contenders.all;
    run_round(all, 0);
    for (Contender& one : all) one.runs.clear();
    const int rounds = by_effort(effort, 1, 10, 60);
    for (int i = 0; i < rounds; ++i) run_round(all, i);

    Outcome out;
    for (const Contender& one : all) {
        const std::string name = one.peer.starts_with("HAProxy")
                                     ? "told by its socket"
                                     : fmt::format("inter {} ms, fall {}", kInter.count(), kFall);
        out.records.push_back(
            record_of(kPart, "until HAProxy has taken the server out, " + name, one.peer, "ms", one.runs));
        out.series["until_down"].push_back({{"peer", one.peer}, {"ms", tenths(one.runs)}});
    }
    return out;
}

}  // namespace zdr::bench
