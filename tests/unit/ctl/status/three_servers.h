// Three servers at a fixed time: what the tests of all formats of the status show.
#pragma once

#include <string>
#include <utility>

#include "cli/table_test.h"
#include "ctl/status/read_status.h"

namespace zdr::test {

using namespace std::chrono_literals;
using ctl::ServerStatus;
using ctl::Status;

// 2026-01-01T10:00:00Z, a thousand hours after the boot.
inline constexpr Now kNow{1000h, 1767261600s};

inline Flip flip(State state, std::chrono::nanoseconds ago, std::string by, std::string reason) {
    Flip out;
    out.state = state;
    out.since_boot = kNow.boot - ago;
    out.since_unix = kNow.wall - ago;
    out.by = std::move(by);
    out.reason = std::move(reason);
    return out;
}

inline Checker haproxy(State state) {
    Checker out;
    out.from = "haproxy";
    out.last_boot = kNow.boot - 140ms;
    out.interval = 2s;
    out.asks = 600;
    (state == State::kReady ? out.redirected_streak : out.refused_streak) = 3;
    return out;
}

inline Status three_servers() {
    Server a = make_server("webA", "srvs", 1000);
    a.backup_status_port = Port(3000);
    Server b = make_server("webB", "srvs", 1001);
    b.addresses = {*Address::parse("10.0.0.1"), *Address::parse("2001:db8::1")};
    Server c = make_server("a-server-with-a-long-name", "", 1002);
    c.addresses = {};
    Flip leased = flip(State::kMaint, 3min, "root", "");
    leased.expires_boot = kNow.boot + 12min + 30s;
    return {
        .abi = 1,
        .hooks = {{"cgroup", "/sys/fs/cgroup", "", true}, {"tc", "eth0", "tcx", false}, {"tc", "eth1", "clsact", {}}},
        .servers = {
            {a,
             flip(State::kDrain, 75s, "deploy", "release 42"),
             {.counters = {1200, 3}, .checkers = {haproxy(State::kDrain)}},
             SessionCounts{2, 1},
             true,
             false,
             true},
            {b, leased, {.counters = {18446744073709551615u, 0}, .checkers = {}}, SessionCounts{0, 12345}, false, true},
            {c, {}, {}, {}}}};
}

inline Status one(Flip record) {
    return {.abi = 1, .hooks = {}, .servers = {{make_server("w", "", 1), record, {}, {}}}};
}

}  // namespace zdr::test
