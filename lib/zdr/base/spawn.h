// What posix_spawn() takes, for whoever starts programs.
#pragma once

#include <spawn.h>

#include <csignal>
#include <string>
#include <vector>

namespace zdr {

// Signals as a program expects them, whatever this one blocks and ignores.
class SpawnAttributes {
  public:
    SpawnAttributes() {
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }

    // The program is the first of a process group of its own: what a terminal sends to this one's does not reach it.
    void set_own_group() {
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }

    const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

// The argv of a command, which must outlive it.
inline std::vector<char*> spawn_arguments(const std::vector<std::string>& command) {
    std::vector<char*> out;
    out.reserve(command.size() + 1);
    for (const std::string& one : command) out.push_back(const_cast<char*>(one.c_str()));
    out.push_back(nullptr);
    return out;
}

}  // namespace zdr
