// What texts of firewalls publish on a made-up host, for the tests of their parsers.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unit/net/address_of.h"
#include "zdr/net/published_ports.h"

namespace zdr::test {

// 192.0.2.1 and 2001:db8::1.
inline const std::vector<Address>& local_host() {
    static const std::vector<Address> addresses = {address("127.0.0.1"), address("::1"), address("192.0.2.1"),
                                                   address("2001:db8::1")};
    return addresses;
}

inline PublishedPorts published_by(const NatTable& table) {
    auto translations = find_translations(table);
    EXPECT_TRUE(translations) << (translations ? "" : translations.error().text);
    return {translations ? std::move(*translations) : std::vector<Translation>(), {}, local_host()};
}

// Those of 1 to 65535 that are published on this address of the host; without one on any.
inline std::vector<std::uint16_t> ports_of(const PublishedPorts& published, const std::string& on = {}) {
    const auto where = on.empty() ? std::nullopt : std::optional(address(on));
    std::vector<std::uint16_t> out;
    for (unsigned port = 1; port <= 65535; ++port)
        if (published.has(where, Port(static_cast<std::uint16_t>(port))))
            out.push_back(static_cast<std::uint16_t>(port));
    return out;
}

}  // namespace zdr::test
