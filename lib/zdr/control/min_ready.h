// What keeps an operator from draining the last server: HAProxy gives all new traffic to a backup once the last primary
// is down, so a drain of the last one drains nothing.
#pragma once

#include <optional>
#include <span>

#include "zdr/control/context.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/server_lookup.h"

namespace zdr {

// What the rule goes by.
struct GuardedTable {
    LockedTable locked;
    std::optional<HaproxyView> haproxy;  // none: there is none to ask, or it cannot be asked, which is told as a detail
};

enum class MinReady { kHolds, kIsOverridden };  // then HAProxy need not be asked

// How servers are taken out. By a drain port HAProxy has them as NOLB, and when it has all so, clients get 503.
enum class TakenOut { kByRefusal, kByDrainPort };

// The table is not locked while HAProxy is asked. Errors: of open_table() and haproxy_endpoints().
Result<GuardedTable> open_guarded(const Context& context, Access access, MinReady rule);

// Refuses (kUnsafe) to take these servers out together if a backend that has several servers here would be left without
// one that can serve (ServingServers). Servers that are out already, or cannot serve, do not count, whatever they are
// flipped to. mended: those that will have been restarted by then, and can serve if they are ready. By drain ports,
// also to take out the only server here of a backend of which HAProxy, where it can be asked, has no other one that is
// up.
Result<void> check_min_ready(const GuardedTable& opened, std::span<const ServerEntry> leaving,
                             std::span<const ServerEntry> mended, TakenOut how, const Context& context);

}  // namespace zdr
