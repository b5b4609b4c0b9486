#include "check.h"

#include <fmt/core.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cgroup.h"
#include "links.h"
#include "probe.h"
#include "programs.h"

namespace zdr::loader {
namespace {

class Findings {
  public:
    void ok(std::string need, std::string detail) { list.push_back({std::move(need), true, true, std::move(detail)}); }
    void missing(std::string need, std::string detail) {
        list.push_back({std::move(need), false, true, std::move(detail)});
    }
    void note(std::string need, bool ok, std::string detail) {
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

// Attaches in a scratch cgroup, so that no other process meets the programs, and connects through them.
void check_hooks(Findings& findings, const std::string& cgroup) {
    const auto programs = Programs::load(std::nullopt);
    if (!findings.take("programs", programs, "accepted by the kernel's verifier")) return;
    const auto scratch = ScratchCgroup::create(cgroup);
    if (!scratch) return findings.missing("cgroup hooks", scratch.error().text);
    const auto fd = open_cgroup(scratch->path());
    if (!fd) return findings.missing("cgroup hooks", fd.error().text);
    for (const CgroupHook& hook : kCgroupHooks) {
        const auto link = attach_hook(*programs, hook, *fd);
        findings.take(fmt::format("cgroup {}", hook.name), link, "attaches");
    }
    const auto links = NewLinks::attach(*programs, *fd);
    const auto redirects = programs->redirects();
    if (!links || !redirects) return;
    findings.take("redirect", prove_redirect(*redirects, {}, scratch->path()),
                  "a connection arrives, and is proved again at each load");
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

    const bool has_group = getgrnam(group.c_str()) != nullptr;
    findings.note(fmt::format("group {}", group), has_group,
                  has_group ? "its members can flip servers"
                            : fmt::format("not there, so only root can flip servers; groupadd --system {}", group));
    return std::move(findings.list);
}

}  // namespace zdr::loader
