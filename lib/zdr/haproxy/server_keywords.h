// Settings of HAProxy's server lines that zdr does not need. Their arguments must not be taken for settings.
#pragma once

#include <string_view>

namespace zdr {

// Without argument.
bool is_haproxy_switch(std::string_view name);
// With one argument.
bool is_haproxy_setting(std::string_view name);

}  // namespace zdr
