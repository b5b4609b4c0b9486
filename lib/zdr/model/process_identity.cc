#include "zdr/model/process_identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include "zdr/base/process_stat.h"

namespace zdr {
namespace {

std::uint32_t own_pid_ns() {
    struct stat info {};
    if (stat("/proc/self/ns/pid", &info) != 0) return 0;
    return static_cast<std::uint32_t>(info.st_ino);
}

}  // namespace

Result<Holder> this_process() {
    const auto self = read_process_stat(getpid());
    if (!self) return fail_errno("read /proc/self/stat");
    return Holder{static_cast<std::uint32_t>(self->pid), own_pid_ns(), self->birth};
}

bool is_running(const Holder& holder) {
    if (holder.pid_ns != own_pid_ns()) return true;
    const auto process = read_process_stat(static_cast<pid_t>(holder.pid));
    return process && process->birth == holder.birth;
}

}  // namespace zdr
