#include "zdr/base/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace zdr {

UniqueFd open_terminal() {
    return UniqueFd(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
}

std::optional<Window> window_of(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::nullopt;
    return Window{size.ws_col, size.ws_row};
}

}  // namespace zdr
