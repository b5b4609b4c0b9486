// What the tests of the app's listening sockets share.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "remote_hosts.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace zdr::test {

// Another server, so that webA can be added later.
inline constexpr std::string_view kAnotherServer = "[server.other]\nport = 4000\nstatus-port = 5000\n";

// When the app begins to listen.
enum class When { kBeforeTheLoad, kBeforeItIsAdded, kAfterTheLoad };
inline constexpr When kAllTimes[] = {When::kBeforeTheLoad, When::kBeforeItIsAdded, When::kAfterTheLoad};
std::string name_of(When when);
void PrintTo(When when, std::ostream* out);

class ListenersTest : public RemoteTest {
  protected:
    // Loads webA on every address, or has zdrctl add it, at this time seen from the function that begins to listen.
    void load_around(When when, const std::function<void()>& listen) const;

    // Entries in zdr's table of listening sockets. Throws std::runtime_error where there is none.
    std::size_t registered() const;

    // That the client and this host reach the app by the status port at this address.
    void expect_connects(const std::string& address) const;
};

// Takes the next connection of a listening socket that does not block, and ends it; false where there is none.
bool took_connection(const UniqueFd& listener);

// count sockets that share port 1000 of an address. Throws std::runtime_error.
std::vector<UniqueFd> listen_together(int count, const std::string& address = "::");

}  // namespace zdr::test
