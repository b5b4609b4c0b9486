// What ".if" asks in a HAProxy configuration (configuration manual, 2.4), as far as it can be known without HAProxy.
#pragma once

#include <optional>
#include <string_view>

#include "zdr/haproxy/tokens.h"

namespace zdr {

// Whether the condition holds; none: only HAProxy itself knows (its version, its features), or it is no condition.
std::optional<bool> evaluate_haproxy_condition(std::string_view text, const HaproxyVariables& variables);

}  // namespace zdr
