// Which servers can serve clients now: ready is not enough where nothing listens, or HAProxy has them down.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "zdr/control/haproxy_view.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/model/flip.h"
#include "zdr/net/listening_sockets.h"

namespace zdr {

// Whether it was made ready, or its time was over, so lately that a checker may not have asked since.
bool is_just_back(const Flip& flip, std::chrono::nanoseconds now_boot);

class ServingServers {
  public:
    // Both outlive it; haproxy may be null: it is not asked. Errors: of RegisteredListeners::open().
    static Result<ServingServers> open(const LockedTable& opened, const HaproxyView* haproxy);

    // Why a server that is ready cannot serve ("nothing listens on its port 1000"); empty: it can, as far as can be
    // seen from here. An app in a container, or on another host, listens for all that is known.
    Result<std::string> obstacle(const ServerEntry& entry, const Flip& flip, std::chrono::nanoseconds now_boot);

    // Whether the peer of a server surely can, by what the server's own record tells.
    Result<bool> peer_can(const ServerEntry& entry) const;

  private:
    // As seen from here; none: this is not the network namespace that is served, or nothing can be seen.
    struct Here {
        std::vector<ListeningSocket> listening;
        std::vector<Address> addresses;
    };
    ServingServers(const LockedTable& opened, const HaproxyView* haproxy, RegisteredListeners registered)
        : opened_(&opened), haproxy_(haproxy), registered_(std::move(registered)) {}
    static std::optional<Here> look(const ServerTable& table);
    bool seems_to_listen(const ServerEntry& entry, const Server& server);
    Result<std::string> still_down(const ServerEntry& entry, const Flip& flip, std::chrono::nanoseconds now_boot) const;

    const LockedTable* opened_;
    const HaproxyView* haproxy_;
    RegisteredListeners registered_;
    std::optional<std::optional<Here>> here_;  // none: not looked yet
};

}  // namespace zdr
