// What few servers have beside what all have, as the text that the kernel's map keeps of it. Only zdr itself reads it.
#pragma once

#include <string>
#include <string_view>

#include "zdr/model/server.h"

namespace zdr {

// A line for each setting that is not the default; empty: all are.
std::string extra_settings_text(const Server& server);

// Sets what extra_settings_text() wrote; a line that it did not write is skipped.
void apply_extra_settings(std::string_view text, Server& into);

// Whether they fit (ZDR_SETTINGS_SIZE). Errors: of usage.
Result<void> check_settings(const Server& server);

}  // namespace zdr
