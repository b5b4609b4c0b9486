#include "zdr/base/terminal.h"

#include <fcntl.h>

namespace zdr {

UniqueFd open_terminal() {
    return UniqueFd(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
}

}  // namespace zdr
