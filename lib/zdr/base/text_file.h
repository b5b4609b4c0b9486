// A configuration file's text.
#pragma once

#include <string>

#include "zdr/base/error.h"

namespace zdr {

// Errors: of open() and read(), with the path; a usage error where the file has more than 64 MiB.
Result<std::string> read_text_file(const std::string& path);

// The same of what is open already; name stands in the errors.
Result<std::string> read_text(int fd, const std::string& name);

}  // namespace zdr
