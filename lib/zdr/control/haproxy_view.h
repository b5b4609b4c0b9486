// What the waits ask HAProxy itself, in addition to what the kernel programs saw.
#pragma once

#include <chrono>
#include <optional>
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

// Every HAProxy's servers at one moment.
class HaproxyView {
  public:
    // Errors: of ask_haproxy() of the first that fails.
    static Result<HaproxyView> ask(const std::vector<HaproxyEndpoint>& endpoints, std::chrono::milliseconds within);

    // Who does not have the server where the goal wants it ("HAProxy at /run/haproxy.sock has srvs/webA UP 2/3"); none:
    // all agree. An error where none of them knows the server at all.
    Result<std::optional<std::string>> objection(Goal goal, State state, const Server& server) const;

  private:
    struct One {
        std::string socket;
        std::vector<HaproxyServer> servers;
    };
    std::vector<One> all_;
    std::vector<Address> local_;
};

// What every HAProxy says that there is to ask; none: there is none. The table is not locked while they are asked.
// Errors: of HaproxyView::ask(), haproxy_endpoints() and open_table().
Result<std::optional<HaproxyView>> ask_all_haproxies(const Context& context);

}  // namespace zdr
