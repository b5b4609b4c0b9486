#include "check.h"

#include <bpf/bpf.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cgroup.h"
#include "hooks.h"
#include "links.h"
#include "log.h"
#include "programs.h"
#include "redirect_proof.h"
#include "zdr/base/group.h"
#include "zdr_session.h"

namespace zdr::loader {
namespace {

class Findings {
  public:
    void ok(std::string need, std::string detail) { list.push_back({std::move(need), true, true, std::move(detail)}); }
    void missing(std::string need, std::string detail) {
        list.push_back({std::move(need), false, true, std::move(detail)});
    }
    void optional(std::string need, bool ok, std::string detail) {
        list.push_back({std::move(need), ok, false, std::move(detail)});
    }
    template <class T>
    bool take(std::string need, const Result<T>& result, std::string detail) {
        if (result)
            ok(std::move(need), std::move(detail));
        else
            missing(std::move(need), result.error().text);
        return result.has_value();
    }
    std::vector<Finding> list;
};

void check_kernel(Findings& findings) {
    utsname names{};
    uname(&names);
    findings.ok("kernel", names.release);
    if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
        findings.ok("BTF", "/sys/kernel/btf/vmlinux");
    else
        findings.missing("BTF", fmt::format("/sys/kernel/btf/vmlinux: {}; use a kernel with CONFIG_DEBUG_INFO_BTF",
                                            std::strerror(errno)));
}

void check_bpffs(Findings& findings) {
    char path[] = "/tmp/zdr-check-XXXXXX";
    if (mkdtemp(path) == nullptr) {
        findings.missing("bpffs", fmt::format("create a directory in /tmp: {}", std::strerror(errno)));
        return;
    }
    if (mount("zdr", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0) {
        umount2(path, MNT_DETACH);
        findings.ok("bpffs", "can be mounted");
    } else {
        findings.missing("bpffs", fmt::format("mount it: {}; zdr needs CAP_SYS_ADMIN in the host's namespaces",
                                              std::strerror(errno)));
    }
    rmdir(path);
}

// Attaches in a scratch cgroup, so that no other process meets the programs, and connects through them. The hooks of
// interfaces are tried on loopback, where the programs know no server yet and pass everything.
void check_hooks(Findings& findings, const std::string& cgroup) {
    const auto programs = Programs::load({});
    if (!findings.take("programs", programs, "accepted by the kernel's verifier")) return;
    const auto scratch = ScratchCgroup::create(cgroup);
    if (!scratch) return findings.missing("cgroup hooks", scratch.error().text);
    log_step("made the cgroup " + scratch->path());
    auto fd = open_cgroup(scratch->path());
    if (!fd) return findings.missing("cgroup hooks", fd.error().text);
    const auto hooks = Hooks::of(std::move(*fd), {{kLoopback, "lo"}});
    if (!findings.take("network namespace", hooks, "this one")) return;
    std::vector<UniqueFd> links;
    for (const Hook& hook : hooks->list()) {
        auto link = attach_hook(*programs, hook);
        if (!link && hook.is_tc() && link.error().code == std::errc::invalid_argument) {
            findings.ok(hook.pin, "no tcx here; clsact filters serve instead");
            continue;
        }
        if (findings.take(hook.pin, link, "attaches")) links.push_back(std::move(*link));
    }
    log_step(fmt::format("attached {} hooks there and to lo, until the check is done", links.size()));
    const auto sessions = programs->iterator(ZDR_PIN_SESSIONS);
    findings.optional("sessions", sessions.has_value(),
                      sessions ? "counted by an iterator of TCP sockets" : "unknown: " + sessions.error().text);
    const auto ending = programs->iterator(ZDR_PIN_END_REFUSED);
    findings.optional("kept connections", ending.has_value(),
                      ending ? "ended when their status port is refused"
                             : "a checker that keeps its connection open sees a drain only when it asks anew: " +
                                   ending.error().text);
    const auto redirects = programs->redirects();
    if (!redirects) return;
    findings.take("redirect", prove_redirect(*redirects, {}, scratch->path()), "a connection arrives");
}

// Of bpf() to open a pin that is not there, as a user without any right; where everybody may look for it: systemd
// mounts /sys/fs/bpf for root alone.
int errno_of_others() {
    const pid_t child = fork();
    if (child == 0) {
        constexpr uid_t kNobody = 65534;
        if (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) _exit(errno);
        _exit(bpf_obj_get("/zdr-is-not-there") < 0 ? errno : 0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return EAGAIN;
    return WEXITSTATUS(status);
}

}  // namespace

std::vector<Finding> check_host(const std::optional<std::string>& cgroup, const std::string& group) {
    Findings findings;
    check_kernel(findings);
    if (geteuid() != 0)
        findings.missing("rights", "run zdr-loader as root");
    else
        findings.ok("rights", "root");
    check_bpffs(findings);

    const auto path = cgroup && *cgroup != "auto" ? Result<std::string>(*cgroup) : find_cgroup_root();
    const auto fd = path ? open_cgroup(*path) : tl::unexpected(path.error());
    if (findings.take("cgroup v2", fd, path ? *path : "")) check_hooks(findings, *path);

    const int others = errno_of_others();
    findings.optional("bpf() for others", others == ENOENT,
                      others == ENOENT ? "members of the group may use maps that are theirs"
                                       : fmt::format("{}: only root can flip servers here; that came with Linux 5.19",
                                                     std::strerror(others)));
    const bool has_group = find_group(group).has_value();
    findings.optional(fmt::format("group {}", group), has_group,
                      has_group ? "its members can flip servers"
                                : fmt::format("not there, so only root can flip servers; groupadd --system {}", group));
    return std::move(findings.list);
}

}  // namespace zdr::loader
