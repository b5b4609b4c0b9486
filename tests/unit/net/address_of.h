// Addresses for tests, from texts that are addresses.
#pragma once

#include <string>

#include "zdr/net/endpoint.h"

namespace zdr::test {

inline Address address(const std::string& text) {
    return *Address::parse(text);
}

}  // namespace zdr::test
