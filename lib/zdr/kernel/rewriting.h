// Which servers' remote checks are rewritten, or may be (docs/decisions/0006).
#pragma once

#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"
#include "zdr/net/listening_sockets.h"
#include "zdr/net/published_ports.h"

namespace zdr {

// As the server's setting says; where that is auto, as the host does; where that is not known (null), as before.
bool is_published(const Server& server, const PublishedPorts* published, bool was_published);

// Whether a server is published, or has no listener (listening_sockets()), so that it may be published later.
bool any_may_be_rewritten(std::span<const ServerEntry> servers, std::span<const ListeningSocket> listening);

// Says to the programs that rewrite whether there may be something for them to do (zdr_meta.may_rewrite). For root.
Result<void> write_may_rewrite(const std::string& pins, bool may_rewrite);

}  // namespace zdr
