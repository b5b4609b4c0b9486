#include "live_probe.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "cgroup.h"
#include "firewall_rules.h"
#include "log.h"
#include "probe_servers.h"
#include "throw_away_host.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/net/connection.h"

namespace zdr::loader {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswer(1000);
constexpr int kBacklog = 1024;
constexpr std::size_t kMostFailures = 3;  // that are told one by one

// This process in another cgroup, until this dies: sockets are of the cgroup that they were made in.
class CgroupStay {
  public:
    static Result<CgroupStay> begin(const std::string& parent) {
        auto scratch = ScratchCgroup::create(parent);
        if (!scratch) return tl::unexpected(std::move(scratch.error()));
        auto own = own_cgroup();
        if (!own) return tl::unexpected(std::move(own.error()));
        if (auto joined = join(scratch->path()); !joined) return tl::unexpected(std::move(joined.error()));
        return CgroupStay(std::move(*scratch), std::move(*own));
    }
    CgroupStay(CgroupStay&& other) noexcept
        : scratch_(std::move(other.scratch_)), own_(std::exchange(other.own_, "")) {}
    CgroupStay& operator=(CgroupStay&&) = delete;
    ~CgroupStay() {
        if (!own_.empty()) (void)join(own_);
    }

  private:
    CgroupStay(ScratchCgroup scratch, std::string own) : scratch_(std::move(scratch)), own_(std::move(own)) {}

    ScratchCgroup scratch_;
    std::string own_;
};

Result<UniqueFd> listen_at(const Address& address, Port port) {
    const SocketAddress at = socket_address(address, port);
    UniqueFd fd(socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail_errno("socket");
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at.storage), at.size) != 0 || listen(fd.get(), kBacklog) != 0)
        return fail_errno(fmt::format("listen on port {} of {}", port.host(), address.to_string()));
    return fd;
}

// One way to ask: from where, over which protocol.
struct Way {
    std::string name;
    Address to;
    const ThrowAwayHost* from;  // null: this host
};

enum class Answer { kEstablished, kRefused, kNone };

// What somebody is told who asks.
struct Asked {
    Answer answer;
    UniqueFd connection;
};

Asked ask(const Way& way, Port port) {
    Asked out{Answer::kNone, {}};
    const auto connect_now = [&] {
        auto connection = connect_to(socket_address(way.to, port), Deadline(kAnswer));
        if (connection)
            out = {Answer::kEstablished, std::move(*connection)};
        else if (connection.error().code == std::errc::connection_refused)
            out.answer = Answer::kRefused;
    };
    if (way.from != nullptr)
        way.from->run(connect_now);
    else
        connect_now();
    return out;
}

std::string to_string(Answer answer) {
    switch (answer) {
        case Answer::kEstablished:
            return "a connection was established";
        case Answer::kRefused:
            return "the connection was refused";
        case Answer::kNone:
            return fmt::format("no answer came within {} ms", kAnswer.count());
    }
    return "";
}

bool has_ended(const UniqueFd& connection) {
    const auto ended = wait_for(connection, POLLRDHUP, kAnswer);
    return ended && *ended;
}

// A port that checks go to.
struct ProbedPort {
    Port port;
    bool is_backup;
    const ProbeServer* of;
};

