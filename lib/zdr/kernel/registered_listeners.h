// The kernel's registry of the sockets that listen on servers' app ports.
#pragma once

#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/server.h"
#include "zdr/net/listening_sockets.h"
#include "zdr_abi.h"

namespace zdr {

class RegisteredListeners {
  public:
    // Opens the map pinned in a directory (StateDir::live()). Errors: of open().
    static Result<RegisteredListeners> open(const std::string& pins);

    // Whether each address of the server has a listener of its own or one on every address; of a server on every
    // address, whether there is one on every address. An IPv6 listener on every address counts for IPv4, too.
    Result<bool> has(const Server& server) const;
    Result<bool> has(const AppPlace& place) const;

  private:
    using Map = BpfMap<zdr_listener_key, __u64>;
    RegisteredListeners(std::string pins, Map map) : pins_(std::move(pins)), map_(std::move(map)) {}

    // Whether one of the places has a listener of the indices from first to before last.
    Result<bool> has(std::span<const zdr_listener_key> places, unsigned first, unsigned last) const;

    std::string pins_;
    Map map_;
};

// Whether the app port of each of its addresses has a listener among these, which are sorted by port
// (listening_sockets()); a server on every address, whether any address has one.
bool is_listening(const Server& server, std::span<const ListeningSocket> sockets);

// Whether nothing listens on a status port of a server that is new, or whose ports are, unless its settings allow that:
// the daemon that answers HAProxy's checks there now would never be asked again. Errors: kUnsafe, naming who listens.
// local: the addresses of this host.
Result<void> check_status_ports(std::span<const Server> servers, std::span<const ServerEntry> before,
                                std::span<const ListeningSocket> sockets, std::span<const Address> local);

// Reads the iterator that registers what listens, where one of the servers has no listener. Errors: of open() and
// read().
Result<void> register_missing_listeners(const std::string& pins, std::span<const Server> servers);

}  // namespace zdr
