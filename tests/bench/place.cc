#include "place.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "support/require.h"

namespace zdr::bench {
namespace {

std::string made(std::string directory) {
    test::require(mkdir(directory.c_str(), 0755) == 0, directory);
    return directory;
}

}  // namespace

Place::Place(const test::Sandbox& sandbox, const std::string& name)
    : network_fd_(open(network_.path().c_str(), O_RDONLY | O_CLOEXEC)),
      cgroup_(made(sandbox.cgroup() + "/" + name)),
      directory_(made(sandbox.directory() + "/" + name)),
      zdr_(directory_, cgroup_) {
    test::require(static_cast<bool>(network_fd_), "open the network namespace of " + name);
}

void Place::enter_network() const {
    test::require(setns(network_fd_.get(), CLONE_NEWNET) == 0, "setns");
}

void Place::enter() const {
    enter_network();
    std::ofstream procs(cgroup_ + "/cgroup.procs");
    test::require(static_cast<bool>(procs << "0" << std::flush), "join " + cgroup_);
}

std::string Place::write(const std::string& name, const std::string& text) const {
    std::string path = directory_ + "/" + name;
    std::ofstream file(path);
    test::require(static_cast<bool>(file << text << std::flush), "write " + path);
    return path;
}

void must_run(const test::Command& command) {
    const test::Output output = test::run(command);
    if (output.status == 0) return;
    throw std::runtime_error(command.front() + ": " + output.err + output.out);
}

void load_zdr(const Place& place, const std::string& conf, const std::string& loader) {
    place.enter();
    place.zdr().configure(conf);
    test::Command command = place.zdr().load_command();
    if (!loader.empty()) command.front() = loader;
    must_run(command);
}

}  // namespace zdr::bench
