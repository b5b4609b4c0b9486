// A server that HAProxy on another host checks: what zdrctl acknowledges must be what HAProxy has.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "remote_hosts.h"
#include "support/haproxy.h"

namespace zdr::test {

// On every address, checked as often as start_haproxy()'s HAProxy does it.
inline constexpr std::string_view kFollowed =
    "[server.webA]\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "inter = 200ms\n";

class RemoteFollowedTest : public RemoteTest {
  protected:
    // HAProxy on a host, which checks webA on each of these addresses. The host outlives the test's other parts.
    void start_haproxy(const NetNamespace& host, const std::vector<std::string>& addresses);
    // On the client, for both families.
    void start_haproxy() { start_haproxy(client(), {std::begin(kServerAddresses), std::end(kServerAddresses)}); }

    // "UP", or "UP DOWN" where HAProxy has it so on one address and so on another.
    std::string haproxy_status() const;
    // Waits until HAProxy has this status on every address; false after kPatience.
    bool haproxy_shows(const std::string& status) const;
    // Failed checks on all addresses, since HAProxy started.
    long failed_checks() const;

    // drain or ready is acknowledged, and then HAProxy has this status.
    void expect_acknowledged(const std::string& word, const std::string& status) const;
    // drain or ready times out, and HAProxy has this status.
    void expect_not_acknowledged(const std::string& word, const std::string& status) const;
    // Ready, drained and ready again: for HAProxy, and for checks made by hand.
    void expect_followed() const;

    // The same by hand alone, from a host to addresses of the server.
    void expect_flips_seen(const NetNamespace& host, const std::vector<std::string>& addresses) const;

  private:
    void expect_answers(const std::string& answer) const;

    std::unique_ptr<Haproxy> haproxy_;
    const NetNamespace* host_ = nullptr;
    std::vector<std::string> addresses_;
};

}  // namespace zdr::test
