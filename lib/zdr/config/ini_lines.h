// The lines of an INI file, with the numbers that errors need.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

struct ConfigEntry {
    std::size_t line;  // from 1
    std::string key;
    std::string value;
};

struct ConfigSection {
    std::size_t line = 0;   // of its header
    std::string_view name;  // into the text that was read
    std::vector<ConfigEntry> entries;
};

// "FILE:LINE: sentence", a usage error.
tl::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence);

// Hands each section to take, in the file's order, until that fails. The first is what stands above every header; its
// name is empty. Lines end in LF or CRLF, and a UTF-8 byte order mark may come first. Errors: those of take, and by
// fail_at() a line that is neither a header nor an assignment, one longer than 4096 bytes, and a NUL byte.
Result<void> read_config_lines(std::string_view text, std::string_view file,
                               const std::function<Result<void>(const ConfigSection&)>& take);

}  // namespace zdr
