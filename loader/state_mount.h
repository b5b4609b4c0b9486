// The bpffs mount that is the state directory: made by load, removed by unload, told from other people's by its source.
#pragma once

#include <sys/types.h>

#include <string>

#include "zdr/error.h"
#include "zdr/unique_fd.h"

namespace zdr::loader {

// The mounted and exclusively locked state directory. What load creates in it goes again unless it is kept.
class StateMount {
  public:
    // Creates the directory and mounts where that is not done yet. Errors: the path is a symlink, another file system,
    // a directory with files in it, or cannot be made or mounted.
    static Result<StateMount> prepare(const std::string& path);
    // Only locks what is there. kNotLoaded where zdr has nothing there.
    static Result<StateMount> existing(const std::string& path);

    StateMount(StateMount&&) = default;
    StateMount& operator=(StateMount&&) = delete;
    ~StateMount();

    const std::string& path() const { return path_; }
    std::string live() const { return path_ + "/live"; }
    std::string staging() const { return path_ + "/staging"; }
    bool is_loaded() const;

    // Removes what an interrupted load left.
    Result<void> clear_staging() const { return remove_pins(staging()); }
    // Gives the mount and a directory of pins to root and group: 0750.
    Result<void> share_directory(const std::string& directory, gid_t group) const;
    void keep() { keep_ = true; }
    // Removes all pins, the mount and the directory. What is not zdr's makes it fail before anything is removed.
    Result<void> remove();

  private:
    StateMount(std::string path, UniqueFd below, UniqueFd lock, bool keep)
        : path_(std::move(path)), below_(std::move(below)), lock_(std::move(lock)), keep_(keep) {}

    Result<void> remove_pins(const std::string& directory) const;

    std::string path_;
    UniqueFd below_;  // lock on the directory under the mount, against another load
    UniqueFd lock_;   // lock on the mount, as everyone else takes it
    bool keep_;
};

}  // namespace zdr::loader
