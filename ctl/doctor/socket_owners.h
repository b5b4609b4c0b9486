// Which process has a socket, as far as the caller may see the processes of others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "zdr/net/listening_sockets.h"

namespace zdr::ctl {

class SocketOwners {
  public:
    // "nginx, process 812"; "a process of user 33" where that is all that can be known. /proc is read once, when first
    // asked.
    std::string of(const ListeningSocket& socket);

  private:
    std::optional<std::map<std::uint64_t, std::string>> processes_;  // by the socket's inode: its directory in /proc
};

}  // namespace zdr::ctl
