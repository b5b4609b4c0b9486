#include "support/podman.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>

#include "support/require.h"

namespace zdr::test {
namespace {

constexpr const char* kImage = "zdr-app";
// Process 1 of a container, which ends at TERM.
constexpr const char* kWebServer =
    R"(CMD ["/bin/sh","-c","trap 'kill $!; exit' TERM; httpd -f -p ${PORT-80} -h /www & wait"])";
constexpr std::chrono::milliseconds kPodmanPatience = std::chrono::minutes(1);

void mount_cgroups() {
    const char* const root = "/sys/fs/cgroup";
    struct statfs there;
    require(statfs(root, &there) == 0, "look at the cgroups");
    if (there.f_type != CGROUP2_SUPER_MAGIC)
        require(mount("cgroup2", root, "cgroup2", 0, nullptr) == 0, "mount the cgroups");
}

// Nothing of /run is the host's. All of the containers' cgroups are in the tree that the sandbox is in; runc would also
// use those of version 1, where they are mounted.
UniqueFd make_mounts() {
    return std::async(std::launch::async,
                      [] {
                          require(unshare(CLONE_NEWNS) == 0, "unshare");
                          require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
                                  "make mounts private");
                          require(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") == 0, "mount tmpfs on /run");
                          mount_cgroups();
                          return require_fd(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC),
                                            "open the mount namespace");
                      })
        .get();
}

// The directories and links of an image with busybox, as a tar file.
std::string make_image(const std::string& directory) {
    const std::string root = directory + "/image";
    const Output made =
        run({"sh", "-ec",
             "mkdir -p $0/bin && cp /bin/busybox $0/bin/ && for one in sh nc echo httpd; do ln -s "
             "busybox $0/bin/$one; done && mkdir $0/www && echo hello >$0/www/index.html && tar -C $0 -cf $0.tar .",
             root});
    if (made.status != 0) throw std::runtime_error("make an image: " + made.err);
    return root + ".tar";
}

}  // namespace

Podman::Podman(const Sandbox& sandbox)
    : cgroup_(sandbox.cgroup().substr(cgroup_root().size())), mounts_(make_mounts()) {
    must({"import", "--change", kWebServer, make_image(sandbox.directory()), kImage});
}

Podman::~Podman() {
    call({"rm", "--all", "--force", "--time", "0"});
}

void Podman::run(const std::string& name, const Command& published) const {
    run_app(name, published, {"/bin/nc", "-ll", "-p", "80", "-e", "/bin/echo", "-n", name});
}

void Podman::run_web(const std::string& name, const Command& published) const {
    run_app(name, published, {});
}

void Podman::run_web_on_host(const std::string& name, const std::string& port) const {
    run_with(name, {"--network", "host", "--env", "PORT=" + port, kImage});
}

void Podman::run_app(const std::string& name, const Command& published, const Command& app) const {
    Command command;
    for (const std::string& one : published) command = command + Command{"-p", one};
    run_with(name, command + Command{kImage} + app);
}

void Podman::run_with(const std::string& name, const Command& more) const {
    must(Command{"run", "--detach", "--name", name} + options() + more);
}

Command Podman::options() const {
    return {"--cgroup-parent", cgroup_,      "--pids-limit",   "-1", "--ulimit", "nofile=1024",
            "--ulimit",        "nproc=1000", "--stop-timeout", "0"};
}

void Podman::write_program(const std::string& path) const {
    const auto words = [](const Command& command) {
        std::string out;
        for (const std::string& word : command) out += " '" + word + "'";
        return out;
    };
    std::ofstream(path) << "#!/bin/sh\ncase $1 in run) shift; set -- run" << words(options())
                        << " \"$@\" ;; esac\nPATH=/usr/sbin:/usr/bin:/sbin:/bin exec" << words(command({}))
                        << " \"$@\"\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

void Podman::stop(const std::string& name) const {
    must({"stop", "--time", "0", name});
}

void Podman::start(const std::string& name) const {
    must({"start", name});
}

Command Podman::command(const Command& arguments) const {
    const std::string mounts = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(mounts_.get());
    const std::string files = "/run/zdr-podman/";
    return Command{"nsenter",
                   "--mount=" + mounts,
                   "podman",
                   "--root=" + files + "root",
                   "--runroot=" + files + "run",
                   "--tmpdir=" + files + "tmp",
                   "--network-config-dir=" + files + "networks",
                   "--storage-driver=vfs",
                   "--events-backend=none",
                   "--network-backend=netavark",
                   "--cgroup-manager=cgroupfs",
                   "--runtime=runc"} +
           arguments;
}

Output Podman::call(const Command& arguments) const {
    return test::run(command(arguments), kPodmanPatience);
}

void Podman::must(const Command& arguments) const {
    const Output output = call(arguments);
    if (output.status != 0) throw std::runtime_error("podman " + arguments.front() + ": " + output.err);
}

}  // namespace zdr::test
