// The text of a zdr.conf, as "zdrctl import" prints it.
#pragma once

#include <string>
#include <string_view>

#include "zdr/haproxy/import.h"

namespace zdr {

// A section for each server and a comment for each note, in the order of the lines they come from. file names the
// HAProxy configuration in the comments.
std::string format_zdr_conf(const HaproxyImport& import, std::string_view file);

}  // namespace zdr
