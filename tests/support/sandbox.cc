#include "support/sandbox.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "support/deadline.h"
#include "support/require.h"

namespace zdr::test {
namespace {

bool write_to(const std::string& path, const char* text) {
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return fd && write(fd.get(), text, std::strlen(text)) > 0;
}

UniqueFd opened(const char* path) {
    return require_fd(open(path, O_RDONLY | O_CLOEXEC), path);
}

std::string own_cgroup() {
    std::ifstream lines("/proc/self/cgroup");
    std::string line;
    while (std::getline(lines, line))
        if (line.starts_with("0::")) return cgroup_root() + line.substr(3);
    return cgroup_root();
}

[[noreturn]] void wait_and_clear(int pipe_fd, const std::string& cgroup) {
    setsid();
    if (fork() != 0) _exit(0);  // nobody's child, so that who kills the test's descendants does not find it
    for (const int number : {SIGHUP, SIGINT, SIGTERM}) std::signal(number, SIG_IGN);
    dup2(pipe_fd, STDIN_FILENO);
    const UniqueFd null(open("/dev/null", O_WRONLY));
    dup2(null.get(), STDOUT_FILENO);
    dup2(null.get(), STDERR_FILENO);
    syscall(SYS_close_range, 3U, ~0U, 0U);
    (void)!chdir("/");
    char ignored = 0;
    while (read(STDIN_FILENO, &ignored, 1) != 0) continue;
    remove_cgroup(cgroup);
    _exit(0);
}

// The writing end of a pipe: when its last copy is closed, the cgroup goes.
UniqueFd start_guard(const std::string& cgroup) {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
        writing.reset();
        wait_and_clear(reading.get(), cgroup);
    }
    waitpid(child, nullptr, 0);
    return writing;
}

void bring_up_loopback() {
    const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    require(ioctl(any.get(), SIOCSIFFLAGS, &request) == 0, "bring up lo");
}

}  // namespace

std::string cgroup_root() {
    std::ifstream mountinfo("/proc/self/mountinfo");
    std::string line;
    while (std::getline(mountinfo, line)) {
        std::istringstream fields(line);
        std::string skipped, root, point;
        fields >> skipped >> skipped >> skipped >> root >> point;
        if (line.find(" - cgroup2 ") != std::string::npos && root == "/") return point;
    }
    throw std::system_error(ENOENT, std::generic_category(), "cgroup v2 is not mounted");
}

const std::string& run_name() {
    static const std::string name = "zdr-test-" + std::to_string(getppid());
    return name;
}

Sandbox::Sandbox(const std::string& name)
    : cgroup_(cgroup_root() + "/" + run_name() + "-" + name + "-" + std::to_string(getpid())),
      former_cgroup_(own_cgroup()),
      directory_("/var/lib/" + run_name()),
      former_network_(opened("/proc/self/ns/net")),
      former_mounts_(opened("/proc/self/ns/mnt")),
      former_directory_(opened(".")),
      guard_(start_guard(cgroup_)) {
    require(mkdir(cgroup_.c_str(), 0755) == 0, "create cgroup " + cgroup_);
    require(write_to(cgroup_ + "/cgroup.procs", "0"), "join cgroup " + cgroup_);
    require(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "unshare");
    require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
    require(mount(run_name().c_str(), "/var/lib", "tmpfs", 0, "mode=0755") == 0, "mount tmpfs on /var/lib");
    require(mkdir(directory_.c_str(), 0755) == 0, directory_);
    bring_up_loopback();
    const std::string path = std::getenv("PATH") == nullptr ? "/usr/bin:/bin" : std::getenv("PATH");
    setenv("PATH", (path + ":/usr/sbin:/sbin").c_str(), 1);
    unsetenv("ZDR_STATE_DIR");
}

Sandbox::~Sandbox() {
    write_to(former_cgroup_ + "/cgroup.procs", "0");
    remove_cgroup(cgroup_);
    setns(former_network_.get(), CLONE_NEWNET);
    setns(former_mounts_.get(), CLONE_NEWNS);
    (void)!fchdir(former_directory_.get());
}

bool remove_cgroup(const std::string& path) {
    write_to(path + "/cgroup.kill", "1");
    return eventually([&] {
        std::error_code gone;
        for (const auto& entry : std::filesystem::directory_iterator(path, gone))
            if (entry.is_directory(gone)) remove_cgroup(entry.path());
        return rmdir(path.c_str()) == 0 || errno == ENOENT;
    });
}

}  // namespace zdr::test
