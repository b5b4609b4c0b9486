// The terminal of whoever started this process, and how large a terminal is.
#pragma once

#include <cstddef>
#include <optional>

#include "zdr/base/unique_fd.h"

namespace zdr {

// For reading and writing, wherever the standard streams lead; empty where no terminal controls this process.
UniqueFd open_terminal();

// What a terminal shows at once, in characters.
struct Window {
    std::size_t columns = 80;
    std::size_t lines = 24;
};

// None: it is no terminal, or does not know its size.
std::optional<Window> window_of(int fd);

}  // namespace zdr
