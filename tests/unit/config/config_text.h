// Texts of zdr.conf, and what reading them says.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "zdr/config/config.h"

namespace zdr::test {

inline const std::string kMinimal = "[server.webA]\nport = 1000\nstatus-port = 2000\n";

// One line of [server.webA] beside what it must have: the header is line 1, this is line 4.
inline std::string with(const std::string& line) {
    return kMinimal + line + "\n";
}

inline std::string error_of(std::string_view text) {
    const auto config = parse_config(text, "zdr.conf");
    if (config) return "no error";
    EXPECT_EQ(config.error().code, Errc::kUsage);
    return config.error().text;
}

}  // namespace zdr::test
