#include "redirect_proof.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "cgroup.h"
#include "zdr/base/unique_fd.h"

namespace zdr::loader {
namespace {

constexpr unsigned kSeconds = 5;
constexpr std::uint32_t kProbeSlot = 0xffffffff;  // no server's: always ready, never counted

// An address of the loopback interface that nobody else has a use for: whoever kills the proof leaves a redirect there.
constexpr in_addr_t kAddress = 0x7fc9e7a5;  // 127.201.231.165

sockaddr_in at_port(std::uint16_t network_port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(kAddress);
    address.sin_port = network_port;
    return address;
}

// A socket bound to a free port of that address, so that nobody else uses the port meanwhile.
struct BoundSocket {
    UniqueFd fd;
    std::uint16_t network_port;
};

Result<BoundSocket> bind_free_port() {
    BoundSocket out{UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), 0};
    sockaddr_in address = at_port(0);
    socklen_t size = sizeof address;
    if (!out.fd || bind(out.fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(out.fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return fail_errno("bind a port of the loopback interface");
    out.network_port = address.sin_port;
    return out;
}

// What the child reports through its exit status.
enum ChildExit { kArrived, kJoinFailed, kConnectFailed, kWrongPeer };

// In the child, so only calls that are safe after fork(): joins the cgroup, connects, asks who the peer is.
[[noreturn]] void connect_from(int procs_fd, std::uint16_t network_port) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(kSeconds);
    if (write(procs_fd, "0", 1) != 1) _exit(kJoinFailed);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = at_port(network_port);
    socklen_t size = sizeof address;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) _exit(kConnectFailed);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sin_port != network_port)
        _exit(kWrongPeer);
    _exit(kArrived);
}

Result<void> connect_in(const std::string& cgroup, std::uint16_t network_port) {
    auto scratch = ScratchCgroup::create(cgroup);
    if (!scratch) return tl::unexpected(std::move(scratch.error()));
    const std::string procs = scratch->path() + "/cgroup.procs";
    const UniqueFd procs_fd(open(procs.c_str(), O_WRONLY | O_CLOEXEC));
    if (!procs_fd) return fail_errno("open " + procs);

    const pid_t child = fork();
    if (child < 0) return fail_errno("fork");
    if (child == 0) connect_from(procs_fd.get(), network_port);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return fail_errno("wait for the connecting process");
    if (!WIFEXITED(status)) return fail(Errc::kFailed, "the connecting process did not end by itself");
    switch (WEXITSTATUS(status)) {
        case kArrived:
            return {};
        case kJoinFailed:
            return fail(Errc::kFailed, "no process can join " + scratch->path());
        case kConnectFailed:
            return fail(Errc::kFailed, "the connection was not redirected; is interface lo up?");
        default:
            return fail(Errc::kFailed, "getpeername() does not show the status port");
    }
}

Redirect probe_redirect(std::uint16_t status_port, std::uint16_t app_port) {
    Redirect out{};
    out.key.prefix_bits = ZDR_PREFIX_ADDRESS;
    out.key.port = status_port;
    out.key.address[2] = htonl(0xffff);
    out.key.address[3] = htonl(kAddress);
    out.target.slot = kProbeSlot;
    out.target.app_port = app_port;
    return out;
}

}  // namespace

Result<void> prove_redirect(const Redirects& redirects, const std::vector<Redirect>& others,
                            const std::string& cgroup) {
    auto app = bind_free_port();
    if (!app) return tl::unexpected(std::move(app.error()));
    auto status = bind_free_port();
    if (!status) return tl::unexpected(std::move(status.error()));
    if (listen(app->fd.get(), 1) != 0) return fail_errno("listen on a port of the loopback interface");

    std::vector<Redirect> with_probe = others;
    with_probe.push_back(probe_redirect(status->network_port, app->network_port));
    if (auto added = redirects.replace(with_probe); !added) return added;
    auto connected = connect_in(cgroup, status->network_port);
    pollfd arrival{app->fd.get(), POLLIN, 0};
    if (connected && poll(&arrival, 1, static_cast<int>(kSeconds) * 1000) != 1)
        connected = fail(Errc::kFailed, "the connection did not arrive at its listener");
    auto removed = redirects.replace(others);
    if (!removed) removed = redirects.replace(others);  // else it would stay until the next change
    return connected ? removed : fail_with("prove the redirect", std::move(connected));
}

}  // namespace zdr::loader
