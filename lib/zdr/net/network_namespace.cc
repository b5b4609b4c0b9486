#include "zdr/net/network_namespace.h"

#include <sys/socket.h>

#include "zdr/base/unique_fd.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace zdr {

Result<std::uint64_t> netns_cookie() {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno("open a socket");
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0)
        return fail_errno("read the cookie of the network namespace (Linux 5.14 and later have it)");
    return cookie;
}

}  // namespace zdr
