// The words of one line of a HAProxy configuration: its quoting, escapes, comments and variables (configuration manual,
// 2.2 and 2.3).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

// The value of a variable; none: it is not set. Names that begin with '.' are HAProxy's own (.LINE).
using HaproxyVariables = std::function<std::optional<std::string>(const std::string& name)>;

struct HaproxyTokens {
    std::vector<std::string> words;
    std::vector<std::string> unset;  // variables that the line asks for, that are not set and have no default
};

// What variables may make of a line, in bytes: each may be twice the one before it.
inline constexpr std::size_t kLongestHaproxyLine = 65536;

// A line without its end. Errors are sentences without place: a quote or brace without end, an escape or a variable's
// name that is none, values of variables of more than kLongestHaproxyLine.
Result<HaproxyTokens> split_haproxy_line(std::string_view line, const HaproxyVariables& variables);

// The variables of an address, which HAProxy expands wherever they stand: $NAME and ${NAME}. What comes behind
// kLongestHaproxyLine is left out.
std::string expand_haproxy_address(std::string_view text, const HaproxyVariables& variables,
                                   std::vector<std::string>& unset);

}  // namespace zdr
