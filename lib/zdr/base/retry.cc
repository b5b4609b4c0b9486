#include "zdr/base/retry.h"

#include <thread>

namespace zdr {

bool is_transient(int error) {
    return error == EINTR || error == EAGAIN || error == ENOMEM || error == EBUSY || error == ENOBUFS ||
           error == EMFILE || error == ENFILE;
}

void pause_before_retry() {
    std::this_thread::sleep_for(kPauseOfRetry);
}

}  // namespace zdr
