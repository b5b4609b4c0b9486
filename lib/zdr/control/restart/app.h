// The app itself, as a client sees it: does it accept.
#pragma once

#include <chrono>

#include "zdr/model/server.h"

namespace zdr {

// Whether a connection to the app port is established at each of the server's addresses within that time; a server on *
// is asked on 127.0.0.1, and on ::1 if that does not answer. The kernel alone does that for whoever listens. One that
// is published from a container (Published::kYes) without a listener on this host counts as connected: only checks
// tell.
bool connects(const Server& server, std::chrono::milliseconds within);

// Whether an app that was there is gone: no connection is made within that time, and nothing listens. Where clients are
// many and an app takes few at once, connections wait for longer than that.
bool is_gone(const Server& server, std::chrono::milliseconds within);

// Whether the app takes such connections, as far as that can be seen: none stays in the queue of a listening socket. A
// pre-fork server listens before it can.
bool accepts(const Server& server, std::chrono::milliseconds within);

}  // namespace zdr
