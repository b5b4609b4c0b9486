// A real Podman, rootful and with netavark, in a sandbox: containers whose ports are published there.
#pragma once

#include <string>

#include "support/process.h"
#include "support/sandbox.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

// What it writes is in a mount namespace of its own (images, containers, network namespaces, locks), in memory, and its
// processes are in the sandbox's cgroup. So all of it goes with the sandbox, even when the test is killed.
class Podman {
  public:
    // Makes an image of busybox. Throws std::runtime_error where something cannot be made.
    explicit Podman(const Sandbox& sandbox);
    Podman(const Podman&) = delete;
    Podman& operator=(const Podman&) = delete;
    // Removes the containers, and so what they have in the network namespace: rules and interfaces.
    ~Podman();

    // Runs a container in the calling thread's network namespace. Its app listens on port 80, says the name to each
    // connection and ends it. published is what "-p" takes: "1000:80", "127.0.0.1:1000:80". The app listens some time
    // after this returns. Throws std::runtime_error, as the others do.
    void run(const std::string& name, const Command& published) const;
    // The same with a web server, which answers every GET of /, and ends at TERM.
    void run_web(const std::string& name, const Command& published) const;
    // That web server in the network namespace itself, where nothing is published.
    void run_web_on_host(const std::string& name, const std::string& port) const;
    // Ends the app at once; the container stays, publishes nothing and can be started again.
    void stop(const std::string& name) const;
    void start(const std::string& name) const;

    // Writes a program there that is podman, and runs containers as run_web() does, for scripts that call it.
    void write_program(const std::string& path) const;
    // What calls podman from anywhere.
    Command command(const Command& arguments) const;

  private:
    Output call(const Command& arguments) const;
    Command options() const;
    void run_app(const std::string& name, const Command& published, const Command& app) const;
    void run_with(const std::string& name, const Command& more) const;
    void must(const Command& arguments) const;

    std::string cgroup_;  // of the containers, from the root of cgroups
    UniqueFd mounts_;
};

}  // namespace zdr::test