std::string count_of(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// All status ports by one way.
class WayProbe {
  public:
    WayProbe(const Way& way, const ProbeServers& servers) : way_(way), servers_(servers) {
        for (const ProbeServer& one : servers.list()) {
            ports_.push_back({one.server.status_port, false, &one});
            if (one.server.backup_status_port) ports_.push_back({*one.server.backup_status_port, true, &one});
        }
    }

    Result<void> run() {
        if (auto ready = ask_all(State::kReady); !ready) return ready;
        if (auto drain = ask_all(State::kDrain); !drain) return drain;
        if (count_backups() > 0)
            if (auto maint = ask_all(State::kMaint); !maint) return maint;
        kept_.clear();
        return ask_all(State::kReady);
    }

    Finding finding() const {
        const std::size_t backups = count_backups();
        if (failures_.empty())
            return {way_.name, true, true,
                    fmt::format("{}{}: ready, drain{}{}, ready", count_of(ports_.size() - backups, "status port"),
                                backups == 0 ? "" : ", " + count_of(backups, "backup status port"),
                                backups == 0 ? "" : ", maint", keeps_ ? "" : ", a kept connection")};
        std::string text;
        for (const std::string& one : std::span(failures_).first(std::min(failures_.size(), kMostFailures)))
            text += (text.empty() ? "" : "; ") + one;
        if (failures_.size() > kMostFailures) text += fmt::format("; and {} more", failures_.size() - kMostFailures);
        return {way_.name, false, true, std::move(text)};
    }

  private:
    std::size_t count_backups() const {
        return static_cast<std::size_t>(
            std::count_if(ports_.begin(), ports_.end(), std::mem_fn(&ProbedPort::is_backup)));
    }

    // One that failed is not asked any further.
    Result<void> ask_all(State state) {
        if (auto flipped = servers_.flip(state); !flipped) return flipped;
        for (const ProbedPort& one : ports_) {
            if (failed_.contains(one.port)) continue;
            if (state == State::kReady)
                expect_redirected(one, "ready");
            else if (state == State::kDrain && one.is_backup)
                expect_redirected(one, "a backup status port in drain");
            else
                expect_refused(one, state == State::kDrain ? "drained" : "in maint");
        }
        return {};
    }

    void expect_redirected(const ProbedPort& one, std::string why) {
        Asked asked = ask(way_, one.port);
        const Port app_port = one.of->server.app_port;
        const bool app_answers = ask(way_, app_port).answer == Answer::kEstablished;
        if (asked.answer == Answer::kEstablished && app_answers) {
            kept_.emplace(one.port, std::move(asked.connection));
            return;
        }
        why += ", and " + to_string(asked.answer);
        if (asked.answer == Answer::kEstablished)
            why += fmt::format(", though port {}, which clients ask, does not answer", app_port.host());
        else if (!app_answers)
            why += fmt::format("; port {} does not answer either", app_port.host());
        else if (asked.answer == Answer::kNone)
            why += fmt::format(", though port {} answers: a firewall lets that port pass alone", app_port.host());
        fail_at(one, std::move(why));
    }

    void expect_refused(const ProbedPort& one, std::string why) {
        const Asked asked = ask(way_, one.port);
        if (asked.answer != Answer::kRefused) return fail_at(one, std::move(why) + ", and " + to_string(asked.answer));
        const auto kept = kept_.find(one.port);
        if (kept == kept_.end()) return;
        if (!has_ended(kept->second)) keeps_ = true;
        kept_.erase(kept);
    }

    void fail_at(const ProbedPort& one, std::string why) {
        failed_.insert(one.port);
        for (const std::string& rule : rules_in_the_way(one)) why += "; " + rule;
        if (count_lookups() > 1) why += "; another program, too, decides where connections go (bpftool link)";
        failures_.push_back(fmt::format("port {} of {} is {}", one.port.host(), one.of->like, why));
    }

    // Those of both ports; where there are none, those that ask for no port.
    static std::vector<std::string> rules_in_the_way(const ProbedPort& one) {
        auto rules = rules_about(one.port);
        for (std::string& rule : rules_about(one.of->server.app_port)) rules.push_back(std::move(rule));
        return rules.empty() ? rules_that_drop_any_port() : rules;
    }

    const Way& way_;
    const ProbeServers& servers_;
    std::vector<ProbedPort> ports_;
    std::map<Port, UniqueFd> kept_;
    std::set<Port> failed_;
    std::vector<std::string> failures_;
    bool keeps_ = false;  // a connection that was kept open was not ended: Linux before 6.5
};

// Held while this process lives: two probes would change each other's servers.
Result<UniqueFd> lock_out_others() {
    constexpr std::string_view kName("\0zdr-probe", 10);
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno("socket");
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    kName.copy(name.sun_path, sizeof name.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + kName.size());
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) == 0) return fd;
    if (errno != EADDRINUSE) return fail_errno("bind a name");
    return fail(Errc::kFailed, "another probe runs on this host; wait until it is done");
}

// The apps of the throw-away servers, where no real one listens on every address.
Result<std::vector<UniqueFd>> listen_for(const ProbeServers& servers) {
    std::vector<UniqueFd> out;
    std::set<std::pair<Address, Port>> taken;
    for (const ProbeServer& one : servers.list())
        for (const Address& address : one.server.addresses) {
            if (!taken.emplace(address, one.server.app_port).second) continue;
            auto listener = listen_at(address, one.server.app_port);
            if (listener)
                out.push_back(std::move(*listener));
            else if (listener.error().code != std::errc::address_in_use)
                return tl::unexpected(std::move(listener.error()));
        }
    return out;
}

}  // namespace

Result<std::vector<Finding>> probe_host(const std::string& state_dir) {
    const auto alone = lock_out_others();
    if (!alone) return tl::unexpected(alone.error());
    const auto host = ThrowAwayHost::create();
    if (!host) return tl::unexpected(host.error());
    log_step("made up a host at " + host->v4().to_string());
    std::vector<Address> addresses = {host->v4()};
    if (host->v6()) addresses.push_back(*host->v6());
    const auto servers = ProbeServers::add(state_dir, addresses);
    if (!servers) return tl::unexpected(servers.error());
    log_step(fmt::format("added {} servers beside those that are loaded", servers->list().size()));
    const auto stay = CgroupStay::begin(servers->cgroup());
    if (!stay) return tl::unexpected(stay.error());
    const auto listeners = listen_for(*servers);
    if (!listeners) return tl::unexpected(listeners.error());
    if (auto registered = register_listeners(servers->pins()); !registered)
        return tl::unexpected(std::move(registered.error()));

    std::vector<Finding> out;
    for (const Address& address : addresses) {
        const std::string_view protocol = address.is_v4() ? "IPv4" : "IPv6";
        for (const Way& way : {Way{fmt::format("other host, {}", protocol), address, &*host},
                               Way{fmt::format("this host, {}", protocol), address, nullptr}}) {
            WayProbe probe(way, *servers);
            if (auto done = probe.run(); !done) return tl::unexpected(std::move(done.error()));
            out.push_back(probe.finding());
            log_step("probed from " + way.name);
        }
    }
    if (!host->v6()) out.push_back({"other host, IPv6", false, false, "not tried: this host has no IPv6"});
    return out;
}

}  // namespace zdr::loader
