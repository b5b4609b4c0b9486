#include "zdr/kernel/socket_iterators.h"

#include <fcntl.h>
#include <unistd.h>

#include "zdr/base/unique_fd.h"
#include "zdr/kernel/bpf_map.h"

namespace zdr {
namespace {

// The kernel looks at a million sockets a read, and says EAGAIN where it found nothing to give among them.
Result<void> read_to_end(const UniqueFd& iterator, const std::string& what) {
    char nothing[64];
    for (;;) {
        const ssize_t size = read(iterator.get(), nothing, sizeof nothing);
        if (size == 0) return {};
        if (size < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("read " + what);
    }
}

// Opening the pin of an iterator makes a new one.
Result<void> run_pinned(const std::string& path) {
    const UniqueFd iterator(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!iterator && errno == ENOENT) return {};
    if (!iterator) return fail_errno("open " + path);
    return read_to_end(iterator, path);
}

}  // namespace

Result<void> register_listeners(const std::string& pins) {
    return run_pinned(pins + "/" ZDR_PIN_REGISTER);
}

Result<zdr_activity> read_activity(const std::string& pins) {
    const auto activity = BpfMap<__u32, zdr_activity>::open(pins, kActivityMap, Access::kRead);
    if (!activity) return tl::unexpected(activity.error());
    const auto counts = activity->find(0);
    if (!counts) return tl::unexpected(counts.error());
    return counts->value_or(zdr_activity{});
}

Result<void> end_refused_connections(const std::string& pins) {
    const auto counts = read_activity(pins);
    if (!counts) return tl::unexpected(counts.error());
    if (counts->open_checks == 0) return {};
    return run_pinned(pins + "/" ZDR_PIN_END_REFUSED);
}

Result<void> run_iterator(int link) {
    const UniqueFd iterator(bpf_iter_create(link));
    if (!iterator) return fail_errno("make an iterator of sockets");
    return read_to_end(iterator, "an iterator of sockets");
}

}  // namespace zdr
