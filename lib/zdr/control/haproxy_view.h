// What the waits ask HAProxy itself, in addition to what the kernel programs saw.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/acknowledgement.h"

namespace zdr {

inline constexpr std::chrono::milliseconds kHaproxyAnswers(2000);

// The context's, else those of the configuration that was loaded; may be none. Errors: a text that
// is no socket.
Result<std::vector<HaproxyEndpoint>> haproxy_endpoints(const Context& context, const ServerTable& table);

// The same, opening the table for as long as it takes. Errors: those, and of open_table().
Result<std::vector<HaproxyEndpoint>> read_haproxy_endpoints(const Context& context);

// Every HAProxy's servers at one moment.
class HaproxyView {
  public:
    // Errors: of ask_haproxy() of the first that fails.
    static Result<HaproxyView> ask(const std::vector<HaproxyEndpoint>& endpoints, std::chrono::milliseconds within);

    // Who does not have the server where the goal wants it ("HAProxy at /run/haproxy.sock has srvs/webA UP 2/3"); none:
    // all agree. An error where none of them knows the server at all.
    Result<std::optional<std::string>> objection(Goal goal, State state, const Server& server) const;

    // Whether one of them checks that port of the server, or, if it is no backup status port, has one of its name.
    bool knows(const Server& server, Port status_port) const;

    // Who does not give the server clients that have no cookie of it ("HAProxy at /run/haproxy.sock has srvs/webA
    // MAINT"); none: all do, or do not know it.
    std::optional<std::string> down(const Server& server) const;

    // A backend that has some of these servers up and no other one that is; none: there is no such backend.
    std::optional<std::string> backend_without(std::span<const Server> servers) const;

  private:
    struct One {
        std::string socket;
        std::vector<HaproxyServer> servers;
    };
    std::vector<One> all_;
    std::vector<Address> local_;
};

// Which of this host's checkers are HAProxies that can be asked, so that their own word counts. Another host's are not
// told apart: one address may be that of several.
class LocalHaproxies {
  public:
    // Errors: of ask_haproxy_pid().
    static Result<LocalHaproxies> ask(const std::vector<HaproxyEndpoint>& endpoints, std::chrono::milliseconds within);

    bool include(const Checker& checker) const;

  private:
    std::set<std::uint32_t> pids_;
};

// What every HAProxy says that there is to ask; none: there is none. The table is not locked while they are asked.
// Errors: kFailed, where none of them knows one of these servers; those of HaproxyView::ask(), haproxy_endpoints(),
// open_table() and find_servers().
Result<std::optional<HaproxyView>> ask_haproxies_about(std::span<const std::string> names, const Context& context);

}  // namespace zdr
