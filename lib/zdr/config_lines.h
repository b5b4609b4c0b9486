// The lines of an INI file, with the numbers that errors need.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/error.h"

namespace zdr {

struct ConfigEntry {
    std::size_t line;  // from 1
    std::string key;
    std::string value;
};

struct ConfigSection {
    std::size_t line;       // of its header
    std::string_view name;  // into the text that was read
    std::vector<ConfigEntry> entries;
};

// "FILE:LINE: sentence", a usage error.
tl::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence);

// The first section is what stands above every header; its name is empty. Lines end in LF or CRLF, and a UTF-8 byte
// order mark may come first. Usage errors, each by fail_at(): a line that is neither a header nor an assignment, one
// longer than 4096 bytes, and a NUL byte.
Result<std::vector<ConfigSection>> read_config_lines(std::string_view text, std::string_view file);

}  // namespace zdr
