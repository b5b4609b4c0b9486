// Preloaded into a program, makes the kernel one without tcx (before 6.6): it does not know the attach types.
#include <dlfcn.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdarg>

namespace {

constexpr unsigned kTcxIngress = 46;
constexpr unsigned kTcxEgress = 47;

}  // namespace

extern "C" long syscall(long number, ...) {
    using Syscall = long (*)(long, ...);
    static const auto real = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (long& one : arguments) one = va_arg(list, long);
    va_end(list);

    if (number == SYS_bpf && arguments[0] == BPF_LINK_CREATE) {
        const auto* request = reinterpret_cast<const bpf_attr*>(arguments[1]);
        const unsigned type = request->link_create.attach_type;
        if (type == kTcxIngress || type == kTcxEgress) {
            errno = EINVAL;
            return -1;
        }
    }
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
